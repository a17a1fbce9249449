//! Just enough HTTP/1.1 for a client that knows its server.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The head of a request without a body.
pub(crate) fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").into_bytes()
}

/// Sends a request and reads its answer; returns the body.
pub(crate) async fn exchange(stream: &mut TcpStream, request: &[u8]) -> io::Result<Vec<u8>> {
    stream.write_all(request).await?;
    read_response(stream).await
}

/// Reads an answer with status 200 and a length; returns the body.
pub(crate) async fn read_response(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut received = Vec::new();
    loop {
        if let Some(end) = find(&received, b"\r\n\r\n") {
            let length = body_length(&received[..end])?;
            let mut body = received.split_off(end + 4);
            while body.len() < length {
                read_some(stream, &mut body).await?;
            }
            return Ok(body);
        }
        read_some(stream, &mut received).await?;
    }
}

async fn read_some(stream: &mut TcpStream, into: &mut Vec<u8>) -> io::Result<()> {
    if stream.read_buf(into).await? == 0 {
        return Err(invalid("the connection ended within an answer"));
    }
    Ok(())
}

fn body_length(head: &[u8]) -> io::Result<usize> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    if !head.starts_with("http/1.1 200 ") {
        let line = head.lines().next().unwrap_or_default();
        return Err(invalid(&format!("the answer is {line:?}")));
    }
    head.lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|value| value.trim().parse().ok())
        .ok_or_else(|| invalid("the answer has no length"))
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

fn invalid(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use super::body_length;

    #[test]
    fn the_length_of_a_good_answer_is_read() {
        let head = b"HTTP/1.1 200 OK\r\nContent-Length: 17\r\nDate: today";
        assert_eq!(body_length(head).ok(), Some(17));
    }

    #[test]
    fn other_answers_are_errors() {
        let refused = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 17";
        let error = body_length(refused).expect_err("it is not 200");
        assert!(error.to_string().contains("503"), "{error}");
        assert!(body_length(b"HTTP/1.1 200 OK\r\nDate: today").is_err());
    }
}
