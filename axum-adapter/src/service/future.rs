use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Method, Request, Response};
use http_body::Body;

use super::IsapiService;
use super::dispatch::dispatch;
use crate::access_log::Asked;
use crate::exec_url::ExecUrlContext;
use crate::request;
use crate::{DispatchError, IsapiBody, response};

/// The response to a request; made by [`IsapiService`].
///
/// Dropped before it is ready, it tells the extension that the client is gone.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture {
    inner: Pin<Box<dyn Future<Output = Response<IsapiBody>> + Send>>,
}

impl ResponseFuture {
    pub(super) fn new<B>(service: IsapiService, request: Request<B>) -> Self
    where
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let refusal = Refusal::of(&request);
        Self {
            inner: Box::pin(async move {
                match dispatch(service.clone(), request).await {
                    Ok(response) => response,
                    Err(error) => refusal.answer(&service, &error).await,
                }
            }),
        }
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<IsapiBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.inner.as_mut().poll(cx).map(Ok)
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// What the answer and the log line of a refused request need of it.
pub(crate) struct Refusal {
    asked: Asked,
    is_head: bool,
    is_loopback: bool,
    has_own_page: bool,
}

impl Refusal {
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let extensions = request.extensions();
        Self {
            asked: Asked::of(request),
            is_head: request.method() == Method::HEAD,
            is_loopback: request::is_loopback(extensions),
            has_own_page: !ExecUrlContext::of(extensions).disable_custom_error,
        }
    }

    /// Logs the refusal and answers with the page that is configured for it, else with its text.
    pub(crate) async fn answer(
        &self,
        service: &IsapiService,
        error: &DispatchError,
    ) -> Response<IsapiBody> {
        self.asked.refused(error);
        let page = match self.has_own_page {
            true => service.error_page(error.status(), error.sub_status()).await,
            false => None,
        };
        let response = match page {
            Some(page) => error.to_response_with(page),
            None => error.to_response(self.is_loopback),
        };
        match self.is_head {
            true => response::without_body(response),
            false => response,
        }
    }
}
