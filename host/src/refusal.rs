//! Short plain-text answers: refusals and redirects.

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use http::{HeaderValue, Response, StatusCode};

use crate::body::SiteBody;

/// A response that says its status in words.
///
/// The text depends on the status alone: a hidden file and a missing one get the same
/// bytes.
pub(crate) fn status(status: StatusCode) -> Response<SiteBody> {
    let reason = status.canonical_reason().unwrap_or("Refused");
    let text = format!("{} {reason}\n", status.as_u16());
    let mut response = Response::new(SiteBody::full(Bytes::from(text)));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

/// 405 with the methods that a page or file has.
pub(crate) fn method_not_allowed() -> Response<SiteBody> {
    let mut response = status(StatusCode::METHOD_NOT_ALLOWED);
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}

/// 302 to a path on this server.
pub(crate) fn redirect(location: HeaderValue) -> Response<SiteBody> {
    let mut response = status(StatusCode::FOUND);
    response.headers_mut().insert(LOCATION, location);
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
