//! The service behind every connection: extensions first, then what the command shows.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use isapi_axum::{IsapiBody, IsapiService, Limits};
use isapi_core::request_head::BodyLength;
use isapi_core::url_path::UrlPath;
use tower_service::Service;

use crate::body::SiteBody;
use crate::edge;
use crate::files::StaticFiles;
use crate::{demo, refusal};

/// What a URL shows that runs no extension.
#[derive(Debug)]
pub(crate) enum Front {
    /// The demo's page at `/`.
    Demo,
    /// The files of a directory.
    Files(StaticFiles),
    /// A redirect from `/` to the one extension there is.
    Redirect(HeaderValue),
}

/// Extensions, and a front for every other URL.
#[derive(Clone, Debug)]
pub(crate) struct Site(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    extensions: IsapiService,
    front: Front,
    limits: Limits,
}

impl Site {
    pub(crate) fn new(extensions: IsapiService, front: Front, limits: Limits) -> Self {
        Self(Arc::new(Inner {
            extensions,
            front,
            limits,
        }))
    }

    /// The service that runs the extensions.
    pub(crate) fn extensions(&self) -> &IsapiService {
        &self.0.extensions
    }

    async fn respond<B>(self, request: Request<B>) -> Response<SiteBody>
    where
        IsapiService: Service<Request<B>, Response = Response<IsapiBody>, Error = Infallible>,
        B: Body,
    {
        // What is too long is refused by the extensions' service, with the reason and a log line.
        let resolves = match self.0.limits.check_url(request.uri()) {
            Ok(()) => self.0.extensions.resolves(request.uri()),
            Err(_) => Ok(true),
        };
        match resolves {
            Ok(false) => {}
            Ok(true) => {
                let mut extensions = self.0.extensions.clone();
                let answer = match extensions.call(request).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                };
                return answer.map(SiteBody::Extension);
            }
            Err(error) => return refusal::status(error.status()),
        }
        self.show(request).await.unwrap_or_else(refusal::status)
    }

    /// Shows what the front has for a URL that runs no extension.
    async fn show<B: Body>(&self, request: Request<B>) -> Result<Response<SiteBody>, StatusCode> {
        let announced = BodyLength::Known(request.body().size_hint().lower());
        self.0
            .limits
            .check_body(announced)
            .map_err(|error| error.status())?;
        let (head, _) = request.into_parts();
        edge::check_host(&head)?;
        let path = UrlPath::parse(head.uri.path()).map_err(|error| error.status())?;
        match &self.0.front {
            Front::Files(files) => Ok(files.respond(&head, &path).await),
            _ if path.decoded() != "/" => Err(StatusCode::NOT_FOUND),
            Front::Demo => Ok(demo::page(&head.method)),
            Front::Redirect(location) => Ok(refusal::redirect(location.clone())),
        }
    }
}

impl<B> Service<Request<B>> for Site
where
    IsapiService: Service<Request<B>, Response = Response<IsapiBody>, Error = Infallible>,
    <IsapiService as Service<Request<B>>>::Future: Send,
    B: Body + Send + 'static,
{
    type Response = Response<SiteBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let site = self.clone();
        Box::pin(async move { Ok(site.respond(request).await) })
    }
}
