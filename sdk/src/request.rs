//! A request as [`Extension::handle`](crate::Extension::handle) gets it.

use std::cell::Cell;
use std::ops::Deref;

use crate::async_request::AsyncRequest;
use crate::control_block::ControlBlock;
use crate::error::Win32Error;
use crate::status::Pending;

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
