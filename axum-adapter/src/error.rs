use std::error::Error;
use std::fmt;
use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use isapi_bridge::LoadError;
use isapi_core::request_head::RequestError;
use isapi_core::url_path::UrlError;

use crate::IsapiBody;

/// Why no extension was asked; the service answers in its place.
///
/// | error | status |
/// |---|---|
/// | [`BadRequest`](Self::BadRequest) | 400 |
/// | [`BadUrl`](Self::BadUrl) | 400, or 404 for a name that no file is served under |
/// | [`BodyTooLarge`](Self::BodyTooLarge) | 413 |
/// | [`Load`](Self::Load) | 500; 503 when the server is too busy or stopping |
/// | [`NotFound`](Self::NotFound) | 404 |
/// | [`QueryTooLong`](Self::QueryTooLong), [`UrlTooLong`](Self::UrlTooLong) | 414 |
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DispatchError {
    /// The request's head breaks the rules of HTTP.
    BadRequest(RequestError),
    /// The URL's path is refused.
    BadUrl(UrlError),
    /// The body is larger than [`Limits`](crate::Limits) allow.
    BodyTooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// The extension cannot be used.
    Load(Arc<LoadError>),
    /// No extension is at this URL.
    NotFound,
    /// The query string is longer than [`Limits`](crate::Limits) allow.
    QueryTooLong {
        /// Bytes allowed.
        limit: usize,
    },
    /// The URL's path is longer than [`Limits`](crate::Limits) allow.
    UrlTooLong {
        /// Bytes allowed.
        limit: usize,
    },
}

impl DispatchError {
    /// The status to answer with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::BadRequest(error) => error.status(),
            Self::BadUrl(error) => error.status(),
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Load(error) => match **error {
                LoadError::Busy { .. } | LoadError::ShuttingDown { .. } => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::QueryTooLong { .. } | Self::UrlTooLong { .. } => StatusCode::URI_TOO_LONG,
        }
    }

    /// The answer as plain text. The reason names files and settings of the server, so it is only
    /// for clients on the same machine: `show_reason`.
    ///
    /// ```
    /// use isapi_axum::DispatchError;
    ///
    /// let response = DispatchError::NotFound.to_response(true);
    /// assert_eq!(response.status(), 404);
    /// ```
    #[must_use]
    pub fn to_response(&self, show_reason: bool) -> Response<IsapiBody> {
        let status = self.status();
        let text = if show_reason {
            format!("{status}\n\n{self}\n")
        } else {
            format!("{status}\n")
        };
        let mut response = Response::new(IsapiBody::full(text));
        *response.status_mut() = status;
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(CONTENT_TYPE, plain);
        response
    }
}

impl fmt::Display for DispatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadRequest(error) => error.fmt(f),
            Self::BadUrl(error) => error.fmt(f),
            Self::BodyTooLarge { limit } => {
                write!(
                    f,
                    "the body is larger than {limit} bytes (max_allowed_content_length)"
                )
            }
            Self::Load(error) => error.fmt(f),
            Self::NotFound => f.write_str("no extension is at this URL"),
            Self::QueryTooLong { limit } => {
                write!(
                    f,
                    "the query string is longer than {limit} bytes (max_query_string)"
                )
            }
            Self::UrlTooLong { limit } => {
                write!(f, "the URL's path is longer than {limit} bytes (max_url)")
            }
        }
    }
}

impl Error for DispatchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::BadRequest(error) => Some(error),
            Self::BadUrl(error) => Some(error),
            Self::Load(error) => Some(&**error),
            _ => None,
        }
    }
}

impl From<RequestError> for DispatchError {
    fn from(error: RequestError) -> Self {
        Self::BadRequest(error)
    }
}

impl From<UrlError> for DispatchError {
    fn from(error: UrlError) -> Self {
        Self::BadUrl(error)
    }
}

impl From<Arc<LoadError>> for DispatchError {
    fn from(error: Arc<LoadError>) -> Self {
        Self::Load(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_the_status_of_the_table() {
        let load = |error| DispatchError::Load(Arc::new(error));
        let rows = [
            (DispatchError::BadRequest(RequestError::MissingHost), 400),
            (DispatchError::BadUrl(UrlError::LeavesRoot), 400),
            (DispatchError::BadUrl(UrlError::ShortName), 404),
            (DispatchError::BodyTooLarge { limit: 1 }, 413),
            (load(LoadError::Unsupported("x".into())), 500),
            (load(LoadError::Busy { name: "x".into() }), 503),
            (load(LoadError::ShuttingDown { name: "x".into() }), 503),
            (DispatchError::NotFound, 404),
            (DispatchError::QueryTooLong { limit: 1 }, 414),
            (DispatchError::UrlTooLong { limit: 1 }, 414),
        ];
        for (error, status) in rows {
            assert_eq!(error.status(), status, "{error}");
            assert_eq!(error.to_response(false).status(), status, "{error}");
        }
    }
}
