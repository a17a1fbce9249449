//! Bodies larger than a record of TLS and a window of HTTP/2.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;
use bytes::Bytes;
use http_body_util::Full;

use super::common::service;
use super::lent_memory::{MIB, Plan, Writer, noting, plan, whole};
use super::support::{Client, H1, H2, Server, collect};

/// Bytes of which no two blocks are alike.
fn pattern(length: usize) -> Bytes {
    let words = (0u64..).flat_map(|n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
    words.take(length).collect()
}

#[tokio::test]
async fn bodies_of_every_size_are_intact_both_ways() {
    let router = Router::new()
        .route("/", post(|body: Bytes| async { body }))
        .layer(DefaultBodyLimit::disable());
    let server = Server::start(router).await;
    for protocol in [H1, H2] {
        for client in [Client::new(protocol), Client::new(protocol).tls12()] {
            let mut http = client.http(&server).await;
            for length in [
                0,
                1,
                16_383,
                16_384,
                16_385,
                65_535,
                65_536,
                65_537,
                4 << 20,
            ] {
                let sent = pattern(length);
                let mut request = http.request("/").map(|_| Full::new(sent.clone()));
                *request.method_mut() = http::Method::POST;
                let response = http.send(request).await.unwrap();
                let received = collect(response.into_body()).await.unwrap();
                assert!(received == sent, "{length} bytes");
            }
        }
    }
}

#[tokio::test]
async fn the_memory_of_an_asynchronous_write_is_copied_and_its_write_completes() {
    for (name, protocol) in [("tls-1", H1), ("tls-2", H2)] {
        let mut watch = plan(name, Plan::ONE_MIB);
        let service = service!("/writer.dll", Writer);
        let (app, connections) = noting(Router::new().fallback_service(service));
        let server = Server::start(app).await;
        let mut client = Client::new(protocol).http(&server).await;
        let request = client.request(&format!("/writer.dll?{name}"));
        let response = client.send(request).await.unwrap();
        let body = collect(response.into_body()).await.unwrap();
        assert!(body == whole(Plan::ONE_MIB), "{name}");
        assert_eq!(watch.outcome().await, (MIB, 0), "{name}");
        assert!(!connections.last().lent_memory());
        assert_eq!(connections.last().lent_memory_sent(), 0);
    }
}
