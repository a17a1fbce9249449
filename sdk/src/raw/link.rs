//! A way to the host that stays safe to use when the request is over.

use std::fmt;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use isapi_abi::{
    DWORD, HCONN, HSE_REQ_CANCEL_IO, HSE_REQ_CLOSE_CONNECTION, PFN_SERVERSUPPORTFUNCTION,
};

use crate::error::Win32Error;
use crate::raw::ecb::{Ecb, outcome};

/// The host's callback and the request it is for, until the request ends.
pub(crate) struct Link(Mutex<Option<Host>>);

/// A copy of what a call needs, because the block itself belongs to the request.
struct Host {
    support: PFN_SERVERSUPPORTFUNCTION,
    connection: HCONN,
}

// SAFETY: the host takes its callbacks from any thread, and the pointer is only given back to it.
unsafe impl Send for Host {}

impl Link {
    /// A link to the request of this block, to be [`cut`](Link::cut) before the request ends.
    pub(crate) fn new(ecb: &Ecb) -> Link {
        let fields = ecb.fields();
        let host = fields.ServerSupportFunction.map(|support| Host {
            support,
            connection: fields.ConnID,
        });
        Link(Mutex::new(host))
    }

    /// Waits for a call that is under way, and lets no further one through.
    pub(crate) fn cut(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// `HSE_REQ_CANCEL_IO`.
    pub(crate) fn cancel_io(&self) -> Result<(), Win32Error> {
        // SAFETY: the code takes nothing.
        unsafe { self.call(HSE_REQ_CANCEL_IO) }
    }

    /// `HSE_REQ_CLOSE_CONNECTION`.
    pub(crate) fn close_connection(&self) -> Result<(), Win32Error> {
        // SAFETY: the code takes nothing.
        unsafe { self.call(HSE_REQ_CLOSE_CONNECTION) }
    }

    /// # Safety
    ///
    /// `code` takes no argument.
    unsafe fn call(&self, code: DWORD) -> Result<(), Win32Error> {
        let host = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let host = host.as_ref().ok_or(Win32Error::INVALID_PARAMETER)?;
        let null = ptr::null_mut();
        // SAFETY: the link has not been cut, so the request has not ended, and cannot while the
        // lock is held; the caller vouches for the code.
        outcome(unsafe { (host.support)(host.connection, code, null, null.cast(), null.cast()) })
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Link").finish_non_exhaustive()
    }
}
