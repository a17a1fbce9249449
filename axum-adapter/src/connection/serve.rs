use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::ConnectInfo;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};
use tower_service::Service;

use super::ConnectionOptions;
use super::activity::Stage;
use super::handle::{RequestMark, Shared};
use super::stream::{Socket, Stream};

/// Serves HTTP/1 requests on a connection until it ends.
///
/// Every request carries a [`Connection`](super::Connection) and a [`ConnectInfo`] with `remote` in
/// its extensions. When `shutdown` becomes `true`, the response under way is finished and the
/// connection closed; a sender that is dropped means that this never happens. Dropping the future
/// closes the connection.
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
    // Heads and files leave in one piece anyway; a late acknowledgement must not hold back the rest.
    // A socket that cannot do without the delay is only slower.
    let _ = stream.set_nodelay(true);
    bound_unsent(&stream);
    let local = stream.local_addr().ok();
    let socket = Socket::new(stream);
    let shared = Shared::new(remote, local, &socket, options);

    let service = service_fn(|request| serve_request(&shared, service.clone(), request));
    let io = TokioIo::new(Stream::new(socket, Arc::clone(&shared)));
    let mut connection = pin!(
        http1::Builder::new()
            // The connection's own deadlines tell a head from an idle connection; hyper's does not.
            .header_read_timeout(None)
            .max_header_size(options.max_head)
            .max_headers(options.max_fields)
            .serve_connection(io, service)
    );
    let mut shutdown = pin!(wait_for_shutdown(shutdown));
    let mut is_stopping = false;
    let mut is_closing = false;
    let mut alarm = Alarm::new();

    poll_fn(|cx| {
        // First, so that what can go out goes out before the orders of the response are followed.
        if let Poll::Ready(end) = connection.as_mut().poll(cx) {
            return Poll::Ready(end.map_err(ConnectionError::Http));
        }
        let orders = {
            let mut activity = shared.activity();
            activity.set_waker(cx.waker());
            (activity.abort, activity.close_after, activity.deadline())
        };
        let (abort, close_after, deadline) = orders;
        if abort {
            return Poll::Ready(Err(ConnectionError::Aborted));
        }
        is_stopping = is_stopping || shutdown.as_mut().poll(cx).is_ready();
        if is_stopping && shared.activity().is_quiet() {
            // hyper would wait for the rest of a head that has begun.
            return Poll::Ready(Ok(()));
        }
        if !is_closing && (close_after || is_stopping) {
            is_closing = true;
            connection.as_mut().graceful_shutdown();
            // An idle connection is closed by the next poll.
            cx.waker().wake_by_ref();
        }
        alarm.poll(cx, deadline).map(|stage| {
            shared.activity().reset |= stage == Stage::Write;
            Err(ConnectionError::TimedOut(stage))
        })
    })
    .await
}

/// Runs the service for one request, which counts as under way until its body is gone.
async fn serve_request<S, B>(
    shared: &Arc<Shared>,
    mut service: S,
    mut request: Request<Incoming>,
) -> Result<Response<MarkedBody<B>>, Infallible>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
{
    let mark = shared.begin_request();
    request
        .extensions_mut()
        .insert(ConnectInfo(shared.remote()));
    request.extensions_mut().insert(shared.handle());
    poll_fn(|cx| service.poll_ready(cx)).await?;
    let response = service.call(request).await?;
    Ok(response.map(|body| MarkedBody { body, _mark: mark }))
}

/// Lets the socket take little more than the client's window.
///
/// A socket with megabytes to send says that it has room only when a large part of them is gone; a
/// client that takes a few kilobytes a second would look like one that takes nothing.
#[cfg(target_os = "linux")]
fn bound_unsent(stream: &TcpStream) {
    /// Half of it has to go before the socket says that it has room.
    const UNSENT: u32 = 128 * 1024;
    // Without it, slow clients are only judged more harshly.
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
}

#[cfg(not(target_os = "linux"))]
fn bound_unsent(_: &TcpStream) {}

async fn wait_for_shutdown(mut shutdown: watch::Receiver<bool>) {
    if shutdown.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}

/// Wakes the connection's task at its deadline.
struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    fn new() -> Self {
        Self { sleep: None }
    }

    /// Ready with the stage whose deadline has passed.
    ///
    /// The timer is set anew only when the deadline comes nearer. Where it moved away, as it does with
    /// every request, the timer goes off too early now and then and is set again.
    fn poll(&mut self, cx: &mut Context<'_>, deadline: Option<(Instant, Stage)>) -> Poll<Stage> {
        let Some((deadline, stage)) = deadline else {
            return Poll::Pending;
        };
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if deadline < sleep.deadline() {
            sleep.as_mut().reset(deadline);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if deadline <= Instant::now() {
                return Poll::Ready(stage);
            }
            sleep.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

/// A response body that marks its request as under way. A session may outlive it: what its extension
/// does then is no longer the client's to wait for.
struct MarkedBody<B> {
    body: B,
    _mark: RequestMark,
}

impl<B: Body + Unpin> Body for MarkedBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Why a connection did not end in an orderly way.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConnectionError {
    /// A response ended it: [`Connection::abort`](super::Connection::abort).
    Aborted,
    /// The client broke it or the protocol, or a response's body failed.
    Http(hyper::Error),
    /// A deadline passed.
    TimedOut(Stage),
}

impl fmt::Display for ConnectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aborted => f.write_str("the response was aborted"),
            Self::Http(error) => match error.source() {
                Some(source) => write!(f, "{error}: {source}"),
                None => error.fmt(f),
            },
            Self::TimedOut(stage) => write!(f, "timed out: {stage}"),
        }
    }
}

impl Error for ConnectionError {}
