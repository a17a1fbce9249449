//! How a request ends: what `HttpExtensionProc` returns and what `HSE_REQ_DONE_WITH_SESSION` says.

use std::marker::PhantomData;

/// What [`Extension::handle`](crate::Extension::handle) returns; the `HSE_STATUS_*` codes of
/// [`HttpExtensionProc`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525010(v=vs.90)).
#[derive(Debug)]
#[must_use = "the host learns from it how the request went"]
pub enum Status {
    /// `HSE_STATUS_SUCCESS`: the response is complete.
    Success,
    /// `HSE_STATUS_SUCCESS_AND_KEEP_CONN`: the same; since IIS 4 hosts do not tell the two apart.
    SuccessAndKeepConn,
    /// `HSE_STATUS_PENDING`: an [`AsyncRequest`](crate::AsyncRequest) ends the request later.
    Pending(Pending),
    /// `HSE_STATUS_ERROR`: 500 if nothing has been sent, else the response is cut off.
    Error,
}

/// Proof that the request has become an [`AsyncRequest`](crate::AsyncRequest); from
/// [`Request::into_async`](crate::Request::into_async).
///
/// It belongs to the thread of the call. A call that made one is answered with
/// `HSE_STATUS_PENDING` whatever it returns, because the `AsyncRequest` ends the request: so a
/// forgotten `Pending` cannot end it twice.
#[derive(Debug)]
pub struct Pending {
    thread: PhantomData<*const ()>,
}

impl Pending {
    pub(crate) fn new() -> Pending {
        Pending {
            thread: PhantomData,
        }
    }
}

impl From<Pending> for Status {
    fn from(pending: Pending) -> Status {
        Status::Pending(pending)
    }
}

/// How an [`AsyncRequest`](crate::AsyncRequest) ends; the status of
/// [`HSE_REQ_DONE_WITH_SESSION`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525588(v=vs.90)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Finish {
    /// `HSE_STATUS_SUCCESS`: the response is complete.
    Success,
    /// `HSE_STATUS_SUCCESS_AND_KEEP_CONN`: the same; since IIS 4 hosts do not tell the two apart.
    SuccessAndKeepConn,
    /// `HSE_STATUS_ERROR`: 500 if nothing has been sent, else the response is cut off.
    Error,
}
