//! Connections and writes that end half-way.

use std::time::Duration;

use axum::Router;
use isapi_axum::connection::ConnectionOptions;

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
