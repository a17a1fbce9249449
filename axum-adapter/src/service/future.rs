use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::CONNECTION;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body::Body;
use isapi_bridge::{RequestSession, Transport};

use super::Inner;
use crate::body::SessionBody;
use crate::connection::Connection;
use crate::driver::Driver;
use crate::request::{self, Address};
use crate::{DispatchError, IsapiBody, response};

/// The response to a request; made by [`IsapiService`](super::IsapiService).
///
/// Dropped before it is ready, it tells the extension that the client is gone.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture {
    inner: Pin<Box<dyn Future<Output = Response<IsapiBody>> + Send>>,
}

impl ResponseFuture {
    pub(super) fn new<B>(inner: Arc<Inner>, request: Request<B>) -> Self
    where
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let refusal = Refusal::of(&request);
        let response = dispatch(inner, request);
        Self {
            inner: Box::pin(async move {
                response
                    .await
                    .unwrap_or_else(|error| refusal.answer(&error))
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
struct Refusal {
    method: Method,
    uri: Uri,
    is_loopback: bool,
}

impl Refusal {
    fn of<B>(request: &Request<B>) -> Self {
        Self {
            method: request.method().clone(),
            uri: request::original_uri(request.uri(), request.extensions()).clone(),
            is_loopback: request::is_loopback(request.extensions()),
        }
    }

    fn answer(&self, error: &DispatchError) -> Response<IsapiBody> {
        let status = error.status().as_u16();
        // Why a load failed was logged when it did, once for all the requests that get to hear of it.
        let is_logged = matches!(error, DispatchError::Load(_))
            && error.status() == StatusCode::INTERNAL_SERVER_ERROR;
        if error.status().is_server_error() && !is_logged {
            tracing::error!(method = %self.method, uri = %self.uri, status, %error, "refused");
        } else {
            tracing::info!(method = %self.method, uri = %self.uri, status, %error, "refused");
        }
        error.to_response(self.is_loopback)
    }
}

/// Finds the extension, starts the session, and waits for the response's head.
pub(super) async fn dispatch<B>(
    inner: Arc<Inner>,
    request: Request<B>,
) -> Result<Response<IsapiBody>, DispatchError>
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let (parts, body) = request.into_parts();
    let version = parts.version;
    let connection = parts.extensions.get::<Connection>().cloned();

    inner
        .limits
        .check_url(request::original_uri(&parts.uri, &parts.extensions))?;
    let address = Address::of(&parts.uri, &parts.extensions)?;
    let resolved = inner
        .resolve(&address.path)
        .ok_or(DispatchError::NotFound)?;
    let length = request::body_length(&body);
    let head = Arc::new(request::request_head(
        parts,
        length,
        &address,
        resolved.mapping,
    )?);
    inner.limits.check_body(length)?;
    let extension = resolved.slot.acquire().await?;

    let session = RequestSession::start(
        &inner.runtime,
        extension,
        Arc::clone(&head),
        inner.session_config,
        transport(connection.clone(), version),
    );
    let driver = Driver::new(
        session.clone(),
        Arc::clone(&head),
        body,
        inner.limits.max_allowed_content_length,
        connection.clone(),
    );
    // From here on a drop means that the client is gone.
    let mut body = SessionBody::new(session, connection);
    tokio::spawn(driver.run());

    match body.head(&head).await {
        Ok(head) => Ok(response::response(&head, version, IsapiBody::session(body))),
        Err(_) => Ok(no_response()),
    }
}

fn transport(connection: Option<Connection>, version: Version) -> Transport {
    let Some(connection) = connection else {
        return Transport::default();
    };
    Transport {
        mapped_files: version <= Version::HTTP_11 && connection.mapped_files(),
        is_peer_gone: Some(Arc::new(move || connection.is_peer_gone())),
    }
}

/// What stands for no response at all: see [`IsapiBody::none`].
fn no_response() -> Response<IsapiBody> {
    let mut response = Response::new(IsapiBody::none());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
