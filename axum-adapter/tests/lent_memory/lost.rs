//! Connections and writes that end half-way.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt;
use isapi_axum::connection::{Connection, ConnectionOptions};
use tokio::sync::mpsc;

use crate::common::{Server, service};
use crate::support::{Connections, MIB, Plan, Watch, Writer, get, noting, plan};

/// Longer than what the sockets hold.
const LONG: Plan = Plan {
    length: 32 * MIB,
    ..Plan::ONE_MIB
};

const ABORTED: u32 = 995;

/// A write that fails completes once, with what the kernel took and no more.
async fn expect_cut(watch: &mut Watch, connections: &Connections, error: u32, least: usize) {
    let (bytes, told) = watch.outcome().await;
    assert_eq!(told, error);
    assert!((least..LONG.length).contains(&bytes), "{bytes}");
    let sent = connections.last().lent_memory_sent();
    assert_eq!(u64::try_from(bytes).unwrap(), sent);
    assert!(watch.is_quiet());
}

#[tokio::test]
async fn a_reset_at_half_completes_with_995_and_what_the_kernel_took() {
    for sized in [true, false] {
        let name = format!("reset-{sized}");
        let mut watch = plan(&name, Plan { sized, ..LONG });
        let service = service!("/writer.dll", Writer);
        let (app, connections) = noting(Router::new().fallback_service(service));
        let server = Server::start(app, ConnectionOptions::default()).await;
        let mut client = server.connect().await;
        client.send(get(&name)).await;
        client.read_until("\r\n\r\n").await;
        client.bytes(LONG.length / 2).await;
        // With bytes unread, which makes it a reset.
        drop(client);
        expect_cut(&mut watch, &connections, ABORTED, LONG.length / 2).await;
    }
}

#[tokio::test]
async fn a_write_that_is_cancelled_completes_as_soon_as_the_connection_has_let_go_of_it() {
    let mut watch = plan("cancelled", LONG);
    let service = service!("/writer.dll", Writer);
    let (app, connections) = noting(Router::new().fallback_service(service));
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send(get("cancelled")).await;
    client.read_until("\r\n\r\n").await;
    let interrupt = watch.interrupt().await;
    client.bytes(MIB).await;
    interrupt.cancel().unwrap();
    // The client takes nothing, and would do so for ever.
    expect_cut(&mut watch, &connections, ABORTED, MIB).await;
    assert!(client.rest_or_reset_bytes().await.len() < LONG.length);
}

#[tokio::test]
async fn closing_the_connection_completes_the_write_with_64() {
    let mut watch = plan("closed", LONG);
    let service = service!("/writer.dll", Writer);
    let (app, connections) = noting(Router::new().fallback_service(service));
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send(get("closed")).await;
    client.read_until("\r\n\r\n").await;
    let interrupt = watch.interrupt().await;
    client.bytes(MIB).await;
    interrupt.close_connection().unwrap();
    expect_cut(&mut watch, &connections, 64, MIB).await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_given_up_after_the_write_timeout() {
    let mut watch = plan("timed-out", LONG);
    let service = service!("/writer.dll", Writer);
    let (app, connections) = noting(Router::new().fallback_service(service));
    let options = ConnectionOptions {
        write_timeout: Duration::from_millis(100),
        ..ConnectionOptions::default()
    };
    let server = Server::start(app, options).await;
    let mut client = server.connect().await;
    client.send(get("timed-out")).await;
    client.read_until("\r\n\r\n").await;
    expect_cut(&mut watch, &connections, ABORTED, 1).await;
}

#[tokio::test]
async fn a_server_that_is_dropped_completes_its_writes() {
    let mut watch = plan("dropped", LONG);
    let service = service!("/writer.dll", Writer);
    let (app, connections) = noting(Router::new().fallback_service(service));
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send(get("dropped")).await;
    client.read_until("\r\n\r\n").await;
    client.bytes(MIB).await;
    drop(server);
    expect_cut(&mut watch, &connections, ABORTED, MIB).await;
}

#[test]
fn a_runtime_that_ends_completes_its_writes() {
    let mut watch = plan("runtime", LONG);
    let service = service!("/writer.dll", Writer);
    let (app, connections) = noting(Router::new().fallback_service(service));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = runtime.block_on(async {
        let server = Server::start(app, ConnectionOptions::default()).await;
        let mut client = server.connect().await;
        client.send(get("runtime")).await;
        client.read_until("\r\n\r\n").await;
        client.bytes(MIB).await;
        (server, client)
    });
    drop(runtime);
    let other = tokio::runtime::Runtime::new().unwrap();
    other.block_on(expect_cut(&mut watch, &connections, ABORTED, MIB));
    drop(client);
}

/// What a task of its own passes on.
struct Pumped(mpsc::Receiver<Frame<Bytes>>);

impl HttpBody for Pumped {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.0.poll_recv(cx).map(|frame| frame.map(Ok))
    }
}

#[tokio::test]
async fn memory_that_is_lent_behind_the_end_of_the_connection_was_not_sent() {
    /// Takes all frames but the first, with which the connection learns that frames come through as
    /// they are, when the connection has ended.
    async fn pump(request: Request, next: Next) -> Response {
        let connection: Connection = request.extensions().get().cloned().unwrap();
        let (parts, mut inner) = next.run(request).await.into_parts();
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(async move {
            let probe = inner.frame().await.unwrap().unwrap();
            sender.send(probe).await.unwrap();
            let taken = sender.reserve().await.unwrap();
            connection.abort();
            drop(taken);
            sender.closed().await;
            while inner.frame().await.is_some_and(|frame| frame.is_ok()) {}
        });
        Response::from_parts(parts, Body::new(Pumped(receiver)))
    }
    let mut watch = plan("pumped", LONG);
    let app = Router::new()
        .fallback_service(service!("/writer.dll", Writer))
        .layer(middleware::from_fn(pump));
    let (app, connections) = noting(app);
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send(get("pumped")).await;
    expect_cut(&mut watch, &connections, ABORTED, 0).await;
}
