//! What is another matter in HTTP/2: several requests on one connection.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Extension;
use axum::routing::get;
use http::header::COOKIE;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use isapi_axum::connection::{Connection, ConnectionOptions};
use tokio::sync::{Barrier, mpsc, oneshot};

use super::common::extension::Scripted;
use super::common::service;
use super::support::{Client, H1, H2, Server, collect, config, endless, soon};

#[tokio::test]
async fn requests_are_served_at_the_same_time() {
    const TOGETHER: usize = 50;
    let barrier = Arc::new(Barrier::new(TOGETHER));
    let router = Router::new().route(
        "/",
        get(move || async move {
            // Answered when all are there.
            barrier.wait().await;
            "together"
        }),
    );
    let server = Server::start(router).await;
    let client = Client::new(H2).http(&server).await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..TOGETHER {
        let (mut sender, request) = (client.http2(), client.request("/"));
        requests.spawn(async move { sender.send_request(request).await.unwrap() });
    }
    for response in soon(requests.join_all()).await {
        assert_eq!(collect(response.into_body()).await.unwrap(), "together");
    }
}

#[tokio::test]
async fn an_abort_ends_its_own_request_only() {
    let router = Router::new()
        .route(
            "/before",
            get(|Extension(connection): Extension<Connection>| async move {
                connection.abort();
                std::future::pending::<()>().await
            }),
        )
        .route(
            "/behind",
            get(|Extension(connection): Extension<Connection>| async move {
                tokio::spawn(async move { connection.abort() });
                // Waits for the abort alone.
                Body::new(Pending)
            }),
        )
        .route("/", get(|| async { "hello" }));
    let server = Server::start(router).await;
    let mut client = Client::new(H2).http(&server).await;
    assert!(client.get("/before").await.is_err());
    assert!(client.get("/behind").await.is_err());
    assert_eq!(client.get("/").await.unwrap(), "hello");
}

#[tokio::test]
async fn an_abort_loses_nothing_of_what_was_taken() {
    let router = Router::new().route(
        "/",
        get(|Extension(connection): Extension<Connection>| async move {
            Body::new(Aborting(Some(connection)))
        }),
    );
    let server = Server::start(router).await;
    let mut client = Client::new(H2).http(&server).await;
    let mut body = client.send(client.request("/")).await.unwrap().into_body();
    let data = soon(body.frame()).await.unwrap().unwrap();
    assert_eq!(data.data_ref().unwrap(), &b"12345"[..]);
    assert!(soon(body.frame()).await.unwrap().is_err());
}

#[tokio::test]
async fn a_response_that_is_cut_reaches_the_client_up_to_the_cut() {
    let service = service!("/scripted.dll", Scripted);
    let server = Server::start(Router::new().fallback_service(service)).await;
    let mut client = Client::new(H2).http(&server).await;
    for _ in 0..20 {
        let request = client.request("/scripted.dll/cut");
        let mut body = client.send(request).await.unwrap().into_body();
        let mut received = Vec::new();
        let cut = loop {
            match soon(body.frame()).await.expect("a cut, not an end") {
                Ok(frame) => received.extend_from_slice(frame.data_ref().unwrap()),
                Err(cut) => break cut,
            }
        };
        assert_eq!(received, b"12345", "{cut}");
    }
}

#[tokio::test]
async fn close_after_lets_the_other_requests_finish() {
    let (answer, answered) = oneshot::channel::<&str>();
    let answered = Arc::new(Mutex::new(Some(answered)));
    let (called, mut calls) = mpsc::unbounded_channel();
    let router = Router::new()
        .route(
            "/slow",
            get(move || {
                called.send(()).unwrap();
                let answered = answered.lock().unwrap().take().unwrap();
                async move { answered.await.unwrap() }
            }),
        )
        .route(
            "/last",
            get(|Extension(connection): Extension<Connection>| async move {
                connection.close_after();
                "last"
            }),
        );
    let mut server = Server::start(router).await;
    let mut client = Client::new(H2).http(&server).await;
    let (mut sender, request) = (client.http2(), client.request("/slow"));
    let slow = tokio::spawn(async move { sender.send_request(request).await.unwrap() });
    soon(calls.recv()).await.unwrap();
    assert_eq!(client.get("/last").await.unwrap(), "last");
    answer.send("slow").unwrap();
    let slow = soon(slow).await.unwrap();
    assert_eq!(collect(slow.into_body()).await.unwrap(), "slow");
    soon(client.connection).await.unwrap().unwrap();
    server.end().await.unwrap();
}

