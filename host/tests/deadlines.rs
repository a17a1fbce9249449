//! Connections that do not get on are closed.

mod support;

use std::time::{Duration, Instant};

use support::Server;

const SHORT: Duration = Duration::from_millis(200);

/// A server with one short deadline; the other is so long that the test would fail.
fn server(short: &str) -> Server {
    let (head, idle) = match short {
        "head" => ("200ms", "1000"),
        _ => ("1000", "200ms"),
    };
    Server::start(&["--header-wait-timeout", head, "--connection-timeout", idle])
}

#[test]
fn a_silent_connection_is_closed() {
    let server = server("head");
    let start = Instant::now();
    assert_eq!(server.connect().read_to_close(), b"");
    assert!(start.elapsed() >= SHORT, "closed too early");
}

#[test]
fn a_connection_with_half_a_head_is_closed() {
    let server = server("head");
    for half in [
        "G",
        "GET / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n",
    ] {
        let mut client = server.connect();
        client.send(half);
        let said = client.read_to_close();
        let said = String::from_utf8_lossy(&said);
        assert!(
            said.is_empty() || said.starts_with("HTTP/1.1 408"),
            "{half:?}: {said}"
        );
    }
}

#[test]
fn half_a_second_head_is_closed_by_the_head_deadline() {
    let server = server("head");
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.receive().status, 200);
    client.send("GET / HT");
    client.read_to_close();
}

#[test]
fn an_idle_connection_is_closed() {
    let server = server("idle");
    let mut client = server.connect();
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(client.receive().status, 200);
    let start = Instant::now();
    assert_eq!(client.read_to_close(), b"");
    assert!(start.elapsed() >= SHORT / 2, "closed too early");
}

#[test]
fn an_idle_connection_is_not_closed_by_the_head_deadline() {
    let server = server("head");
    let mut idle = server.connect();
    idle.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(idle.receive().status, 200);
    // A silent connection opened now is closed after the head deadline; by then the idle one
    // has been silent for longer.
    server.connect().read_to_close();
    idle.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(idle.receive().status, 200);
}
