//! With a copy: what is between an extension and its connection reads the bytes, or keeps them.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use bytes::Bytes;
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use isapi_axum::connection::ConnectionOptions;

use crate::common::{Server, service};
use crate::support::{MIB, Plan, Writer, content, get, get_once, noting, plan, unchunked, whole};

const CHAIN: Plan = Plan {
    writes: 10,
    length: 100_000,
    sized: false,
    vector: false,
};

/// Ten chained writes of one request all complete, are copied, and arrive.
async fn expect_copies(name: &str, app: Router) {
    let mut watch = plan(name, CHAIN);
    let (app, connections) = noting(app);
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send(get_once(name)).await;
    let head = client.read_until("\r\n\r\n").await;
    let body = client.rest_bytes().await;
    let body = match head.contains("content-length") {
        true => body,
        false => unchunked(&body),
    };
    assert!(body == whole(CHAIN));
    for _ in 0..10 {
        assert_eq!(watch.outcome().await, (CHAIN.length, 0));
    }
    assert!(watch.is_quiet());
    assert_eq!(connections.last().lent_memory_sent(), 0);
}

#[tokio::test]
async fn under_a_layer_that_collects_the_body() {
    async fn collect(request: Request, next: Next) -> Response {
        let (parts, body) = next.run(request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Response::from_parts(parts, Body::new(Full::new(body)))
    }
    let app = Router::new()
        .fallback_service(service!("/writer.dll", Writer))
        .layer(middleware::from_fn(collect));
    expect_copies("collected", app).await;
}

/// Passes a frame on when the next one has come, or the end.
struct Behind {
    inner: Body,
    kept: Option<Bytes>,
}

impl HttpBody for Behind {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        loop {
            let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx));
            let next = frame.transpose()?.and_then(|frame| frame.into_data().ok());
            let is_end = next.is_none();
            let kept = std::mem::replace(&mut self.kept, next);
            if kept.is_some() || is_end {
                return Poll::Ready(kept.map(|data| Ok(Frame::data(data))));
            }
        }
    }
}

#[tokio::test]
async fn under_a_layer_that_is_a_frame_behind() {
    async fn hold_back(request: Request, next: Next) -> Response {
        let response = next.run(request).await;
        response.map(|inner| Body::new(Behind { inner, kept: None }))
    }
    let app = Router::new()
        .fallback_service(service!("/writer.dll", Writer))
        .layer(middleware::from_fn(hold_back));
    expect_copies("behind", app).await;
}

/// Encodes each frame, and keeps it until there is another: what stream readers under compression do.
struct Encoder {
    inner: Body,
    read: Bytes,
}

impl HttpBody for Encoder {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(cx)).transpose()?;
        Poll::Ready(frame.and_then(|frame| frame.into_data().ok()).map(|data| {
            self.read = data;
            Ok(Frame::data(Bytes::copy_from_slice(&self.read)))
        }))
    }
}

#[tokio::test]
async fn under_a_layer_that_encodes_the_body() {
    async fn encode(request: Request, next: Next) -> Response {
        let response = next.run(request).await;
        response.map(|inner| {
            let read = Bytes::new();
            Body::new(Encoder { inner, read })
        })
    }
    let app = Router::new()
        .fallback_service(service!("/writer.dll", Writer))
        .layer(middleware::from_fn(encode));
    expect_copies("encoded", app).await;
}

#[tokio::test]
async fn where_the_connection_does_not_lend() {
    let mut watch = plan("not-lent", Plan::ONE_MIB);
    let service = service!("/writer.dll", Writer);
    let (app, connections) = noting(Router::new().fallback_service(service));
    let options = ConnectionOptions {
        lent_memory: false,
        ..ConnectionOptions::default()
    };
    let server = Server::start(app, options).await;
    let mut client = server.connect().await;
    client.send(get("not-lent")).await;
    client.read_until("\r\n\r\n").await;
    assert!(client.bytes(MIB).await == whole(Plan::ONE_MIB));
    assert_eq!(watch.outcome().await, (MIB, 0));
    assert_eq!(connections.last().lent_memory_sent(), 0);
}

#[tokio::test]
async fn to_a_client_of_http_1_0_whose_response_ends_with_the_connection() {
    let endless = Plan {
        sized: false,
        ..Plan::ONE_MIB
    };
    let mut watch = plan("http-1-0", endless);
    let service = service!("/writer.dll", Writer);
    let (app, connections) = noting(Router::new().fallback_service(service));
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client
        .send("GET /writer.dll?http-1-0 HTTP/1.0\r\n\r\n")
        .await;
    client.read_until("\r\n\r\n").await;
    assert!(client.rest_bytes().await == whole(endless));
    assert_eq!(watch.outcome().await, (MIB, 0));
    assert_eq!(connections.last().lent_memory_sent(), 0);
}

#[tokio::test]
async fn short_writes() {
    let short = Plan {
        length: 1000,
        ..Plan::ONE_MIB
    };
    let mut watch = plan("short", short);
    let service = service!("/writer.dll", Writer);
    let (app, connections) = noting(Router::new().fallback_service(service));
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send(get("short")).await;
    client.read_until("\r\n\r\n").await;
    assert!(client.bytes(1000).await == content(0, 1000));
    assert_eq!(watch.outcome().await, (1000, 0));
    assert_eq!(connections.last().lent_memory_sent(), 0);
}

#[tokio::test]
async fn a_write_to_head_completes_and_sends_nothing() {
    let mut watch = plan("head", Plan::ONE_MIB);
    let service = service!("/writer.dll", Writer);
    let (app, connections) = noting(Router::new().fallback_service(service));
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    for _ in 0..2 {
        client
            .send("HEAD /writer.dll?head HTTP/1.1\r\nHost: a\r\n\r\n")
            .await;
        let head = client.read_until("\r\n\r\n").await;
        assert!(head.contains("content-length: 1048576\r\n"), "{head}");
        assert_eq!(watch.outcome().await, (MIB, 0));
    }
    assert_eq!(connections.last().lent_memory_sent(), 0);
}
