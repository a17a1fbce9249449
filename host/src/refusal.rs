//! Short plain-text answers: refusals and redirects.

use axum::body::Body;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Response, StatusCode};
use isapi_axum::ReplaceableError;

/// A request that gets nothing but a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal(StatusCode);

impl Refusal {
    pub(crate) const BAD_REQUEST: Self = Self(StatusCode::BAD_REQUEST);
    pub(crate) const INTERNAL_SERVER_ERROR: Self = Self(StatusCode::INTERNAL_SERVER_ERROR);
    /// The page or file has other methods.
    pub(crate) const METHOD_NOT_ALLOWED: Self = Self(StatusCode::METHOD_NOT_ALLOWED);
    pub(crate) const NOT_FOUND: Self = Self(StatusCode::NOT_FOUND);

    /// A response that says the status in words.
    ///
    /// The text depends on the status alone: a hidden file and a missing one get the same bytes.
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = in_words(self.0);
        // The service has the page for the status, if there is one.
        let mark = ReplaceableError { sub_status: 0 };
        response.extensions_mut().insert(mark);
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
    let mut response = in_words(StatusCode::FOUND);
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A response that says a status in words.
fn in_words(status: StatusCode) -> Response<Body> {
    let reason = status.canonical_reason().unwrap_or("Refused");
    let text = format!("{} {reason}\n", status.as_u16());
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}
