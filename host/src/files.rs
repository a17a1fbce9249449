//! Static files: every file beneath a directory at its path.

use std::io;

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_RANGE, ETAG, IF_RANGE, LAST_MODIFIED, LOCATION, RANGE};
use http::request::Parts;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Uri};
use http_body_util::Empty;
use isapi_core::url_map::{MountError, Mounted, Mounts, is_never_served};
use isapi_core::url_path::UrlPath;
use percent_encoding::utf8_percent_encode;
use tower_http::services::ServeDir;
use tower_http::services::fs::{DefaultServeDirFallback, ServeFileSystemResponseBody};

use crate::beneath::Beneath;
use crate::refusal::Refusal;
use crate::values::PATH;

/// The files of a site: those of each directory below its URL, where the longest URL wins.
#[derive(Debug, Default)]
pub(crate) struct StaticFiles(Mounts<Option<Directory>>);

impl StaticFiles {
    /// Shows the files beneath `root` below `url`.
    ///
    /// # Errors
    ///
    /// The URL cannot be asked for, or is taken.
    pub(crate) fn add(&mut self, url: &str, root: Beneath) -> Result<(), MountError> {
        self.0.insert_directory(url, Some(Directory::new(root)))
    }

    /// Shows nothing below `url`, also where a shorter URL has files.
    ///
    /// # Errors
    ///
    /// The URL cannot be asked for, or is taken.
    pub(crate) fn add_hidden(&mut self, url: &str) -> Result<(), MountError> {
        self.0.insert_directory(url, None)
    }

    /// Answers a request for the file at `path`.
    ///
    /// What a folder's URL stands for was found out before. So where one still ends with a slash,
    /// there is no document for it, and it is not found.
    pub(crate) async fn respond(
        &self,
        head: &Parts,
        path: &UrlPath,
    ) -> Result<Response<Body>, Refusal> {
        let Some(Mounted::Directory {
            target: Some(directory),
            prefix,
            rest,
        }) = self.0.find(path)
        else {
            return Err(Refusal::NOT_FOUND);
        };
        let mut names = rest.split('/').filter(|name| !name.is_empty());
        if names.any(is_never_served) {
            return Err(Refusal::NOT_FOUND);
        }
        if head.method != Method::GET && head.method != Method::HEAD {
            return Err(Refusal::METHOD_NOT_ALLOWED);
        }
        match rest {
            "" => Ok(redirect_to_folder(prefix, head.uri.query())),
            _ if rest.ends_with('/') => Err(Refusal::NOT_FOUND),
            _ => directory.respond(head, prefix, rest).await,
        }
    }
}

/// The files of one directory.
#[derive(Clone, Debug)]
struct Directory(ServeDir<DefaultServeDirFallback, Beneath>);

impl Directory {
    fn new(root: Beneath) -> Self {
        let path = root.path().to_owned();
        Self(ServeDir::with_backend(path, root).ignore_multi_range_requests(true))
    }

    /// Answers a request for the file at `path` below the directory's own URL.
    async fn respond(
        &self,
        head: &Parts,
        url: &str,
        path: &str,
    ) -> Result<Response<Body>, Refusal> {
        let query = head.uri.query();
        let uri = file_uri(path, query).ok_or(Refusal::BAD_REQUEST)?;
        let response = match self.send(file_request(head, uri)).await {
            Ok(response) => response,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Refusal::NOT_FOUND);
            }
            Err(error) => {
                tracing::warn!(url, path, %error, "file cannot be read");
                return Err(Refusal::INTERNAL_SERVER_ERROR);
            }
        };
        if response.status() == StatusCode::NOT_FOUND {
            return Err(Refusal::NOT_FOUND);
        }
        // It knows the path below its own directory, the client the whole one.
        if response.status().is_redirection() && response.headers().contains_key(LOCATION) {
            return Ok(redirect_to_folder(&format!("{url}{path}"), query));
        }
        Ok(response.map(Body::new))
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
fn file_uri(path: &str, query: Option<&str>) -> Option<Uri> {
    Some(Uri::from(PathAndQuery::try_from(target(path, query)).ok()?))
}

/// A folder was named without a slash at the end, which would break the links in its document.
fn redirect_to_folder(path: &str, query: Option<&str>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    // An encoded path and a query that was one are visible ASCII.
    if let Ok(location) = HeaderValue::try_from(target(&format!("{path}/"), query)) {
        response.headers_mut().insert(LOCATION, location);
    }
    response
}

fn target(path: &str, query: Option<&str>) -> String {
    let path = utf8_percent_encode(path, PATH);
    match query {
        Some(query) => format!("{path}?{query}"),
        None => path.to_string(),
    }
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
