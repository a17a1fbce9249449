//! The clients, and what a server spent on them.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::workspace::output;

use super::Setup;
use super::servers::Server;
use super::tree::{exact, processor_time};

/// How many connections a client holds open unless a case says otherwise.
pub(super) const CONNECTIONS: u32 = 64;

/// What the client asks for, again and again, on each connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Load {
    /// `GET`, by wrk.
    Get,
    /// `POST` of so many bytes, by our own client.
    Upload(usize),
}

/// What one run of a client showed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// Microseconds of processor time that the server spent on a request.
    pub(super) processor: f64,
    /// Requests per second.
    pub(super) rate: f64,
    /// Microseconds within which 99 of 100 requests were answered.
    pub(super) p99: f64,
}

/// Loads a server for so many seconds.
pub(super) fn run(
    setup: &Setup,
    server: &Server,
    path: &str,
    load: Load,
    connections: u32,
    seconds: u32,
) -> Result<Sample, String> {
    let mut command = client(setup, server.address(), path, load, connections, seconds);
    let before = processor_time(server.id())?;
    let said = output(&mut command)?;
    let spent = processor_time(server.id())? - before;
    let run = match load {
        Load::Get => parse_wrk(&said),
        Load::Upload(_) => parse_own(&said),
    };
    let run = run.map_err(|reason| format!("{path} of {}: {reason}", server.name()))?;
    Ok(Sample {
        processor: spent / exact(run.requests),
        rate: exact(run.requests) / run.seconds,
        p99: run.p99,
    })
}

/// The client's command.
pub(super) fn client(
    setup: &Setup,
    address: SocketAddr,
    path: &str,
    load: Load,
    connections: u32,
    seconds: u32,
) -> Command {
    match load {
        Load::Get => {
            let mut command = Command::new("wrk");
            command.args(["--threads", "2", "--latency", "--timeout", "30"]);
            command.args(["--connections", &connections.to_string()]);
            command.args(["--duration", &seconds.to_string()]);
            command.arg(format!("http://{address}{path}"));
            command
        }
        Load::Upload(bytes) => {
            let mut command = Command::new(&setup.programs.load);
            command.args(["upload", &address.to_string(), path]);
            command.args([bytes.to_string(), connections.to_string()]);
            command.arg(seconds.to_string());
            command
        }
    }
}

/// A client that runs until it is dropped or waited for.
pub(super) struct Background(std::process::Child);

impl Background {
    pub(super) fn start(command: &mut Command) -> Result<Background, String> {
        command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map(Background)
            .map_err(|error| format!("{command:?}: {error}"))
    }

    /// Waits until it ends.
    pub(super) fn wait(mut self) -> Result<(), String> {
        match self.0.wait() {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(format!("a client ended with {status}")),
            Err(error) => Err(format!("a client: {error}")),
        }
    }

