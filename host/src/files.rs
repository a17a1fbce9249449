//! Static files: every file beneath a directory at its path.

use std::io;

use bytes::Bytes;
use http::header::{CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::Empty;
use isapi_core::url_map::is_never_served;
use isapi_core::url_path::UrlPath;
use percent_encoding::utf8_percent_encode;
use tower_http::services::ServeDir;
use tower_http::services::fs::{DefaultServeDirFallback, ServeFileSystemResponseBody};

use crate::beneath::Beneath;
use crate::body::SiteBody;
use crate::refusal;
use crate::values::PATH;

/// The files of one directory.
#[derive(Clone, Debug)]
pub(crate) struct StaticFiles(ServeDir<DefaultServeDirFallback, Beneath>);

impl StaticFiles {
    /// Serves the files beneath a root.
    pub(crate) fn new(root: Beneath) -> Self {
        let path = root.path().to_owned();
        Self(ServeDir::with_backend(path, root).ignore_multi_range_requests(true))
    }

    /// Answers a request for the file at `path`.
    pub(crate) async fn respond(&self, head: &Parts, path: &UrlPath) -> Response<SiteBody> {
        if path.segments().any(is_never_served) {
            return refusal::status(StatusCode::NOT_FOUND);
        }
        if head.method != Method::GET && head.method != Method::HEAD {
            return refusal::method_not_allowed();
        }
        let Some(uri) = file_uri(path, head.uri.query()) else {
            return refusal::status(StatusCode::BAD_REQUEST);
        };
        let response = match self.send(file_request(head, uri)).await {
            Ok(response) => response,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return refusal::status(StatusCode::NOT_FOUND);
            }
            Err(error) => {
                tracing::warn!(path = path.decoded(), %error, "file cannot be read");
                return refusal::status(StatusCode::INTERNAL_SERVER_ERROR);
            }
        };
        if response.status() == StatusCode::NOT_FOUND {
            return refusal::status(StatusCode::NOT_FOUND);
        }
        response.map(SiteBody::File)
    }

    /// Sends a file, or the range of it that was asked for.
    async fn send(
        &self,
        request: Request<Empty<Bytes>>,
    ) -> io::Result<Response<ServeFileSystemResponseBody>> {
        let mut whole = request.clone();
        let range = whole.headers_mut().remove(RANGE);
        let validator = request.headers().get(IF_RANGE).cloned();
        let response = self.0.clone().try_call(request).await?;
        let Some(range) = range.filter(|_| is_range(&response)) else {
            return Ok(response);
        };
        let changed = validator.is_some_and(|validator| !fits(&validator, response.headers()));
        if changed || is_whole(&range, &response) {
            return self.0.clone().try_call(whole).await;
        }
        Ok(response)
    }
}

/// The request that `ServeDir` gets: the normalised path, and the fields it knows.
fn file_request(head: &Parts, uri: Uri) -> Request<Empty<Bytes>> {
    let mut request = Request::new(Empty::new());
    *request.method_mut() = head.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = head.headers.clone();
    // A range is defined for GET alone, and one of an unknown unit is ignored (RFC 9110,
    // section 14.2).
    if head.method != Method::GET || !head.headers.get(RANGE).is_some_and(is_in_bytes) {
        request.headers_mut().remove(RANGE);
    }
    request
}

/// The path, encoded again, so that `ServeDir` decodes what was checked and nothing else.
fn file_uri(path: &UrlPath, query: Option<&str>) -> Option<Uri> {
    let mut target = utf8_percent_encode(path.decoded(), PATH).to_string();
    if let Some(query) = query {
        target.push('?');
        target.push_str(query);
    }
    Some(Uri::from(PathAndQuery::try_from(target).ok()?))
}

fn is_range<B>(response: &Response<B>) -> bool {
    matches!(
        response.status(),
        StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE
    )
}

fn is_in_bytes(range: &HeaderValue) -> bool {
    range
        .as_bytes()
        .split_first_chunk()
        .is_some_and(|(unit, _): (&[u8; 6], _)| unit.eq_ignore_ascii_case(b"bytes="))
}

/// Whether the whole file is the answer where `ServeDir` has another one: a file shorter than the
/// suffix asked for (RFC 9110, section 14.1.2), and an empty file, which has no ranges.
fn is_whole<B>(range: &HeaderValue, response: &Response<B>) -> bool {
    let refused = response.status() == StatusCode::RANGE_NOT_SATISFIABLE;
    let suffix = &range.as_bytes()["bytes=".len()..];
    let is_suffix = suffix.starts_with(b"-") && suffix[1..].iter().any(|digit| *digit > b'0');
    let is_empty = response
        .headers()
        .get(CONTENT_RANGE)
        .is_some_and(|value| value.as_bytes().ends_with(b"/0"));
    (refused && is_suffix) || is_empty
}

/// Whether the validator of an `If-Range` field still holds (RFC 9110, section 13.1.5):
/// the strong entity tag or the date must be the very same.
fn fits(validator: &HeaderValue, current: &HeaderMap) -> bool {
    let is_tag = validator.as_bytes().ends_with(b"\"");
    let is_weak = validator.as_bytes().starts_with(b"W/");
    let field = if is_tag { ETAG } else { LAST_MODIFIED };
    !is_weak && current.get(field) == Some(validator)
}
