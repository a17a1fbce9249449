//! The way of one request, the client's or a child's.

use std::error::Error;
use std::sync::Arc;

use http::header::CONNECTION;
use http::uri::PathAndQuery;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, Version};
use http_body::Body;
use isapi_bridge::{RequestSession, Transport};
use isapi_core::session::SessionConfig;
use isapi_core::url_path::UrlPath;

use super::IsapiService;
use super::fallback::Fallback;
use super::replaceable_error::{self, ReplaceableError};
use super::resolve::{Resolved, Target};
use super::site::RequestSite;
use crate::access_log::Asked;
use crate::body::SessionBody;
use crate::connection::Connection;
use crate::driver::Driver;
use crate::exec_url::{ExecUrlContext, Executor};
use crate::request::{self, Address};
use crate::{DispatchError, IsapiBody, response};

/// Finds what answers, an extension or the fallback, and waits for the response's head.
pub(super) async fn dispatch<B>(
    service: IsapiService,
    mut request: Request<B>,
) -> Result<Response<IsapiBody>, DispatchError>
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let inner = &service.inner;
    inner
        .limits
        .check_url(request::original_uri(request.uri(), request.extensions()))?;
    let context = ExecUrlContext::of(request.extensions());
    let mut address = Address::of(request.uri(), request.extensions())?;
    let resolved = inner.resolve(&address, request.method(), context.interceptors_from)?;
    match resolved {
        Resolved::Extension(mut target) => {
            if let Some(document) = target.document.take() {
                address.path = document;
            }
            execute(&service, request, context, &address, *target).await
        }
        Resolved::Other { document } => {
            let fallback = inner.fallback.as_ref().ok_or(DispatchError::NotFound)?;
            inner
                .limits
                .check_body(request::body_length(request.body()))?;
            let asked = Asked::of(&request);
            if let Some(document) = document {
                let uri = with_path(request.uri(), &document);
                *request.uri_mut() = uri;
            }
            let response = ask_fallback(&service, fallback, request, context).await;
            let sub_status =
                ReplaceableError::of(response.extensions()).map_or(0, |error| error.sub_status);
            asked.answered(response.status(), sub_status);
            Ok(response)
        }
    }
}

/// Has the fallback answer. Where that refuses, the configured page takes the place of its words.
async fn ask_fallback<B>(
    service: &IsapiService,
    fallback: &Fallback,
    request: Request<B>,
    context: ExecUrlContext,
) -> Response<IsapiBody>
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let is_head = request.method() == Method::HEAD;
    let mut response = fallback.call(request).await.map(IsapiBody::fallback);
    if !context.disable_custom_error
        && let Some(error) = ReplaceableError::of(response.extensions())
        && let Some(page) = service
            .error_page(response.status(), error.sub_status)
            .await
    {
        replaceable_error::show(page, &mut response);
    }
    match is_head {
        true => response::without_body(response),
        false => response,
    }
}

/// Starts the session with an extension.
async fn execute<B>(
    service: &IsapiService,
    request: Request<B>,
    context: ExecUrlContext,
    address: &Address,
    target: Target,
) -> Result<Response<IsapiBody>, DispatchError>
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let inner = &service.inner;
    let (parts, body) = request.into_parts();
    let version = parts.version;
    let connection = parts.extensions.get::<Connection>().cloned();
    let length = request::body_length(&body);
    let (head, origin) = request::request_head(parts, length, address, target.mapping)?;
    let head = Arc::new(head);
    inner.limits.check_body(length)?;

    // Begun before it is loaded, so that it is not unloaded right away.
    let in_use = target.module.enter();
    let extension = target.module.slot.acquire().await?;
    let extension = extension.with_dispatch(target.dispatch);
    let config = SessionConfig {
        response_buffer_limit: target
            .response_buffer_limit
            .unwrap_or(inner.session_config.response_buffer_limit),
        ..inner.session_config
    };
    let site = RequestSite {
        state: Arc::clone(&inner.site),
        prefix: address.prefix.clone(),
        _in_use: in_use,
    };
    let session = RequestSession::start(
        inner.modules.runtime(),
        extension,
        Arc::clone(&head),
        context.configure(config),
        transport(connection.clone(), version, context),
        Arc::new(site),
    );
    // The end of a child is not the end of the connection.
    let connection = connection.filter(|_| !context.is_child());
    let driver = Driver::new(
        session.clone(),
        Arc::clone(&head),
        body,
        inner.limits.max_allowed_content_length,
        connection.clone(),
        Executor::new(service.clone(), origin, target.interceptor),
    );
    // From here on a drop means that the client is gone.
    let mut body = SessionBody::new(session, connection);
    tokio::spawn(driver.run());

    match body.head(&head).await {
        // Its body is empty, and dropped it is a delivered one.
        Ok(head) if head.is_by_host() => Err(DispatchError::NoAnswer {
            status: head.status(),
            close: head.wants_close(),
        }),
        Ok(head) => Ok(response::response(&head, version, IsapiBody::session(body))),
        Err(_) => Ok(no_response()),
    }
}

fn transport(
    connection: Option<Connection>,
    version: Version,
    context: ExecUrlContext,
) -> Transport {
    let Some(connection) = connection else {
        return Transport::default();
    };
    Transport {
        mapped_files: version <= Version::HTTP_11
            && !context.is_child()
            && connection.mapped_files(),
        is_peer_gone: Some(Arc::new(move || connection.is_peer_gone())),
    }
}

/// The URI of the document that a URL stands for.
fn with_path(uri: &Uri, document: &UrlPath) -> Uri {
    let target = match uri.query() {
        Some(query) => format!("{}?{query}", document.raw()),
        None => document.raw().to_owned(),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = PathAndQuery::try_from(target).ok();
    // Only the path differs from a URI that was one, by characters that may stand in one.
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
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
