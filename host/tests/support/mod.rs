//! Runs the program and talks to it over plain sockets.
#![allow(dead_code, reason = "each test file uses a part of it")]

mod client;
mod directory;
#[cfg(unix)]
pub(crate) mod extensions;
pub(crate) mod program;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use client::{Answer, Client};
pub(crate) use directory::Directory;

/// How long a test waits for anything before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The binary, without anything of the tester's environment that could change what it does.
pub(crate) fn isapi<I, S>(arguments: I) -> Command
where
    I: IntoIterator<Item = S>,
    S: AsRef<std::ffi::OsStr>,
{
    let mut command = program::command();
    without_settings(&mut command).args(arguments);
    command
}

/// Takes from a command what would change how the binary behaves.
pub(crate) fn without_settings(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ISAPI_") {
            command.env_remove(name);
        }
    }
    command
        .env_remove("RUST_LOG")
        .env_remove("IMAGE_SERVER_DIR")
        .stdin(Stdio::null())
}

/// Runs the binary to its end, for command lines that do not serve.
pub(crate) fn output_of(arguments: &[&str]) -> Output {
    isapi(arguments).output().expect("the binary runs")
}

/// Asserts that the binary refused to start: exit code 2, nothing on standard output, and
/// one line, which is returned.
#[track_caller]
pub(crate) fn refusal(arguments: &[&str]) -> String {
    let output = output_of(arguments);
    let line = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{line}");
    assert_eq!(output.stdout, b"", "standard output");
    assert_eq!(line.lines().count(), 1, "{line}");
    line
}

/// A running server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    addresses: Vec<SocketAddr>,
    is_secure: bool,
    stdout: BufReader<ChildStdout>,
    stderr: Receiver<String>,
}

impl Server {
    /// Starts the binary on a free port of the loopback address.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let all = arguments.iter().copied().chain(["--listen", "127.0.0.1:0"]);
        Self::spawn(isapi(all), 1)
    }

    /// Starts a prepared command and reads the addresses it announces.
    pub(crate) fn spawn(mut command: Command, listeners: usize) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let stderr = lines_of(child.stderr.take().unwrap());
        let mut server = Self {
            child,
            addresses: Vec::new(),
            is_secure: false,
            stdout,
            stderr,
        };
        for _ in 0..listeners {
            let address = server.read_announcement();
            server.addresses.push(address);
        }
        server
    }

    fn read_announcement(&mut self) -> SocketAddr {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let announced = line
            .strip_prefix("listening on ")
            .and_then(|rest| rest.strip_suffix("/\n"))
            .and_then(|url| url.split_once("://"));
        let Some((scheme @ ("http" | "https"), address)) = announced else {
            let _ = self.child.kill();
            let said: Vec<String> = self.stderr.iter().collect();
            panic!("no announcement but {line:?}; standard error: {said:#?}");
        };
        self.is_secure = scheme == "https";
        address.parse().expect("an address")
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Whether the last address was announced with `https`.
    pub(crate) fn is_secure(&self) -> bool {
        self.is_secure
    }

    pub(crate) fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// A new connection.
    pub(crate) fn connect(&self) -> Client {
        Client::connect(self.address())
    }

    /// Sends a GET on a connection of its own.
    pub(crate) fn get(&self, target: &str) -> Answer {
        self.get_with(target, "")
    }

    /// Sends a GET with further header lines, each ending in CRLF.
    pub(crate) fn get_with(&self, target: &str, fields: &str) -> Answer {
        self.request("GET", target, fields)
    }

    pub(crate) fn request(&self, method: &str, target: &str, fields: &str) -> Answer {
        self.send(&format!(
            "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\r\n"
        ))
    }

    /// Sends raw bytes on a connection of its own and reads one response.
    pub(crate) fn send(&self, raw: &str) -> Answer {
        let mut client = self.connect();
        client.send(raw);
        client.receive_for(raw.split(' ').next().unwrap_or_default())
    }

    /// Waits for a line on standard error that contains `text`, and returns it.
    #[track_caller]
    pub(crate) fn expect_line(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        while let Ok(line) = self
            .stderr
            .recv_timeout(deadline.saturating_duration_since(Instant::now()))
        {
            if line.contains(text) {
                return line;
            }
            seen.push(line);
        }
        panic!("no line with {text:?} on standard error, but {seen:#?}");
    }

    /// Whether a file of this name is mapped into the server.
    #[cfg(target_os = "linux")]
    pub(crate) fn maps(&self, name: &str) -> bool {
        let maps = std::fs::read_to_string(format!("/proc/{}/maps", self.child.id())).unwrap();
        maps.lines().any(|line| line.ends_with(&format!("/{name}")))
    }

    /// Tells the server to stop: as a service manager does, or on Windows with Ctrl-C, which Wine
    /// makes of an interrupt.
    #[cfg(unix)]
    pub(crate) fn stop(&self) {
        self.signal(if program::is_windows() { "INT" } else { "TERM" });
    }

    /// Sends a signal by its name, such as `TERM`.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("sh")
            .args(["-c", &format!("kill -{name} {}", self.child.id())])
            .status()
            .expect("sh runs");
        assert!(sent.success(), "signal {name} could not be sent");
    }

    /// Writes a line to the process's standard input, which its command has to have piped.
    pub(crate) fn write_line(&mut self, line: &str) {
        let stdin = self.child.stdin.as_mut().expect("a pipe");
        writeln!(stdin, "{line}").expect("the process reads");
    }

    /// Waits for the end: the exit status, what is left of standard output, and what is left of
    /// standard error.
    pub(crate) fn wait(mut self) -> (ExitStatus, String, Vec<String>) {
        let mut stdout = String::new();
        self.stdout.read_to_string(&mut stdout).unwrap();
        let status = self.child.wait().unwrap();
        let stderr = self.stderr.iter().collect();
        (status, stdout, stderr)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where the process has ended and was waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a pipe, read on a thread of their own so that it never fills up.
fn lines_of(pipe: ChildStderr) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    lines
}
