//! A request as [`Extension::handle`](crate::Extension::handle) gets it.

use std::cell::Cell;
use std::ops::Deref;

use crate::async_request::AsyncRequest;
use crate::control_block::ControlBlock;
use crate::error::Win32Error;
use crate::status::Pending;
use crate::vector_send::VectorSend;

/// One request inside `HttpExtensionProc`.
///
/// Its fields, variables and everything else that [`ControlBlock`] offers can be used on it. It
/// ends with the call; [`into_async`](Request::into_async) makes it live on.
#[derive(Debug)]
pub struct Request<'a> {
    control: ControlBlock,
    /// Told to the thunk, which then has nothing to end.
    went_async: &'a Cell<bool>,
}

impl<'a> Request<'a> {
    pub(crate) fn new(control: ControlBlock, went_async: &'a Cell<bool>) -> Request<'a> {
        Request {
            control,
            went_async,
        }
    }

    /// Sends `data` to the client and returns when the host has taken all of it; synchronous
    /// [`WriteClient`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525515(v=vs.90)).
    ///
    /// A body needs a head before it ([`send_header`](ControlBlock::send_header)).
    ///
    /// # Errors
    ///
    /// The host's code, most often because the client has gone.
    pub fn write(&self, data: &[u8]) -> Result<(), Win32Error> {
        self.control.write_client(data)
    }

    /// Sends head, memory and files in one call and returns when the host has taken all of it;
    /// synchronous
    /// [`HSE_REQ_VECTOR_SEND`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525867(v=vs.90)).
    ///
    /// # Errors
    ///
    /// [`INVALID_PARAMETER`](Win32Error::INVALID_PARAMETER) for a head or a file range that is
    /// none, or a second head; otherwise the host's code.
    pub fn vector_send(&self, vector: &VectorSend) -> Result<(), Win32Error> {
        self.control.send_vector(vector)
    }

    /// Answers with the server's own page for an error, which is the whole response; synchronous
    /// [`HSE_REQ_SEND_CUSTOM_ERROR`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525792(v=vs.90)).
    ///
    /// `status` is the code and its reason, `404 Not Found`; `sub_status` the second part of a
    /// status such as 404.3, or 0.
    ///
    /// # Errors
    ///
    /// [`FILE_NOT_FOUND`](Win32Error::FILE_NOT_FOUND) where the server has no page for it: send one
    /// of your own. Otherwise the host's code.
    pub fn send_custom_error(&self, status: &str, sub_status: u16) -> Result<(), Win32Error> {
        self.control.custom_error(status, sub_status)
    }

    /// Reads what follows the [`preread`](ControlBlock::preread) part of the body and returns the
    /// number of bytes; 0 is the end, as it is when the client has gone. Synchronous
    /// [`ReadClient`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525214(v=vs.90)).
    ///
    /// # Errors
    ///
    /// The host's code, most often because the body did not come in time.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize, Win32Error> {
        self.control.read_client(buffer)
    }

    /// Makes the request outlive the call.
    ///
    /// Return the [`Pending`] from `handle`; the [`AsyncRequest`] may go to any thread and ends the
    /// request, even before `handle` has returned.
    pub fn into_async(self) -> (Pending, AsyncRequest) {
        self.went_async.set(true);
        (Pending::new(), AsyncRequest::new(self.control))
    }
}

impl Deref for Request<'_> {
    type Target = ControlBlock;

    fn deref(&self) -> &ControlBlock {
        &self.control
    }
}
