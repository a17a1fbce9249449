//! Uploads, one after the other on each of some connections.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::http;

/// What became of a run.
#[derive(Debug)]
pub(crate) struct Uploads {
    latencies: Vec<Duration>,
    time: Duration,
}

impl fmt::Display for Uploads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "requests {} seconds {:.6} p50_us {} p99_us {}",
            self.latencies.len(),
            self.time.as_secs_f64(),
            self.percentile(50).as_micros(),
            self.percentile(99).as_micros(),
        )
    }
}

impl Uploads {
    /// The time within which so many percent of the requests were answered. They are sorted.
    fn percentile(&self, percent: usize) -> Duration {
        let index = self.latencies.len() * percent / 100;
        self.latencies.get(index).copied().unwrap_or_default()
    }
}

/// A request with its body.
pub(crate) fn request(path: &str, bytes: usize) -> Vec<u8> {
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {bytes}\r\n\r\n");
    let mut request = head.into_bytes();
    request.resize(request.len() + bytes, b'x');
    request
}

/// Uploads until the time is over; what is under way then is finished and counts.
pub(crate) async fn run(
    address: SocketAddr,
    request: Vec<u8>,
    connections: usize,
    time: Duration,
) -> io::Result<Uploads> {
    let request: Arc<[u8]> = request.into();
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..connections {
        tasks.spawn(upload_until(address, request.clone(), start + time));
    }
    let mut latencies = Vec::new();
    while let Some(task) = tasks.join_next().await {
        latencies.extend(task.map_err(io::Error::other)??);
    }
    latencies.sort_unstable();
    Ok(Uploads {
        latencies,
        time: start.elapsed(),
    })
}

async fn upload_until(
    address: SocketAddr,
    request: Arc<[u8]>,
    end: Instant,
) -> io::Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(address).await?;
    let mut latencies = Vec::new();
    loop {
        let start = Instant::now();
        if start >= end {
            return Ok(latencies);
        }
        http::exchange(&mut stream, &request).await?;
        latencies.push(start.elapsed());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_latencies() {
        let uploads = Uploads {
            latencies: (0..200).map(Duration::from_micros).collect(),
            time: Duration::from_secs(1),
        };
        assert_eq!(
            uploads.to_string(),
            "requests 200 seconds 1.000000 p50_us 100 p99_us 198"
        );
    }
}
