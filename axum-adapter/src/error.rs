use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use http::header::{ALLOW, CONNECTION, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use isapi_bridge::{ErrorPage, LoadError};
use isapi_core::request_head::RequestError;
use isapi_core::url_map::Access;
use isapi_core::url_path::UrlError;

use crate::IsapiBody;

/// Why no extension was asked, or none answered; the service answers in its place.
///
/// Behind the point stands [IIS's sub
/// status](https://learn.microsoft.com/en-us/troubleshoot/developer/webapps/iis/www-administration-management/http-status-code),
/// where there is one.
///
/// | error | status |
/// |---|---|
/// | [`BadRequest`](Self::BadRequest) | 400 |
/// | [`BadUrl`](Self::BadUrl) | 400, or 404 for a name that no file is served under |
/// | [`BodyTooLarge`](Self::BodyTooLarge) | 413 |
/// | [`ExecuteDenied`](Self::ExecuteDenied) | 403.1 |
/// | [`HandlerDenied`](Self::HandlerDenied) | 403.1, or 403.2 where nothing but read is missing |
/// | [`Load`](Self::Load) | 500; 503 when the server is too busy or stopping; 404.2 for a module that is not on the list of allowed ones |
/// | [`MethodNotAllowed`](Self::MethodNotAllowed) | 405 |
/// | [`NoAnswer`](Self::NoAnswer) | 500; 503 where no thread was to be had; 413 |
/// | [`NoHandler`](Self::NoHandler) | 404.3 |
/// | [`NotFound`](Self::NotFound), [`ScriptNotFound`](Self::ScriptNotFound) | 404 |
/// | [`QueryTooLong`](Self::QueryTooLong), [`UrlTooLong`](Self::UrlTooLong) | 414 |
/// | [`ReadDenied`](Self::ReadDenied) | 403.2 |
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
    /// The virtual directory does not allow the module that the URL leads to.
    ExecuteDenied {
        /// The virtual directory's URL.
        url: String,
        /// What it would have to allow.
        needed: Access,
    },
    /// The virtual directory does not allow what the handler that is for the URL requires.
    HandlerDenied {
        /// The handler's pattern.
        pattern: String,
        /// What the handler requires.
        needed: Access,
        /// The virtual directory's URL.
        url: String,
        /// What it allows.
        allowed: Access,
    },
    /// The extension cannot be used.
    Load(Arc<LoadError>),
    /// Handlers are for this URL, but none for this method.
    MethodNotAllowed {
        /// The methods they are for, as the `Allow` field has them.
        allow: String,
    },
    /// The extension failed before it sent anything, or could not be called.
    NoAnswer {
        /// The status that stands for it.
        status: StatusCode,
        /// The connection closes behind the answer: more of the request is coming.
        close: bool,
    },
    /// A file is at this URL, but neither an extension nor anything else that would answer with it.
    NoHandler,
    /// No extension is at this URL.
    NotFound,
    /// The query string is longer than [`Limits`](crate::Limits) allow.
    QueryTooLong {
        /// Bytes allowed.
        limit: usize,
    },
    /// The virtual directory does not allow that files are read.
    ReadDenied {
        /// The virtual directory's URL.
        url: String,
    },
    /// A handler wants a file, and there is none.
    ScriptNotFound {
        /// The handler's pattern.
        pattern: String,
        /// Where the file would be.
        path: PathBuf,
        /// Whether a file with path info behind it is there, and the handler does not allow that.
        has_path_info: bool,
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
            Self::ExecuteDenied { .. } | Self::HandlerDenied { .. } | Self::ReadDenied { .. } => {
                StatusCode::FORBIDDEN
            }
            Self::Load(error) => match **error {
                LoadError::Busy { .. } | LoadError::ShuttingDown { .. } => {
                    StatusCode::SERVICE_UNAVAILABLE
                }
                LoadError::NotAllowed { .. } => StatusCode::NOT_FOUND,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            },
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::NoAnswer { status, .. } => *status,
            Self::NoHandler | Self::NotFound | Self::ScriptNotFound { .. } => StatusCode::NOT_FOUND,
            Self::QueryTooLong { .. } | Self::UrlTooLong { .. } => StatusCode::URI_TOO_LONG,
        }
    }

    /// IIS's second number of the error, such as 2 in 404.2; 0 for none.
    ///
    /// ```
    /// use isapi_axum::DispatchError;
    ///
    /// let denied = DispatchError::ReadDenied { url: "/scripts".into() };
    /// assert_eq!((denied.status().as_u16(), denied.sub_status()), (403, 2));
    /// ```
    #[must_use]
    pub fn sub_status(&self) -> u16 {
        match self {
            Self::ExecuteDenied { .. } => 1,
            Self::HandlerDenied {
                needed, allowed, ..
            } if !allowed.allows(needed.without(Access::READ)) => 1,
            Self::Load(error) if matches!(**error, LoadError::NotAllowed { .. }) => 2,
            Self::NoHandler => 3,
            Self::HandlerDenied { .. } | Self::ReadDenied { .. } => 2,
            _ => 0,
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
        self.to_response_with(ErrorPage {
            content_type: HeaderValue::from_static("text/plain; charset=utf-8"),
            body: text.into(),
        })
    }

    /// The answer with another page.
    pub(crate) fn to_response_with(&self, page: ErrorPage) -> Response<IsapiBody> {
        let mut response = Response::new(IsapiBody::full(page.body));
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, page.content_type);
        if let Self::MethodNotAllowed { allow } = self
            && let Ok(allow) = HeaderValue::from_str(allow)
        {
            headers.insert(ALLOW, allow);
        }
        if let Self::NoAnswer { close: true, .. } = self {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
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
            Self::ExecuteDenied { url, needed } => write!(
                f,
                "an extension is at this URL, but the virtual directory {url} does not allow \
                 {needed}; give it that access, or move the extension to one that has it"
            ),
            Self::HandlerDenied {
                pattern,
                needed,
                url,
                ..
            } => {
                write!(
                    f,
                    "the handler {pattern} is for this URL and needs {needed}, which the virtual \
                     directory {url} does not allow; give it that access"
                )?;
                match pattern.as_str() {
                    "*" => f.write_str(
                        ", or give the handler require_access = \"none\", which lets it run \
                         everywhere",
                    ),
                    _ => Ok(()),
                }
            }
            Self::Load(error) => error.fmt(f),
            Self::MethodNotAllowed { allow } => write!(
                f,
                "the handlers for this URL take {allow} only; add the method to the verbs of one"
            ),
            Self::NoAnswer { status, .. } => f.write_str(match *status {
                StatusCode::PAYLOAD_TOO_LARGE => {
                    "the body is larger than max_allowed_content_length allows"
                }
                StatusCode::SERVICE_UNAVAILABLE => {
                    "no thread is free to call the extension, and no more calls may wait for one"
                }
                _ => {
                    "the extension failed before it sent an answer (HSE_STATUS_ERROR, or a head that \
                     it did not finish); its line in the log says more"
                }
            }),
            Self::NoHandler => f.write_str(
                "a file is at this URL, but no handler is for it and nothing sends files; add a \
                 handler for its ending",
            ),
            Self::NotFound => f.write_str("no extension is at this URL"),
            Self::QueryTooLong { limit } => {
                write!(
                    f,
                    "the query string is longer than {limit} bytes (max_query_string)"
                )
            }
            Self::ReadDenied { url } => write!(
                f,
                "no extension is at this URL, and the virtual directory {url} does not allow read; \
                 give it that access if its files are to be sent"
            ),
            Self::ScriptNotFound {
                pattern,
                path,
                has_path_info,
            } => {
                write!(
                    f,
                    "the handler {pattern} wants a file, and there is none at {}; ",
                    path.display()
                )?;
                f.write_str(match has_path_info {
                    true => {
                        "the URL has path info behind a file: set allow_path_info = true for the \
                         handler (Handler::allow_path_info)"
                    }
                    false => {
                        "set resource_type = \"unspecified\" for the handler \
                         (Handler::resource_type) if it needs none"
                    }
                })
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
        let execute_denied = DispatchError::ExecuteDenied {
            url: "/x".into(),
            needed: Access::EXECUTE,
        };
        let handler_denied = |needed| DispatchError::HandlerDenied {
            pattern: "*.x".into(),
            needed,
            url: "/x".into(),
            allowed: Access::NONE,
        };
        let not_allowed = load(LoadError::NotAllowed {
            path: "x".into(),
            reason: "y".into(),
        });
        let script_not_found = DispatchError::ScriptNotFound {
            pattern: "*.x".into(),
            path: "y".into(),
            has_path_info: false,
        };
        let rows = [
            (DispatchError::BadRequest(RequestError::MissingHost), 400, 0),
            (DispatchError::BadUrl(UrlError::LeavesRoot), 400, 0),
            (DispatchError::BadUrl(UrlError::ShortName), 404, 0),
            (DispatchError::BodyTooLarge { limit: 1 }, 413, 0),
            (execute_denied, 403, 1),
            (handler_denied(Access::SCRIPT | Access::READ), 403, 1),
            (handler_denied(Access::READ), 403, 2),
            (load(LoadError::Unsupported("x".into())), 500, 0),
            (load(LoadError::Busy { name: "x".into() }), 503, 0),
            (load(LoadError::ShuttingDown { name: "x".into() }), 503, 0),
            (not_allowed, 404, 2),
            (
                DispatchError::MethodNotAllowed {
                    allow: "GET".into(),
                },
                405,
                0,
            ),
            (DispatchError::NoHandler, 404, 3),
            (DispatchError::NotFound, 404, 0),
            (DispatchError::QueryTooLong { limit: 1 }, 414, 0),
            (DispatchError::ReadDenied { url: "/x".into() }, 403, 2),
            (script_not_found, 404, 0),
            (DispatchError::UrlTooLong { limit: 1 }, 414, 0),
        ];
        for (error, status, sub_status) in rows {
            assert_eq!(error.status(), status, "{error}");
            assert_eq!(error.sub_status(), sub_status, "{error}");
            assert_eq!(error.to_response(false).status(), status, "{error}");
        }
    }

    #[test]
    fn a_wildcard_handler_that_is_denied_can_be_told_to_run_everywhere() {
        let denied = |pattern: &str| {
            let error = DispatchError::HandlerDenied {
                pattern: pattern.into(),
                needed: Access::SCRIPT,
                url: "/pages".into(),
                allowed: Access::READ,
            };
            error.to_string()
        };
        let told = denied("*");
        assert!(told.starts_with("the handler * is for this URL and needs script, which the virtual directory /pages does not allow"), "{told}");
        assert!(told.contains("require_access = \"none\""), "{told}");
        assert!(!denied("*.x").contains("none"));
    }

    #[test]
    fn a_refused_method_is_told_which_ones_are_taken() {
        let error = DispatchError::MethodNotAllowed {
            allow: "GET, POST".into(),
        };
        assert_eq!(error.to_response(false).headers()["allow"], "GET, POST");
    }
}
