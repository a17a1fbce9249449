//! The service that answers what is no extension's.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body as AxumBody;
use bytes::{Buf, Bytes};
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use tower_service::Service;

type Answer = Pin<Box<dyn Future<Output = Response<AxumBody>> + Send>>;

/// Any service, its type forgotten.
#[derive(Clone)]
pub(super) struct Fallback(Arc<dyn Fn(Request<AxumBody>) -> Answer + Send + Sync>);

impl Fallback {
    pub(super) fn new<S>(service: S) -> Self
    where
        S: Service<Request<AxumBody>, Response = Response<AxumBody>, Error = Infallible>
            + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
    {
        Self(Arc::new(move |request| {
            let mut service = service.clone();
            Box::pin(async move {
                let answer = match poll_fn(|cx| service.poll_ready(cx)).await {
                    Ok(()) => service.call(request).await,
                    Err(never) => match never {},
                };
                match answer {
                    Ok(response) => response,
                    Err(never) => match never {},
                }
            })
        }))
    }

    pub(super) async fn call<B>(&self, request: Request<B>) -> Response<AxumBody>
    where
        B: Body + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        (self.0)(request.map(|body| AxumBody::new(InBytes(Box::pin(body))))).await
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fallback")
    }
}

/// A body whose data are `Bytes`, and which still knows its length.
struct InBytes<B>(Pin<Box<B>>);

impl<B: Body> Body for InBytes<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let frame = self.0.as_mut().poll_frame(cx);
        frame.map(|frame| {
            frame.map(|frame| {
                frame.map(|frame| frame.map_data(|mut data| data.copy_to_bytes(data.remaining())))
            })
        })
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}
