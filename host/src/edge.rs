//! Rules that hold for every request, also where no extension runs.
//!
//! `IsapiService` applies them itself to what it serves; here they are applied to files and
//! to the server's own pages.

use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri};
use isapi_core::request_head::{BodyLength, ConnectionInfo, RequestHead, RequestHeadParts, Script};

use crate::cli::LimitOptions;

/// Sizes a request may have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RequestLimits {
    max_url: usize,
    max_query_string: usize,
    max_allowed_content_length: u64,
}

impl RequestLimits {
    pub(crate) fn new(options: &LimitOptions) -> Self {
        Self {
            max_url: options.max_url,
            max_query_string: options.max_query_string,
            max_allowed_content_length: options.max_allowed_content_length,
        }
    }

    /// Checks the URL: 414 where it is too long.
    pub(crate) fn check_url(&self, uri: &Uri) -> Result<(), StatusCode> {
        let query = uri.query().unwrap_or_default();
        if uri.path().len() > self.max_url || query.len() > self.max_query_string {
            return Err(StatusCode::URI_TOO_LONG);
        }
        Ok(())
    }

    /// Checks a body by its announced length: 413 where it is too large.
    pub(crate) fn check_body(&self, announced: u64) -> Result<(), StatusCode> {
        if announced > self.max_allowed_content_length {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        Ok(())
    }
}

/// Checks the `Host` field as it is checked for extensions (RFC 9112, section 3.2): 400.
pub(crate) fn check_host(head: &Parts) -> Result<(), StatusCode> {
    let mut headers = HeaderMap::new();
    for host in head.headers.get_all(HOST) {
        headers.append(HOST, host.clone());
    }
    let parts = RequestHeadParts {
        method: head.method.clone(),
        version: head.version,
        target: head.uri.to_string(),
        headers,
        body: BodyLength::None,
        connection: ConnectionInfo::default(),
        script: Script::default(),
    };
    RequestHead::new(parts)
        .map(drop)
        .map_err(|error| error.status())
}
