//! Clients that are silent, slow, or take nothing.

use std::time::Duration;

use axum::Router;
use axum::routing::get;
use isapi_axum::connection::{ConnectionError, ConnectionOptions, Stage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{Client, H1, H2, Server, config, endless, soon};

const SHORT: Duration = Duration::from_millis(50);

/// Enough for a handshake, or a few frames, on a machine that is busy.
const ENOUGH: Duration = Duration::from_secs(1);

fn router() -> Router {
    Router::new()
        .route("/", get(|| async { "hello" }))
        .route("/endless", get(|| async { endless() }))
}

async fn server(options: ConnectionOptions) -> Server {
    Server::with(router(), config("server", None), options).await
}

fn stage(end: Result<(), ConnectionError>) -> Stage {
    match end {
        Err(ConnectionError::TimedOut(stage)) => stage,
        other => panic!("no deadline passed: {other:?}"),
    }
}

#[tokio::test]
async fn a_client_that_begins_no_handshake_is_closed() {
    let options = ConnectionOptions {
        first_byte_timeout: SHORT,
        ..ConnectionOptions::default()
    };
    let mut server = server(options).await;
    let mut client = server.tcp().await;
    assert_eq!(soon(client.read(&mut [0])).await.unwrap(), 0);
    assert_eq!(stage(server.end().await), Stage::FirstByte);
}

#[tokio::test]
async fn a_handshake_that_is_never_finished_is_closed() {
    let options = ConnectionOptions {
        head_timeout: SHORT,
        ..ConnectionOptions::default()
    };
    let mut server = server(options).await;
    let mut client = server.tcp().await;
    // The beginning of a record with a ClientHello.
    client.write_all(&[0x16, 3, 1, 2, 0, 1, 0]).await.unwrap();
    assert_eq!(soon(client.read(&mut [0])).await.unwrap(), 0);
    assert_eq!(stage(server.end().await), Stage::Handshake);
}

#[tokio::test]
async fn a_client_that_is_silent_behind_the_handshake_is_closed() {
    let options = ConnectionOptions {
        first_byte_timeout: ENOUGH,
        ..ConnectionOptions::default()
    };
    let mut server = server(options).await;
    let _client = Client::new(H1).connect(&server).await.unwrap();
    assert_eq!(stage(server.end().await), Stage::FirstByte);
}

#[tokio::test]
async fn a_client_that_finishes_no_head_is_closed() {
    let options = ConnectionOptions {
        head_timeout: ENOUGH,
        ..ConnectionOptions::default()
    };
    let mut server = server(options).await;
    let mut client = Client::new(H1).connect(&server).await.unwrap();
    client.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    assert_eq!(stage(server.end().await), Stage::Head);
}

#[tokio::test]
async fn a_client_of_http_2_that_requests_nothing_is_told_and_closed() {
    let options = ConnectionOptions {
        head_timeout: ENOUGH,
        ..ConnectionOptions::default()
    };
    let mut server = server(options).await;
    let _client = Client::new(H2).http(&server).await;
    assert_eq!(stage(server.end().await), Stage::Head);
}

#[tokio::test]
async fn an_idle_connection_ends_in_an_orderly_way_in_http_2() {
    let options = ConnectionOptions {
        idle_timeout: SHORT,
        ..ConnectionOptions::default()
    };
    let mut server = server(options).await;
    let mut client = Client::new(H2).http(&server).await;
    assert_eq!(client.get("/").await.unwrap(), "hello");
    soon(client.connection).await.unwrap().unwrap();
    server.end().await.unwrap();
}

#[tokio::test]
async fn an_idle_connection_ends_in_http_1() {
    let options = ConnectionOptions {
        idle_timeout: SHORT,
        ..ConnectionOptions::default()
    };
    let mut server = server(options).await;
    let mut client = Client::new(H1).http(&server).await;
    assert_eq!(client.get("/").await.unwrap(), "hello");
    assert_eq!(stage(server.end().await), Stage::Idle);
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_closed() {
    let options = ConnectionOptions {
        write_timeout: SHORT,
        ..ConnectionOptions::default()
    };
    let mut server = server(options).await;
    let mut client = Client::new(H1).connect(&server).await.unwrap();
    client
        .write_all(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    assert_eq!(stage(server.end().await), Stage::Write);
}

/// The socket has room all the time; only HTTP/2 knows that the client gives none.
#[tokio::test]
async fn a_client_of_http_2_that_opens_no_window_is_closed() {
    let options = ConnectionOptions {
        write_timeout: ENOUGH,
        ..ConnectionOptions::default()
    };
    let mut server = server(options).await;
    let mut client = Client::new(H2).http(&server).await;
    let untaken = client.send(client.request("/endless")).await.unwrap();
    assert_eq!(stage(server.end().await), Stage::Write);
    drop(untaken);
}
