//! Rules that hold for every request, also where no extension runs.
//!
//! `IsapiService` applies them itself to what it serves; here they are applied to files and
//! to the server's own pages.

use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use isapi_core::request_head::{RequestHead, RequestHeadParts};

/// Checks the `Host` field as it is checked for extensions (RFC 9112, section 3.2): 400.
pub(crate) fn check_host(head: &Parts) -> Result<(), StatusCode> {
    let mut headers = HeaderMap::new();
    for host in head.headers.get_all(HOST) {
        headers.append(HOST, host.clone());
    }
    let parts = RequestHeadParts {
        method: head.method.clone(),
        version: head.version,
        target: head.uri.to_string().into(),
        headers,
        ..RequestHeadParts::default()
    };
    RequestHead::new(parts)
        .map(drop)
        .map_err(|error| error.status())
}
