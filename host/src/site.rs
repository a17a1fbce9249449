//! What a server shows besides extensions.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use http::{HeaderValue, Request, Response};
use isapi_axum::IsapiService;
use isapi_core::url_path::UrlPath;
use tower_service::Service;

use crate::files::StaticFiles;
use crate::refusal::Refusal;
use crate::{demo, edge, refusal};

/// The service behind every connection: extensions, and a [`Front`] for every other URL.
pub(crate) type Site = IsapiService;

/// What the URLs show that run no extension, for clients and for child requests of extensions.
#[derive(Clone, Debug)]
pub(crate) struct Front(Arc<Content>);

#[derive(Debug)]
enum Content {
    /// The demo's page at `/`.
    Demo,
    /// Files.
    Files(StaticFiles),
    /// A redirect from `/` to the one extension there is.
    Redirect(HeaderValue),
}

impl Front {
    /// The demo's page at `/`.
    pub(crate) fn demo() -> Self {
        Self(Arc::new(Content::Demo))
    }

    /// A redirect from `/` to the one extension there is.
    pub(crate) fn redirect(location: HeaderValue) -> Self {
        Self(Arc::new(Content::Redirect(location)))
    }

    /// Files.
    pub(crate) fn files(files: StaticFiles) -> Self {
        Self(Arc::new(Content::Files(files)))
    }

    async fn respond(self, request: Request<Body>) -> Response<Body> {
        self.0
            .show(request)
            .await
            .unwrap_or_else(Refusal::into_response)
    }
}

impl Content {
    async fn show(&self, request: Request<Body>) -> Result<Response<Body>, Refusal> {
        let (head, _) = request.into_parts();
        edge::check_host(&head)?;
        let path = UrlPath::parse(head.uri.path()).map_err(|error| error.status())?;
        match self {
            Self::Files(files) => files.respond(&head, &path).await,
            _ if path.decoded() != "/" => Err(Refusal::NOT_FOUND),
            Self::Demo => demo::page(&head.method),
            Self::Redirect(location) => Ok(refusal::redirect(location.clone())),
        }
    }
}

impl Service<Request<Body>> for Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let front = self.clone();
        Box::pin(async move { Ok(front.respond(request).await) })
    }
}
