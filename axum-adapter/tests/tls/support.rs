//! A server and clients that speak TLS.

use std::future::Future;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use isapi_axum::connection::{ConnectionError, ConnectionOptions, TlsConfig, serve_tls_connection};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};

/// No answer in this time is a failed test, not a slow one.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const H1: &[u8] = b"http/1.1";
pub(crate) const H2: &[u8] = b"h2";

/// Fails the test when nothing happens.
pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    let done = tokio::time::timeout(PATIENCE, future).await;
    done.expect("nothing happens")
}

pub(crate) fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/certificates")
        .join(name)
}

/// The configuration of a server whose files begin with `name`.
pub(crate) fn config(name: &str, client_ca: Option<&str>) -> TlsConfig {
    let client_ca = client_ca.map(file);
    TlsConfig::load(
        &file(&format!("{name}.pem")),
        &file(&format!("{name}.key")),
        client_ca.as_deref(),
    )
    .unwrap()
}

/// A listener on a free loopback port; its connections end with it.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: watch::Sender<bool>,
    accept: tokio::task::JoinHandle<()>,
    ends: mpsc::UnboundedReceiver<Result<(), ConnectionError>>,
}

impl Server {
    pub(crate) async fn start(router: Router) -> Self {
        Self::with(router, config("server", None), ConnectionOptions::default()).await
    }

    pub(crate) async fn with(router: Router, tls: TlsConfig, options: ConnectionOptions) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopping) = watch::channel(false);
        let (end, ends) = mpsc::unbounded_channel();
        let accept = tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, remote) = listener.accept().await.unwrap();
                let (router, tls) = (router.clone(), tls.clone());
                let (stopping, end) = (stopping.clone(), end.clone());
                connections.spawn(async move {
                    let served =
                        serve_tls_connection(stream, remote, &tls, router, options, stopping);
                    // A test that has seen enough does not look at it.
                    let _ = end.send(served.await);
                });
            }
        });
        Self {
            address,
            stop,
            accept,
            ends,
        }
    }

    pub(crate) fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// How the next connection to end does.
    pub(crate) async fn end(&mut self) -> Result<(), ConnectionError> {
        soon(self.ends.recv()).await.unwrap()
    }

    pub(crate) async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accept.abort();
    }
}

/// What a client brings to the handshake.
pub(crate) struct Client {
    pub(crate) protocol: &'static [u8],
    pub(crate) version: &'static SupportedProtocolVersion,
    /// The beginning of the names of its files.
    pub(crate) certificate: Option<&'static str>,
}

impl Client {
    pub(crate) const fn new(protocol: &'static [u8]) -> Self {
        Self {
            protocol,
            version: &TLS13,
            certificate: None,
        }
    }

    pub(crate) const fn tls12(mut self) -> Self {
        self.version = &TLS12;
        self
    }

    pub(crate) const fn certificate(mut self, name: &'static str) -> Self {
        self.certificate = Some(name);
        self
    }

    pub(crate) async fn connect(&self, server: &Server) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        let authority = CertificateDer::from_pem_file(file("authority.pem")).unwrap();
        roots.add(authority).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[self.version])
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match self.certificate {
            Some(name) => {
                let chain = vec![certificate(name)];
                let key = PrivateKeyDer::from_pem_file(file(&format!("{name}.key"))).unwrap();
                builder.with_client_auth_cert(chain, key).unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![self.protocol.to_vec()];
        let connector = TlsConnector::from(Arc::new(config));
        let name = "localhost".try_into().unwrap();
        soon(connector.connect(name, server.tcp().await)).await
    }

    /// Connects, and speaks the protocol that was agreed upon.
    pub(crate) async fn http(&self, server: &Server) -> Http {
        let stream = self.connect(server).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(self.protocol));
        let socket = socket2::SockRef::from(stream.get_ref().0)
            .try_clone()
            .unwrap();
        let stream = TokioIo::new(stream);
        if self.protocol == H2 {
            let handshake = http2::Builder::new(TokioExecutor::new()).handshake(stream);
            let (sender, connection) = handshake.await.unwrap();
            let connection = tokio::spawn(connection);
            return Http {
                sender: Sender::Http2(sender),
                connection,
                socket,
            };
        }
        let (sender, connection) = http1::handshake(stream).await.unwrap();
        let connection = tokio::spawn(connection);
        Http {
            sender: Sender::Http1(sender),
            connection,
            socket,
        }
    }
}

pub(crate) fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(file(&format!("{name}.pem"))).unwrap()
}

/// A connection that speaks HTTP.
pub(crate) struct Http {
    sender: Sender,
    /// Ends with the connection.
    pub(crate) connection: tokio::task::JoinHandle<hyper::Result<()>>,
    /// What it goes over, to be cut below TLS.
    pub(crate) socket: socket2::Socket,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Http {
    /// Sends a request and waits for the response's head.
    pub(crate) async fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> hyper::Result<Response<Incoming>> {
        match &mut self.sender {
            Sender::Http1(sender) => soon(sender.send_request(request)).await,
            Sender::Http2(sender) => soon(sender.send_request(request)).await,
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> hyper::Result<String> {
        let response = self.send(self.request(path)).await?;
        let body = collect(response.into_body()).await?;
        Ok(String::from_utf8(body.into()).unwrap())
    }

    /// A request in the form of the protocol.
    pub(crate) fn request(&self, path: &str) -> Request<Full<Bytes>> {
        let request = match self.sender {
            Sender::Http1(_) => Request::get(path).header("Host", "localhost"),
            Sender::Http2(_) => Request::get(format!("https://localhost{path}")),
        };
        request.body(Full::default()).unwrap()
    }

    /// Another sender on the same connection, of HTTP/2.
    pub(crate) fn http2(&self) -> http2::SendRequest<Full<Bytes>> {
        match &self.sender {
            Sender::Http1(_) => panic!("HTTP/1 has one request at a time"),
            Sender::Http2(sender) => sender.clone(),
        }
    }
}

pub(crate) async fn collect(body: Incoming) -> hyper::Result<Bytes> {
    Ok(soon(body.collect()).await?.to_bytes())
}

/// A body that never ends.
pub(crate) fn endless() -> Body {
    Body::new(Endless)
}

struct Endless;

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        static BLOCK: [u8; 16384] = [b'x'; 16384];
        let frame = http_body::Frame::data(Bytes::from_static(&BLOCK));
        std::task::Poll::Ready(Some(Ok(frame)))
    }
}
