//! A child request: another URL that is executed within a request (`HSE_REQ_EXEC_URL`).

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};

use crate::request_head::User;
use crate::win32::Win32Error;

/// `HSE_REQ_EXEC_URL` with its checked arguments
/// ([ms525925](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525925(v=vs.90)),
/// [ms525511](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525511(v=vs.90))).
///
/// What is `None` is as in the parent's request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ChildRequest {
    /// Path and query, not decoded; begins with `/`.
    pub url: Option<String>,
    /// The method.
    pub method: Option<Method>,
    /// All header fields; they replace the parent's.
    pub headers: Option<Vec<(HeaderName, HeaderValue)>>,
    /// The body; `None` is what is left of the parent's.
    pub entity: Option<Bytes>,
    /// Whom the child is for.
    pub user: Option<User>,
    /// `HSE_EXEC_URL_NO_HEADERS`: the child's head is not sent, what it writes is.
    pub no_headers: bool,
    /// `HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR`: the wildcard handler that asks, and those before
    /// it, are left out when the URL is mapped.
    pub ignore_current_interceptor: bool,
    /// `HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE`: the child sees no conditions and no range.
    pub ignore_validation_and_range: bool,
    /// `HSE_EXEC_URL_DISABLE_CUSTOM_ERROR`: the child's errors keep their own bodies.
    pub disable_custom_error: bool,
}

/// How a child request ended: `HSE_EXEC_URL_STATUS`
/// ([ms525017](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525017(v=vs.90))).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ChildStatus {
    /// The status of its response; 0 where it was cancelled and nobody waited for one.
    pub status: u16,
    /// IIS's second number of an error, such as 3 in 404.3; 0 for none.
    pub sub_status: u16,
    /// Why it could not be executed, or was cut; 0 for success.
    pub error: Win32Error,
}

/// What [`read_for_child`](super::Session::read_for_child) has.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ChildBody {
    /// The next piece; never empty.
    Data(Bytes),
    /// All was read.
    End,
    /// No more will come, though more was announced.
    Cut,
    /// Nothing has come yet; the session wants the body.
    NotYet,
}
