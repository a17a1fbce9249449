//! Short plain-text answers: refusals and redirects.

use axum::body::Body;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Response, StatusCode};

/// A request that gets nothing but a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(StatusCode);

impl Refusal {
    pub(crate) const BAD_REQUEST: Self = Self(StatusCode::BAD_REQUEST);
    pub(crate) const INTERNAL_SERVER_ERROR: Self = Self(StatusCode::INTERNAL_SERVER_ERROR);
    /// The page or file has other methods.
    pub(crate) const METHOD_NOT_ALLOWED: Self = Self(StatusCode::METHOD_NOT_ALLOWED);
    pub(crate) const NOT_FOUND: Self = Self(StatusCode::NOT_FOUND);

    pub(crate) const fn status(self) -> StatusCode {
        self.0
    }

    /// A response that says the status in words.
    ///
    /// The text depends on the status alone: a hidden file and a missing one get the same bytes.
    pub(crate) fn into_response(self) -> Response<Body> {
        let reason = self.0.canonical_reason().unwrap_or("Refused");
        let text = format!("{} {reason}\n", self.0.as_u16());
        let mut response = Response::new(Body::from(text));
        *response.status_mut() = self.0;
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, plain);
        self.finish(response)
    }

    /// A page that is there for the status, in the place of the words.
    pub(crate) fn with_page(self, mut page: Response<Body>) -> Response<Body> {
        *page.status_mut() = self.0;
        self.finish(page)
    }

    fn finish(self, mut response: Response<Body>) -> Response<Body> {
        if self == Self::METHOD_NOT_ALLOWED {
            let methods = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, methods);
        }
        response
    }
}

impl From<StatusCode> for Refusal {
    fn from(status: StatusCode) -> Self {
        Self(status)
    }
}

/// 302 to a path on this server.
pub(crate) fn redirect(location: HeaderValue) -> Response<Body> {
    let mut response = Refusal(StatusCode::FOUND).into_response();
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
