//! The way of one request, the client's or a child's.

use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use http::request::Parts;
use http::uri::PathAndQuery;
use http::{Method, Request, Uri, Version};
use http_body::Body;
use isapi_bridge::{DispatchMode, ExtensionGuard, RequestSession, Transport};
use isapi_core::SharedText;
use isapi_core::request_head::RequestHead;
use isapi_core::session::SessionConfig;
use isapi_core::url_path::UrlPath;
use tokio::time::Instant;

use super::fallback::Fallback;
use super::module::{InUse, Module};
use super::refused::Refused;
use super::replaceable_error::{self, ReplaceableError};
use super::resolve::{Resolved, Target};
use super::session_response::SessionResponse;
use super::site::RequestSite;
use super::{Answer, Inner, IsapiService};
use crate::access_log::Asked;
use crate::body::SessionBody;
use crate::connection::Connection;
use crate::driver::Driver;
use crate::exec_url::{ExecUrlContext, Executor};
use crate::request::{self, Address, Origin};
use crate::{DispatchError, IsapiBody, response};

/// How far a request has come at once.
pub(super) enum Begun {
    /// The extension is being loaded, or it is the fallback that answers.
    Other(Pin<Box<dyn Future<Output = Answer> + Send>>),
    Refused(Box<Refused>),
    Session(SessionResponse),
}

impl Begun {
    pub(super) async fn answer(self) -> Answer {
        match self {
            Self::Other(answer) => answer.await,
            Self::Refused(refused) => Err(refused),
            Self::Session(mut session) => poll_fn(|cx| session.poll(cx)).await,
        }
    }
}

/// Finds what answers, an extension or the fallback, and begins with it.
pub(super) fn dispatch<B>(service: &IsapiService, request: Request<B>) -> Begun
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let begun = Instant::now();
    let inner = &service.inner;
    let (parts, body) = request.into_parts();
    let refuse = |error, parts: &Parts| {
        let Parts {
            method,
            uri,
            extensions,
            ..
        } = parts;
        Begun::Refused(Refused::new(error, method, uri, extensions, begun))
    };
    match inner.find(&parts) {
        Ok((address, Resolved::Extension(target))) => {
            match Prepared::new(service, parts, body, address, target, begun) {
                Ok(session) => session.begin(),
                Err(refused) => Begun::Refused(refused),
            }
        }
        Ok((_, Resolved::Other { document })) => {
            let Some(fallback) = inner.fallback.clone() else {
                return refuse(DispatchError::NotFound, &parts);
            };
            if let Err(error) = inner.limits.check_body(request::body_length(&body)) {
                return refuse(error, &parts);
            }
            let request = Request::from_parts(parts, body);
            let answer = ask_fallback(service.clone(), fallback, request, document, begun);
            Begun::Other(Box::pin(answer))
        }
        Err(error) => refuse(error, &parts),
    }
}

impl Inner {
    /// What is to answer a request.
    fn find(&self, parts: &Parts) -> Result<(Address, Resolved), DispatchError> {
        let Parts {
            method,
            uri,
            extensions,
            ..
        } = parts;
        self.limits
            .check_url(request::original_uri(uri, extensions))?;
        let context = ExecUrlContext::of(extensions);
        let address = Address::of(uri, extensions)?;
        let resolved = self.resolve(&address, method, context.interceptors_from)?;
        Ok((address, resolved))
    }
}

/// Has the fallback answer. Where that refuses, the configured page takes the place of its words.
async fn ask_fallback<B>(
    service: IsapiService,
    fallback: Fallback,
    mut request: Request<B>,
    document: Option<UrlPath>,
    begun: Instant,
) -> Answer
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let extensions = request.extensions();
    let context = ExecUrlContext::of(extensions);
    let asked = Asked::new(request.method(), request.uri(), extensions, begun);
    if let Some(document) = document {
        let uri = with_path(request.uri(), &document);
        *request.uri_mut() = uri;
    }
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
    if is_head {
        response = response::without_body(response);
    }
    let sub_status =
        ReplaceableError::of(response.extensions()).map_or(0, |error| error.sub_status);
    asked.answered(response.status(), sub_status);
    Ok(response)
}

