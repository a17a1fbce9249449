//! Without a copy.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use isapi_axum::connection::ConnectionOptions;

use crate::common::{Server, service};
use crate::support::{MIB, Plan, Writer, get, get_once, noting, plan, unchunked, whole};

#[tokio::test]
async fn every_byte_of_a_write_is_taken_by_the_kernel_from_the_extensions_own_memory() {
    for sized in [true, false] {
        for vector in [false, true] {
            let name = format!("every-byte-{sized}-{vector}");
            let plan_of_it = Plan {
                sized,
                vector,
                ..Plan::ONE_MIB
            };
            let mut watch = plan(&name, plan_of_it);
            let service = service!("/writer.dll", Writer);
            let (app, connections) = noting(Router::new().fallback_service(service));
            let server = Server::start(app, ConnectionOptions::default()).await;
            let mut client = server.connect().await;
            client.send(get_once(&name)).await;
            let head = client.read_until("\r\n\r\n").await;
            let body = client.rest_bytes().await;
            let body = if sized { body } else { unchunked(&body) };
            assert!(body == whole(plan_of_it), "{name}: {head}");
            assert_eq!(watch.outcome().await, (MIB, 0), "{name}");
            let sent = connections.last().lent_memory_sent();
            assert_eq!(sent, 1_048_576, "{name}");
        }
    }
}

#[tokio::test]
async fn writes_follow_each_other_and_so_do_requests() {
    let chain = Plan {
        writes: 10,
        length: 100_000,
        sized: true,
        ..Plan::ONE_MIB
    };
    let mut watch = plan("chain", chain);
    let service = service!("/writer.dll", Writer);
    let (app, connections) = noting(Router::new().fallback_service(service));
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    for round in 1..=3 {
        client.send(get("chain")).await;
        client.read_until("\r\n\r\n").await;
        assert!(client.bytes(1_000_000).await == whole(chain));
        for _ in 0..10 {
            assert_eq!(watch.outcome().await, (100_000, 0));
        }
        let sent = connections.last().lent_memory_sent();
        assert_eq!(sent, round * 1_000_000);
    }
    assert!(watch.is_quiet());
}

#[tokio::test]
async fn a_write_completes_when_its_last_byte_is_gone_and_not_before() {
    // More than the sockets hold.
    let long = Plan {
        length: 32 * MIB,
        ..Plan::ONE_MIB
    };
    let mut watch = plan("slow", long);
    let service = service!("/writer.dll", Writer);
    let (app, connections) = noting(Router::new().fallback_service(service));
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send(get("slow")).await;
    client.read_until("\r\n\r\n").await;
    let mut body = Vec::new();
    while body.len() < 24 * MIB {
        // The extension spoils its buffer in the completion.
        assert!(watch.is_quiet(), "after {} bytes", body.len());
        assert!(connections.last().lent_memory_sent() < 32 * 1024 * 1024);
        body.extend(client.bytes(MIB).await);
    }
    body.extend(client.bytes(8 * MIB).await);
    assert_eq!(watch.outcome().await, (32 * MIB, 0));
    assert!(body == whole(long));
    assert!(watch.is_quiet());
}

#[tokio::test]
async fn a_layer_that_passes_frames_on_does_not_make_a_copy_necessary() {
    async fn pass_on(request: Request, next: Next) -> Response {
        let response = next.run(request).await;
        response.map(axum::body::Body::new)
    }
    let mut watch = plan("passed-on", Plan::ONE_MIB);
    let app = Router::new()
        .fallback_service(service!("/writer.dll", Writer))
        .layer(middleware::from_fn(pass_on));
    let (app, connections) = noting(app);
    let server = Server::start(app, ConnectionOptions::default()).await;
    let mut client = server.connect().await;
    client.send(get("passed-on")).await;
    client.read_until("\r\n\r\n").await;
    assert!(client.bytes(MIB).await == whole(Plan::ONE_MIB));
    assert_eq!(watch.outcome().await, (MIB, 0));
    assert_eq!(connections.last().lent_memory_sent(), 1_048_576);
}
