use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tower_service::Service;

use super::activity::Protocol;
use super::drive::drive;
use super::handle::Shared;
use super::own_head::own_head;
use super::requests::serve_request;
use super::stream::{Socket, Stream};
use super::tap::{Recording, Tap};
use super::{ConnectionError, ConnectionOptions};

/// Serves HTTP/1 requests on a connection until it ends.
///
/// Every request carries a [`Connection`](super::Connection), the
/// [`ConnectInfo`](axum::extract::ConnectInfo) with `remote` and, as long as they are known, its
/// [`RawFields`](super::RawFields) in its extensions. When `shutdown` becomes `true`, the response
/// under way is finished and the connection closed; a sender that is dropped means that this never
/// happens. Dropping the future closes the connection.
///
/// # Errors
///
/// [`ConnectionError`] if the connection did not end in an orderly way. That is everyday business:
/// clients come and go. Log it at a low level.
pub async fn serve_connection<S, B>(
    stream: TcpStream,
    remote: SocketAddr,
    service: S,
    options: ConnectionOptions,
    shutdown: watch::Receiver<bool>,
) -> Result<(), ConnectionError>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone,
    B: Body + Unpin + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (stream, shared) = open(stream, remote, Protocol::Http1, options);
    serve_http1(stream, &shared, service, options, shutdown).await
}

/// Makes a stream that knows its deadlines of a connection that was accepted.
pub(super) fn open(
    stream: TcpStream,
    remote: SocketAddr,
    protocol: Protocol,
    options: ConnectionOptions,
) -> (Stream, Arc<Shared>) {
    // Heads and files leave in one piece anyway; a late acknowledgement must not hold back the rest.
    // A socket that cannot do without the delay is only slower.
    let _ = stream.set_nodelay(true);
    let local = stream.local_addr().ok();
    let socket = Socket::new(stream);
    let shared = Shared::new(remote, local, &socket, protocol, options);
    (Stream::new(socket, Arc::clone(&shared)), shared)
}

/// Serves HTTP/1 on a stream that carries it in clear text, whatever is below.
pub(super) async fn serve_http1<I, S, B>(
    stream: I,
    shared: &Arc<Shared>,
    service: S,
    options: ConnectionOptions,
    shutdown: watch::Receiver<bool>,
) -> Result<(), ConnectionError>
where
    I: AsyncRead + AsyncWrite + Unpin,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone,
    B: Body + Unpin + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let recording = Recording::new(options.max_head);
    let tapped = Tap::new(stream, recording.clone());
    let service = service_fn(|mut request: Request<Incoming>| {
        let raw_fields = recording.recorder().take(request.method(), request.uri());
        if let Some(raw_fields) = raw_fields {
            request.extensions_mut().insert(raw_fields);
        }
        own_head(&mut request);
        serve_request(Arc::clone(shared), None, service.clone(), request)
    });
    let connection = pin!(
        http1::Builder::new()
            // The connection's own deadlines tell a head from an idle connection; hyper's does not.
            .header_read_timeout(None)
            .max_header_size(options.max_head)
            .max_headers(options.max_fields)
            .serve_connection(TokioIo::new(tapped), service)
    );
    // Dropped in the reverse order.
    let _cut = shared.cut_loans();
    drive(connection, shared, shutdown).await
}
