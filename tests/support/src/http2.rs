//! An HTTP/2 client.

use std::net::SocketAddr;
use std::sync::Arc;

use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::runtime;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::client::READ_DEADLINE;
use crate::response::{Framing, Response, ResponseHead};
use crate::tls::{TlsClient, server_name};

/// A request on a connection of its own, and the port it came from.
pub(crate) fn send(address: SocketAddr, request: Request<Vec<u8>>) -> (Response, u16) {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be started");
    let exchange = runtime.block_on(async {
        timeout(READ_DEADLINE, exchange(address, request))
            .await
            .expect("the server answers in time")
    });
    exchange.expect("the server answers by HTTP/2")
}

async fn exchange(
    address: SocketAddr,
    request: Request<Vec<u8>>,
) -> Result<(Response, u16), Box<dyn std::error::Error>> {
    let stream = TcpStream::connect(address).await?;
    let port = stream.local_addr()?.port();
    let connector = TlsConnector::from(Arc::new(TlsClient::default().config(b"h2")));
    let stream = connector.connect(server_name(), stream).await?;
    let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
    let (mut sender, connection) = handshake.await?;
    // Its end is the sender's to tell.
    tokio::spawn(connection);
    let request = request.map(|body| Full::new(Bytes::from(body)));
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes().to_vec();
    let fields = head.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.to_string(), value)
    });
    let response = Response {
        head: ResponseHead {
            version: "HTTP/2".to_owned(),
            status: head.status.as_u16(),
            reason: String::new(),
            fields: fields.collect(),
        },
        framing: Framing::Length(body.len()),
        body,
    };
    Ok((response, port))
}