    /// Whether it runs still.
    pub(super) fn is_running(&mut self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a client counted.
#[derive(Debug, PartialEq)]
struct Counted {
    requests: u64,
    seconds: f64,
    p99: f64,
}

fn parse_wrk(said: &str) -> Result<Counted, String> {
    for trouble in ["Non-2xx or 3xx responses", "Socket errors"] {
        if let Some(line) = said.lines().find(|line| line.contains(trouble)) {
            return Err(format!("wrk says: {}", line.trim()));
        }
    }
    let unclear = || format!("wrk said something else than expected:\n{said}");
    let total = said
        .lines()
        .find_map(|line| line.trim().split_once(" requests in "))
        .ok_or_else(unclear)?;
    let (time, _) = total.1.split_once(',').ok_or_else(unclear)?;
    let p99 = said
        .lines()
        .find_map(|line| line.trim().strip_prefix("99%"))
        .and_then(microseconds)
        .ok_or_else(unclear)?;
    Ok(Counted {
        requests: total
            .0
            .parse()
            .ok()
            .filter(|&n| n > 0)
            .ok_or_else(unclear)?,
        seconds: microseconds(time).ok_or_else(unclear)? / 1e6,
        p99,
    })
}

/// A length of time as wrk writes it: `598.00us`, `3.70ms`, `1.05s`, `1.02m`.
fn microseconds(time: &str) -> Option<f64> {
    let time = time.trim();
    let units = [("us", 1.0), ("ms", 1e3), ("s", 1e6), ("m", 60e6)];
    let (number, factor) = units
        .into_iter()
        .find_map(|(unit, factor)| Some((time.strip_suffix(unit)?, factor)))?;
    Some(number.parse::<f64>().ok()? * factor)
}

fn parse_own(said: &str) -> Result<Counted, String> {
    let unclear = || format!("the client said something else than expected:\n{said}");
    let words: Vec<&str> = said.split_whitespace().collect();
    let value = |name: &str| {
        let at = words.iter().position(|&word| word == name)?;
        words.get(at + 1).copied()
    };
    let number = |name: &str| value(name)?.parse::<f64>().ok();
    Ok(Counted {
        requests: value("requests")
            .and_then(|text| text.parse().ok())
            .filter(|&n| n > 0)
            .ok_or_else(unclear)?,
        seconds: number("seconds").ok_or_else(unclear)?,
        p99: number("p99_us").ok_or_else(unclear)?,
    })
}

/// One request on a connection of its own. The answer must be 200 with a body of so many bytes.
pub(super) fn check(address: SocketAddr, path: &str, load: Load, bytes: u64) -> Result<(), String> {
    let wrong = |reason: String| format!("http://{address}{path}: {reason}");
    let (head, length) = exchange(address, path, load).map_err(|error| wrong(error.to_string()))?;
    let status = head.lines().next().unwrap_or_default();
    if !status.starts_with("HTTP/1.1 200") || length != bytes {
        return Err(wrong(format!(
            "{status:?} with {length} bytes where {bytes} are expected"
        )));
    }
    Ok(())
}

/// The answer's head, and how long its body is.
fn exchange(address: SocketAddr, path: &str, load: Load) -> io::Result<(String, u64)> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut request = format!("{} {path} HTTP/1.1\r\nHost: {address}\r\n", load.method());
    let body = match load {
        Load::Get => Vec::new(),
        Load::Upload(bytes) => {
            let _ = write!(request, "Content-Length: {bytes}\r\n");
            vec![b'x'; bytes]
        }
    };
    request.push_str("\r\n");
    stream.write_all(request.as_bytes())?;
    stream.write_all(&body)?;
    read_answer(&mut stream)
}

/// Reads as far as the head says. Connections are kept, so it must say it.
fn read_answer(stream: &mut TcpStream) -> io::Result<(String, u64)> {
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let length = head
        .to_ascii_lowercase()
        .lines()
        .find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok())
        .ok_or_else(|| io::Error::other("the answer has no length"))?;
    let body = io::copy(&mut stream.take(length), &mut io::sink())?;
    Ok((head, body))
}

impl Load {
    fn method(self) -> &'static str {
        match self {
            Load::Get => "GET",
            Load::Upload(_) => "POST",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, parse_own, parse_wrk};

    const WRK: &str = "\
Running 1s test @ http://127.0.0.1:59105/hello
  2 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     4.14ms    7.79ms  51.85ms   88.28%
    Req/Sec    23.69k    18.39k   71.31k    70.00%
  Latency Distribution
     50%  598.00us
     75%    3.70ms
     90%   13.84ms
     99%   37.04ms
  47482 requests in 1.05s, 6.07MB read
Requests/sec:  45156.31
Transfer/sec:      5.77MB
";

    #[test]
    fn what_wrk_says_is_understood() {
        let counted = parse_wrk(WRK).expect("it is wrk's");
        assert_eq!(counted.requests, 47482);
        assert!((counted.seconds - 1.05).abs() < 1e-9);
        assert!((counted.p99 - 37_040.0).abs() < 1e-6);
    }

    #[test]
    fn errors_that_wrk_tells_are_errors() {
        let refused = WRK.replace(
            "Transfer/sec",
            "  Non-2xx or 3xx responses: 3\nTransfer/sec",
        );
        let error = parse_wrk(&refused).expect_err("not all were answered");
        assert_eq!(error, "wrk says: Non-2xx or 3xx responses: 3");
        assert!(parse_wrk("wrk: no such option").is_err());
    }

    #[test]
    fn what_our_own_client_says_is_understood() {
        let said = "requests 512 seconds 2.5 p50_us 90 p99_us 270\n";
        let counted = Counted {
            requests: 512,
            seconds: 2.5,
            p99: 270.0,
        };
        assert_eq!(parse_own(said), Ok(counted));
        assert!(parse_own("requests 0 seconds 2.5 p99_us 1").is_err());
    }
}