/// A session with an extension that is still to be had.
struct Prepared<B> {
    service: IsapiService,
    head: Arc<RequestHead>,
    origin: Origin,
    body: B,
    connection: Option<Connection>,
    context: ExecUrlContext,
    prefix: SharedText,
    module: Arc<Module>,
    /// Begun before it is loaded, so that it is not unloaded right away.
    in_use: InUse,
    response_buffer_limit: Option<u64>,
    dispatch: DispatchMode,
    interceptor: Option<usize>,
    begun: Instant,
}

impl<B> Prepared<B>
where
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    /// Makes the head that the extension sees.
    fn new(
        service: &IsapiService,
        parts: Parts,
        body: B,
        mut address: Address,
        target: Target,
        begun: Instant,
    ) -> Result<Self, Box<Refused>> {
        if let Some(document) = target.document {
            address.path = document;
        }
        let length = request::body_length(&body);
        let method = parts.method.clone();
        let (line, origin) = request::divide(parts);
        let refuse = |error| Refused::new(error, &method, &origin.uri, &origin.extensions, begun);
        // Right into its place: it is large.
        let head = match request::request_head(line, &origin, length, &address, target.mapping) {
            Ok(head) => Arc::new(head),
            Err(error) => return Err(refuse(error.into())),
        };
        if let Err(error) = service.inner.limits.check_body(length) {
            return Err(refuse(error));
        }
        Ok(Self {
            service: service.clone(),
            head,
            body,
            connection: origin.extensions.get::<Connection>().cloned(),
            context: ExecUrlContext::of(&origin.extensions),
            origin,
            prefix: address.prefix,
            in_use: target.module.enter(),
            module: target.module,
            response_buffer_limit: target.response_buffer_limit,
            dispatch: target.dispatch,
            interceptor: target.interceptor,
            begun,
        })
    }

    fn begin(self) -> Begun {
        match self.module.slot.loaded() {
            Some(extension) => Begun::Session(self.start(extension)),
            None => Begun::Other(Box::pin(self.load())),
        }
    }

    async fn load(self) -> Answer {
        match self.module.slot.acquire().await {
            Ok(extension) => {
                let mut response = self.start(extension);
                poll_fn(|cx| response.poll(cx)).await
            }
            Err(error) => {
                let Origin { uri, extensions } = &self.origin;
                let method = self.head.method();
                Err(Refused::new(
                    error.into(),
                    method,
                    uri,
                    extensions,
                    self.begun,
                ))
            }
        }
    }

    /// Starts the session, and a task that drives it.
    fn start(self, extension: ExtensionGuard) -> SessionResponse {
        let inner = &self.service.inner;
        let config = SessionConfig {
            response_buffer_limit: self
                .response_buffer_limit
                .unwrap_or(inner.session_config.response_buffer_limit),
            ..inner.session_config
        };
        let site = RequestSite {
            state: Arc::clone(&inner.site),
            prefix: self.prefix,
            _in_use: self.in_use,
        };
        let (session, call) = RequestSession::start(
            inner.modules.runtime(),
            extension.with_dispatch(self.dispatch),
            Arc::clone(&self.head),
            self.context.configure(config),
            transport(self.connection.as_ref(), self.head.version(), self.context),
            Arc::new(site),
        );
        let tasks = inner.inline.clone();
        let context = self.context;
        // The end of a child is not the end of the connection.
        let connection = self.connection.filter(|_| !context.is_child());
        // From here on a drop means that the client is gone.
        let body = SessionBody::new(session.clone(), connection.clone());
        let driver = Driver::new(
            session,
            Arc::clone(&self.head),
            self.body,
            inner.limits.max_allowed_content_length,
            connection,
            Executor::new(self.service, self.origin, context, self.interceptor),
            self.begun,
        );
        tasks.spawn_driver(Box::new(driver), call);
        SessionResponse::new(self.head, context, body)
    }
}

fn transport(
    connection: Option<&Connection>,
    version: Version,
    context: ExecUrlContext,
) -> Transport {
    let Some(connection) = connection else {
        return Transport::default();
    };
    Transport {
        lent_memory: version == Version::HTTP_11 && !context.is_child() && connection.lent_memory(),
        mapped_files: version <= Version::HTTP_11
            && !context.is_child()
            && connection.mapped_files(),
        peer: Some(connection.peer()),
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
