//! What an extension gets to know of the handshake.

use std::sync::Arc;

use axum::Router;
use axum::extract::Extension;
use axum::routing::get;
use isapi_axum::connection::{Connection, ConnectionError, ConnectionOptions, RawFields};
use isapi_core::request_head::{ConnectionInfo, TlsInfo};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

use super::support::{Client, H1, H2, Server, certificate, config, soon};

/// A router whose requests say over what connection they came.
fn telling() -> (Router, mpsc::UnboundedReceiver<ConnectionInfo>) {
    let (tell, told) = mpsc::unbounded_channel();
    let router = Router::new().route(
        "/",
        get(
            move |Extension(info): Extension<ConnectionInfo>| async move {
                tell.send(info).unwrap();
            },
        ),
    );
    (router, told)
}

/// What is told of a client's handshake.
async fn info(client: &Client, name: &str, client_ca: Option<&str>) -> Arc<TlsInfo> {
    let (router, mut told) = telling();
    let options = ConnectionOptions::default();
    let server = Server::with(router, config(name, client_ca), options).await;
    client.http(&server).await.get("/").await.unwrap();
    let info = told.recv().await.unwrap();
    assert!(info.secure);
    assert_eq!(info.local, Some(server.address));
    assert!(info.remote.is_some());
    info.tls.unwrap()
}

#[tokio::test]
async fn a_request_knows_the_numbers_of_its_handshake() {
    for protocol in [H1, H2] {
        let tls = info(&Client::new(protocol), "server", None).await;
        assert_eq!(tls.protocol, 0x1000);
        let tls = info(&Client::new(protocol).tls12(), "server", None).await;
        assert_eq!(tls.protocol, 0x400);
        // Both sides prefer it: AES with 256 bits, SHA-384, ephemeral ECDH.
        assert_eq!((tls.cipher, tls.key_size), (0x6610, 256));
        assert_eq!((tls.hash, tls.key_exchange), (0x800d, 0xae06));
    }
}

#[tokio::test]
async fn a_request_knows_the_servers_certificate() {
    for protocol in [H1, H2] {
        let tls = info(&Client::new(protocol), "server", None).await;
        assert_eq!(
            tls.server_subject,
            "C=US, S=Washington, O=\"Example, Inc.\", CN=localhost"
        );
        assert_eq!(tls.server_issuer, "O=Example, CN=Test Authority");
        assert_eq!(tls.secret_key_size, 256);
        assert_eq!(tls.client_certificate, None);
        let tls = info(&Client::new(protocol), "server-rsa", None).await;
        assert_eq!(tls.server_subject, "CN=localhost");
        assert_eq!(tls.secret_key_size, 2048);
    }
}

#[tokio::test]
async fn a_request_knows_the_clients_certificate() {
    let der = certificate("client");
    let cookie: String = Sha256::digest(&der)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    for protocol in [H1, H2] {
        for client in [Client::new(protocol), Client::new(protocol).tls12()] {
            let client = client.certificate("client");
            let tls = info(&client, "server", Some("authority.pem")).await;
            let shown = tls.client_certificate.as_ref().unwrap();
            assert_eq!(shown.der, der.as_ref());
            assert_eq!(shown.subject, "O=Example, OU=Clients, CN=Zo\u{eb}");
            assert_eq!(shown.issuer, "O=Example, CN=Test Authority");
            assert_eq!(shown.serial_number, "f4-8f-31");
            assert_eq!(shown.cookie, cookie);
        }
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_is_let_in_and_has_none() {
    for protocol in [H1, H2] {
        let tls = info(&Client::new(protocol), "server", Some("authority.pem")).await;
        assert_eq!(tls.client_certificate, None);
    }
}

#[tokio::test]
async fn a_certificate_nobody_asked_for_is_not_taken() {
    let client = Client::new(H1).certificate("client");
    let tls = info(&client, "server", None).await;
    assert_eq!(tls.client_certificate, None);
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_ends_the_handshake() {
    for client in [Client::new(H1), Client::new(H2), Client::new(H1).tls12()] {
        let (router, mut told) = telling();
        let tls = config("server", Some("authority.pem"));
        let mut server = Server::with(router, tls, ConnectionOptions::default()).await;
        let client = client.certificate("stranger");
        // In TLS 1.3 the client hears of it when it reads.
        if let Ok(mut stream) = client.connect(&server).await {
            assert!(soon(stream.read_u8()).await.is_err());
        }
        let end = server.end().await.unwrap_err();
        assert!(matches!(end, ConnectionError::Tls(_)), "{end}");
        assert!(told.try_recv().is_err());
    }
}

#[tokio::test]
async fn a_client_that_speaks_clear_text_gets_no_answer_in_it() {
    let (router, _told) = telling();
    let mut server = Server::start(router).await;
    let mut client = server.tcp().await;
    client
        .write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    // The server may reset what it has not read.
    let _ = soon(client.read_to_end(&mut answer)).await;
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    assert!(matches!(server.end().await, Err(ConnectionError::Tls(_))));
}

#[tokio::test]
async fn a_client_that_knows_of_no_protocols_speaks_http_1() {
    let router = Router::new().route("/", get(|| async { "hello" }));
    let server = Server::start(router).await;
    let mut client = Client::new(b"http/1.0").connect(&server).await.unwrap();
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    soon(client.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
    assert!(answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn files_are_never_sent_from_mappings() {
    let router = Router::new().route(
        "/",
        get(|Extension(connection): Extension<Connection>| async move {
            connection.mapped_files().to_string()
        }),
    );
    let options = ConnectionOptions {
        mapped_files: true,
        ..ConnectionOptions::default()
    };
    let server = Server::with(router, config("server", None), options).await;
    for protocol in [H1, H2] {
        let mut client = Client::new(protocol).http(&server).await;
        assert_eq!(client.get("/").await.unwrap(), "false");
    }
}

#[tokio::test]
async fn fields_are_kept_as_they_were_written_in_http_1_only() {
    let router = Router::new().route(
        "/",
        get(|raw: Option<Extension<RawFields>>| async move {
            raw.map_or("none".to_owned(), |Extension(fields)| {
                let names: Vec<_> = fields
                    .iter()
                    .map(|(name, _)| String::from_utf8_lossy(name))
                    .collect();
                names.join(",")
            })
        }),
    );
    let server = Server::start(router).await;
    let mut client = Client::new(H1).connect(&server).await.unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nhOST: a\r\nX-Y: b\r\nConnection: close\r\n\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    soon(client.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.ends_with("hOST,X-Y,Connection"), "{answer}");
    let mut client = Client::new(H2).http(&server).await;
    assert_eq!(client.get("/").await.unwrap(), "none");
}
