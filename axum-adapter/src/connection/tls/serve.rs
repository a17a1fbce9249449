use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tower_service::Service;

use super::http2::serve_http2;
use super::{TlsConfig, handshake};
use crate::connection::activity::Protocol;
use crate::connection::drive::{Alarm, wait_for_shutdown};
use crate::connection::handle::Shared;
use crate::connection::serve::{open, serve_http1};
use crate::connection::stream::Stream;
use crate::connection::{ConnectionError, ConnectionOptions};

/// Serves encrypted requests on a connection until it ends: HTTP/2 where the client offers it in the
/// handshake, else HTTP/1.
///
/// It is to TLS what [`serve_connection`](crate::connection::serve_connection) is to clear text, with
/// the same deadlines and limits; the handshake has the head's. Besides, every request carries an
/// [`isapi_core::request_head::ConnectionInfo`] in its extensions, which says what the handshake came
/// to. Files are never sent from memory mappings, and nothing without a copy: encrypting reads it.
///
/// On HTTP/2 there is one task for each request, on the runtime that runs this.
/// [`Connection::abort`](crate::connection::Connection::abort) ends the request's stream there, and
/// [`Connection::close_after`](crate::connection::Connection::close_after) the connection behind all
/// requests under way. A client that opens a connection has to send a request within the head's
/// time; frames that are none keep no connection.
///
/// # Errors
///
/// [`ConnectionError`] if the connection did not end in an orderly way. That is everyday business:
/// clients come and go. Log it at a low level, except where
/// [`is_handshake_refused`](ConnectionError::is_handshake_refused).
pub async fn serve_tls_connection<S, B>(
    stream: TcpStream,
    remote: SocketAddr,
    tls: &TlsConfig,
    service: S,
    options: ConnectionOptions,
    shutdown: watch::Receiver<bool>,
) -> Result<(), ConnectionError>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let options = ConnectionOptions {
        mapped_files: false,
        lent_memory: false,
        ..options
    };
    let (stream, shared) = open(stream, remote, Protocol::Handshake, options);
    let Some(stream) = shake_hands(stream, tls, &shared, shutdown.clone()).await? else {
        return Ok(());
    };
    let (_, session) = stream.get_ref();
    let described = handshake::describe(session, &tls.certificate);
    shared.set_tls(described.map_err(|error| ConnectionError::Tls(io::Error::other(error)))?);
    let protocol = match session.alpn_protocol() {
        Some(b"h2") => Protocol::Http2,
        _ => Protocol::Http1,
    };
    shared.activity().handshake_done(protocol, Instant::now());
    match protocol {
        Protocol::Http2 => serve_http2(stream, &shared, service, options, shutdown).await,
        _ => serve_http1(stream, &shared, service, options, shutdown).await,
    }
}

/// Finishes the handshake in time; `None` if the server is to stop before.
async fn shake_hands(
    stream: Stream,
    tls: &TlsConfig,
    shared: &Shared,
    shutdown: watch::Receiver<bool>,
) -> Result<Option<TlsStream<Stream>>, ConnectionError> {
    let mut accept = pin!(TlsAcceptor::from(Arc::clone(&tls.server)).accept(stream));
    let mut shutdown = pin!(wait_for_shutdown(shutdown));
    let mut alarm = Alarm::new();
    poll_fn(|cx| {
        if let Poll::Ready(accepted) = accept.as_mut().poll(cx) {
            return Poll::Ready(accepted.map(Some).map_err(ConnectionError::Tls));
        }
        if shutdown.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(None));
        }
        let deadline = shared.activity().deadline();
        alarm
            .poll(cx, deadline)
            .map(|stage| Err(ConnectionError::TimedOut(stage)))
    })
    .await
}
