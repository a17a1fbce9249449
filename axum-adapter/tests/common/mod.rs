//! A server and a client over real loopback sockets.
#![allow(dead_code, reason = "every test program uses its own part of it")]

pub(crate) mod extension;
pub(crate) mod modules;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use isapi_axum::connection::{ConnectionOptions, serve_connection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;
use tokio::time::timeout;

use extension::Event;

/// No answer in this time is a failed test, not a slow one.
const PATIENCE: Duration = Duration::from_secs(20);

/// A listener on a free loopback port; its connections end with it.
pub(crate) struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    accept: tokio::task::JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(router: Router, options: ConnectionOptions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = watch::channel(false);
        let accept = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, remote) = listener.accept().await.unwrap();
                let (router, stopping) = (router.clone(), stopping.clone());
                connections.spawn(async move {
                    // How a connection ends is the client's to see.
                    let _ = serve_connection(stream, remote, router, options, stopping).await;
                });
            }
        });
        Self {
            address,
            stop,
            accept,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Sends one request on a connection of its own and returns everything that comes back.
    pub(crate) async fn exchange(&self, request: impl AsRef<[u8]>) -> String {
        let mut client = self.connect().await;
        client.send(request).await;
        client.rest().await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accept.abort();
    }
}

/// A client that speaks HTTP by hand.
pub(crate) struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self {
            stream: TcpStream::connect(address).await.unwrap(),
            buffer: Vec::new(),
        }
    }

    pub(crate) fn local(&self) -> SocketAddr {
        self.stream.local_addr().unwrap()
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = timeout(PATIENCE, self.stream.write_all(bytes.as_ref())).await;
        // Where the server has closed, its answer is what counts.
        let _ = sent.expect("the server takes nothing");
    }

    /// Reads a response with a Content-Length, head and body.
    pub(crate) async fn response(&mut self) -> String {
        loop {
            if let Some(length) = whole_response(&self.buffer) {
                let response = self.buffer.drain(..length).collect();
                return String::from_utf8(response).unwrap();
            }
            assert_ne!(self.fill().await.unwrap(), 0, "cut: {:?}", self.buffer);
        }
    }

    /// Reads until what was read and not consumed contains `text`.
    pub(crate) async fn read_until(&mut self, text: &str) -> String {
        loop {
            let found = self
                .buffer
                .windows(text.len())
                .position(|window| window == text.as_bytes());
            if let Some(start) = found {
                let read = self.buffer.drain(..start + text.len()).collect();
                return String::from_utf8(read).unwrap();
            }
            assert_ne!(self.fill().await.unwrap(), 0, "cut: {:?}", self.buffer);
        }
    }

    /// Reads so many bytes.
    pub(crate) async fn bytes(&mut self, length: usize) -> Vec<u8> {
        while self.buffer.len() < length {
            assert_ne!(self.fill().await.unwrap(), 0, "cut");
        }
        self.buffer.drain(..length).collect()
    }

    /// Reads everything up to the orderly end of the connection.
    pub(crate) async fn rest(&mut self) -> String {
        String::from_utf8(self.rest_bytes().await).unwrap()
    }

    pub(crate) async fn rest_bytes(&mut self) -> Vec<u8> {
        while self.fill().await.unwrap() > 0 {}
        std::mem::take(&mut self.buffer)
    }

    /// Like [`rest`](Self::rest), where the server closes with unread bytes of the request.
    pub(crate) async fn rest_or_reset(&mut self) -> String {
        String::from_utf8(self.rest_or_reset_bytes().await).unwrap()
    }

    pub(crate) async fn rest_or_reset_bytes(&mut self) -> Vec<u8> {
        while self.fill().await.is_ok_and(|read| read > 0) {}
        std::mem::take(&mut self.buffer)
    }

    /// Whether the connection ends in a reset.
    pub(crate) async fn is_reset(&mut self) -> bool {
        loop {
            match self.fill().await {
                Ok(0) => return false,
                Ok(_) => {}
                Err(error) => return error.kind() == std::io::ErrorKind::ConnectionReset,
            }
        }
    }

    async fn fill(&mut self) -> std::io::Result<usize> {
        let read = self.stream.read_buf(&mut self.buffer);
        timeout(PATIENCE, read)
            .await
            .expect("the server neither answers nor closes")
    }
}

fn whole_response(buffer: &[u8]) -> Option<usize> {
    let head = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&buffer[..head])
        .unwrap()
        .to_ascii_lowercase();
    let (_, length) = text
        .split_once("content-length: ")
        .expect("a Content-Length");
    let length: usize = length.lines().next().unwrap().parse().unwrap();
    (buffer.len() >= head + length).then_some(head + length)
}

/// A service with one linked-in extension. A macro, because every use of `entry!` is an extension of
/// its own and tests run at the same time.
#[allow(unused_macros, reason = "as above")]
macro_rules! service {
    ($url:literal, $extension:ty) => {
        isapi_axum::IsapiService::builder(isapi_emu_loader::Portable::new())
            .extension($url, isapi_sdk::entry!($extension))
            .build()
            .unwrap()
    };
}
#[allow(unused_imports, reason = "as above")]
pub(crate) use service;

pub(crate) fn get_request(uri: &str) -> Request<Body> {
    Request::get(uri)
        .header("host", "a")
        .body(Body::empty())
        .unwrap()
}

pub(crate) async fn collect<B: HttpBody>(response: Response<B>) -> Result<Bytes, B::Error> {
    let collected = timeout(PATIENCE, response.into_body().collect()).await;
    Ok(collected.expect("the body does not end")?.to_bytes())
}

pub(crate) async fn text<B>(response: Response<B>) -> String
where
    B: HttpBody,
    B::Error: std::fmt::Debug,
{
    String::from_utf8(collect(response).await.unwrap().into()).unwrap()
}

/// Has every extension unload that is loaded, one at least; how many. A request that was answered may
/// not be over yet, and its extension is not asked before.
pub(crate) async fn unload_all(service: &isapi_axum::IsapiService) -> usize {
    let unloaded = timeout(PATIENCE, async {
        loop {
            let unloaded = service.unload_unused(Duration::ZERO).await;
            if !unloaded.is_empty() {
                break unloaded.len();
            }
            tokio::task::yield_now().await;
        }
    });
    unloaded.await.expect("no extension goes")
}

/// The next event of an extension.
pub(crate) async fn next(events: &mut UnboundedReceiver<Event>) -> Event {
    let event = timeout(PATIENCE, events.recv())
        .await
        .expect("nothing happens");
    event.expect("the watcher is there")
}

/// The first event that `wanted` accepts.
pub(crate) async fn until(
    events: &mut UnboundedReceiver<Event>,
    wanted: impl Fn(Event) -> bool,
) -> Event {
    loop {
        let event = next(events).await;
        if wanted(event) {
            return event;
        }
    }
}
