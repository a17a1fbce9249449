//! How an asynchronous operation went, or why it did not start.

use std::error::Error;
use std::fmt;

use crate::async_request::AsyncRequest;
use crate::error::Win32Error;

/// How an asynchronous operation went: `cbIO` and `dwError` of
/// [`PFN_HSE_IO_COMPLETION`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525003(v=vs.90)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Completion {
    bytes: usize,
    error: Option<Win32Error>,
}

impl Completion {
    pub(crate) fn new(bytes: usize, error: u32) -> Completion {
        Completion {
            bytes,
            error: (error != 0).then(|| Win32Error::from_code(error)),
        }
    }

    /// Bytes moved, of a failed operation too. A read that moved none is at the end of the body.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Why the operation failed, if it did.
    pub fn error(&self) -> Option<Win32Error> {
        self.error
    }

    /// The bytes moved, or why the operation failed.
    ///
    /// # Errors
    ///
    /// [`error`](Completion::error), if there is one.
    pub fn result(&self) -> Result<usize, Win32Error> {
        self.error.map_or(Ok(self.bytes), Err)
    }
}

/// An operation was refused. Nothing was sent, no callback will run; the request and what was to be
/// moved come back.
#[derive(Debug)]
pub struct StartError<P> {
    /// The request, to go on with or to finish. Dropping it ends the request with an error.
    pub request: AsyncRequest,
    /// The buffer or file the operation was given.
    pub payload: P,
    /// Why the host refused.
    pub error: Win32Error,
}

impl<P> StartError<P> {
    pub(crate) fn map_payload<Q>(self, map: impl FnOnce(P) -> Q) -> StartError<Q> {
        StartError {
            request: self.request,
            payload: map(self.payload),
            error: self.error,
        }
    }
}

impl<P> fmt::Display for StartError<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the operation was refused: {}", self.error)
    }
}

impl<P: fmt::Debug> Error for StartError<P> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
