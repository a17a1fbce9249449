//! One request of a connection, from its head to the end of its response.

use std::convert::Infallible;
use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::ConnectInfo;
use bytes::Buf;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Instant;
use tower_service::Service;

use super::exchange::{Exchange, StreamAborted};
use super::handle::{RequestMark, Shared};

/// Runs the service for one request, which counts as under way until its body is gone.
///
/// # Errors
///
/// [`StreamAborted`] ends the request's stream in HTTP/2; without an `exchange` there is no such end.
pub(super) async fn serve_request<S, B>(
    shared: Arc<Shared>,
    exchange: Option<Arc<Exchange>>,
    mut service: S,
    mut request: Request<Incoming>,
) -> Result<Response<MarkedBody<B>>, StreamAborted>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    B: Body,
{
    let mark = shared.begin_request();
    let extensions = request.extensions_mut();
    extensions.insert(ConnectInfo(shared.remote()));
    extensions.insert(shared.handle(exchange.clone()));
    if let Some(info) = shared.secure_info() {
        extensions.insert(info);
    }
    let mut response = pin!(async {
        poll_fn(|cx| service.poll_ready(cx)).await?;
        service.call(request).await
    });
    let response = poll_fn(|cx| match &exchange {
        Some(exchange) if exchange.poll_aborted(cx).is_ready() => Poll::Ready(Err(StreamAborted)),
        _ => response.as_mut().poll(cx).map(|answered| match answered {
            Ok(response) => Ok(response),
            Err(never) => match never {},
        }),
    })
    .await?;
    Ok(response.map(|body| MarkedBody::new(body, exchange, mark)))
}

/// A response body that marks its request as under way. A session may outlive it: what its extension
/// does then is no longer the client's to wait for.
pub(super) struct MarkedBody<B> {
    /// None where the connection itself answers.
    body: Option<B>,
    exchange: Option<Arc<Exchange>>,
    /// HTTP/2: whether this body waits for the client to take bytes.
    wants_room: bool,
    mark: RequestMark,
}

impl<B: Body> MarkedBody<B> {
    fn new(body: B, exchange: Option<Arc<Exchange>>, mark: RequestMark) -> Self {
        let is_empty = body.is_end_stream();
        let mut marked = Self {
            body: Some(body),
            exchange,
            wants_room: false,
            mark,
        };
        marked.set_wants_room(!is_empty);
        marked
    }
}

impl<B> MarkedBody<B> {
    /// The body of an answer that says all in its status.
    #[cfg(feature = "tls")]
    pub(super) fn empty(shared: &Arc<Shared>) -> Self {
        Self {
            body: None,
            exchange: None,
            wants_room: false,
            mark: shared.begin_request(),
        }
    }

    /// HTTP/2 asks a body for bytes only when the client has room for them, of which the socket knows
    /// nothing.
    fn set_wants_room(&mut self, wants_room: bool) {
        let Some(exchange) = &self.exchange else {
            return;
        };
        if self.wants_room == wants_room {
            return;
        }
        self.wants_room = wants_room;
        let mut activity = self.mark.shared().activity();
        if wants_room {
            exchange.taken(&activity);
            activity.wants_room(Instant::now());
        } else {
            activity.found_room(Instant::now());
        }
    }
}

impl<B> Body for MarkedBody<B>
where
    B: Body + Unpin,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    type Data = B::Data;
    type Error = Box<dyn Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        self.set_wants_room(false);
        if let Some(exchange) = &self.exchange
            && let Poll::Ready(aborted) = exchange.poll_aborted(cx)
        {
            // A reset would drop what was taken and has not gone out.
            let mut activity = self.mark.shared().activity();
            let flushed = exchange.poll_flushed(&mut activity, cx.waker());
            return flushed.map(|()| Some(Err(aborted.into())));
        }
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(cx);
        if let Poll::Ready(Some(Ok(frame))) = &polled
            && let Some(data) = frame.data_ref()
            && !data.has_remaining()
        {
            self.mark.shared().activity().lent_memory.frame_passed(data);
        }
        if matches!(polled, Poll::Ready(Some(Ok(_)))) && !self.is_end_stream() {
            self.set_wants_room(true);
        }
        polled.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        match &self.body {
            Some(body) => body.size_hint(),
            None => SizeHint::with_exact(0),
        }
    }
}

impl<B> Drop for MarkedBody<B> {
    fn drop(&mut self) {
        self.set_wants_room(false);
    }
}