#[tokio::test]
async fn shutdown_finishes_requests_and_ends_idle_connections() {
    for protocol in [H1, H2] {
        let (answer, answered) = oneshot::channel::<&str>();
        let answered = Arc::new(Mutex::new(Some(answered)));
        let (called, mut calls) = mpsc::unbounded_channel();
        let router = Router::new().route("/", get(|| async { "hello" })).route(
            "/slow",
            get(move || {
                called.send(()).unwrap();
                let answered = answered.lock().unwrap().take().unwrap();
                async move { answered.await.unwrap() }
            }),
        );
        let mut server = Server::start(router).await;
        let mut idle = Client::new(protocol).http(&server).await;
        assert_eq!(idle.get("/").await.unwrap(), "hello");
        let mut busy = Client::new(protocol).http(&server).await;
        let slow = tokio::spawn(async move { busy.get("/slow").await });
        soon(calls.recv()).await.unwrap();
        server.stop();
        // In an orderly way: with the end of the TLS session too.
        soon(idle.connection).await.unwrap().unwrap();
        server.end().await.unwrap();
        answer.send("slow").unwrap();
        assert_eq!(soon(slow).await.unwrap().unwrap(), "slow");
        server.end().await.unwrap();
    }
}

#[tokio::test]
async fn shutdown_ends_a_handshake() {
    let mut server = Server::start(Router::new()).await;
    let _client = server.tcp().await;
    // Accepted by the time another one is served.
    let mut other = Client::new(H1).http(&server).await;
    assert_eq!(other.get("/").await.unwrap(), "");
    server.stop();
    server.end().await.unwrap();
    server.end().await.unwrap();
}

#[tokio::test]
async fn a_client_that_is_gone_is_noticed_with_no_io_going_on() {
    for protocol in [H1, H2] {
        let (give, mut given) = mpsc::unbounded_channel();
        let router = Router::new().route(
            "/",
            get(
                move |Extension(connection): Extension<Connection>| async move {
                    give.send(connection).unwrap();
                    std::future::pending::<()>().await
                },
            ),
        );
        let server = Server::start(router).await;
        let mut client = Client::new(protocol).http(&server).await;
        let socket = client.socket.try_clone().unwrap();
        let request = tokio::spawn(async move { client.get("/").await });
        let handle = soon(given.recv()).await.unwrap();
        assert!(!handle.is_peer_gone());
        socket.shutdown(std::net::Shutdown::Both).unwrap();
        assert!(soon(request).await.unwrap().is_err());
        soon(async {
            while !handle.is_peer_gone() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

#[tokio::test]
async fn a_response_that_the_client_drops_is_dropped() {
    let (dropped, is_dropped) = oneshot::channel::<()>();
    let dropped = Arc::new(Mutex::new(Some(dropped)));
    let router = Router::new()
        .route(
            "/endless",
            get(move || {
                let guard = dropped.lock().unwrap().take();
                async move {
                    Body::new(endless().map_frame(move |frame| {
                        let _held = &guard;
                        frame
                    }))
                }
            }),
        )
        .route("/", get(|| async { "hello" }));
    let server = Server::start(router).await;
    let mut client = Client::new(H2).http(&server).await;
    drop(client.send(client.request("/endless")).await.unwrap());
    assert!(soon(is_dropped).await.is_err());
    assert_eq!(client.get("/").await.unwrap(), "hello");
}

#[tokio::test]
async fn a_head_has_the_limits_of_http_1() {
    let router = Router::new().route("/", get(|| async { "hello" }));
    let server = Server::start(router).await;
    let mut client = Client::new(H2).http(&server).await;
    for (fields, length, status) in [
        (100, 1, StatusCode::OK),
        (101, 1, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
        (1, 70 * 1024, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE),
    ] {
        let mut request = client.request("/");
        for _ in 0..fields {
            let value = "x".repeat(length).try_into().unwrap();
            request.headers_mut().append("x", value);
        }
        let response = client.send(request).await.unwrap();
        assert_eq!(
            response.status(),
            status,
            "{fields} fields of {length} bytes"
        );
    }
}

#[tokio::test]
async fn cookies_come_as_one_field() {
    let router = Router::new().route(
        "/",
        get(|headers: HeaderMap| async move {
            let cookies: Vec<_> = headers.get_all(COOKIE).iter().collect();
            format!("{cookies:?}")
        }),
    );
    let server = Server::with(router, config("server", None), ConnectionOptions::default()).await;
    let mut client = Client::new(H2).http(&server).await;
    let mut request = client.request("/");
    for cookie in ["a=1", "b=2"] {
        request
            .headers_mut()
            .append(COOKIE, cookie.parse().unwrap());
    }
    let response = client.send(request).await.unwrap();
    assert_eq!(
        collect(response.into_body()).await.unwrap(),
        "[\"a=1; b=2\"]"
    );
}

/// A body that aborts its response with the first bytes it gives, and then has nothing.
struct Aborting(Option<Connection>);

impl http_body::Body for Aborting {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        let Some(connection) = self.0.take() else {
            return std::task::Poll::Pending;
        };
        connection.abort();
        let frame = http_body::Frame::data(bytes::Bytes::from_static(b"12345"));
        std::task::Poll::Ready(Some(Ok(frame)))
    }
}

/// A body that has nothing yet.
struct Pending;

impl http_body::Body for Pending {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        std::task::Poll::Pending
    }
}
