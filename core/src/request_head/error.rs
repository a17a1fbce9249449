use std::fmt;

use http::StatusCode;

/// Why a request head was refused before any extension was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RequestError {
    /// An HTTP/1.1 request without `Host`.
    MissingHost,
    /// Two or more `Host` fields.
    RepeatedHost,
    /// `Host`, or the authority in the target, is not a host with an optional port.
    InvalidHost,
    /// The target is neither origin-form nor absolute-form, or holds bytes no URL has.
    InvalidTarget,
}

impl RequestError {
    /// The status to answer with: 400 for all of them
    /// ([RFC 9112, section 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2)).
    pub const fn status(self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MissingHost => "an HTTP/1.1 request must have a Host field",
            Self::RepeatedHost => "the request has more than one Host field",
            Self::InvalidHost => "the request names a host that is no host name or address",
            Self::InvalidTarget => "the request target is no path and no http URL",
        })
    }
}

impl std::error::Error for RequestError {}
