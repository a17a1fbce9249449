//! The only way from a raw pointer to Rust.

#[cfg(not(isapi_loom))]
use std::panic::{self, AssertUnwindSafe};

use isapi_abi::{BOOL, FALSE, HCONN, TRUE};
use isapi_core::session::{Callback, Misuse, Refusal};
use isapi_core::win32::Win32Error;

use crate::conn_id::ConnId;
use crate::connections::CONNECTIONS;
use crate::ecb::EcbCell;
use crate::last_error;
use crate::registry::Lookup;
use crate::report;
use crate::shared::Shared;
use crate::sync::Arc;

/// A callback that is running on a live request. While it lasts, so does the control block.
#[derive(Debug)]
pub(crate) struct Visit {
    shared: Arc<Shared>,
    /// None for a moment at the very start and after the end, when the block is not there.
    ecb: Option<Arc<EcbCell>>,
}

impl Visit {
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The control block; none for a moment at the very start and after the end.
    pub(crate) fn ecb(&self) -> Option<&EcbCell> {
        self.ecb.as_deref()
    }

    /// `dwHttpStatusCode` at this moment.
    pub(crate) fn http_status(&self) -> u32 {
        self.ecb.as_ref().map_or(200, |ecb| ecb.http_status())
    }
}

/// Why a callback answers FALSE.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments break the contract; the session is still to be told.
    Misuse(Misuse),
    /// The session said no.
    Refused(Refusal),
    /// An answer of the interface that blames nobody (a buffer that is too small).
    Win32(Win32Error),
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        Self::Misuse(misuse)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Win32Error> for Failure {
    fn from(error: Win32Error) -> Self {
        Self::Win32(error)
    }
}

/// Runs `body` for the request behind `conn` and answers as the interface does: TRUE, or FALSE
/// with the calling thread's last error.
///
/// The last error is set as the very last thing, behind every destructor: one of them may make a
/// system call, and that would overwrite `errno`.
pub(crate) fn enter<F>(conn: HCONN, callback: Callback, body: F) -> BOOL
where
    F: FnOnce(&Visit) -> Result<(), Failure>,
{
    match guarded(callback, || admit(conn, callback, body)) {
        Ok(()) => TRUE,
        Err(error) => {
            last_error::set(error.code());
            FALSE
        }
    }
}

fn admit<F>(conn: HCONN, callback: Callback, body: F) -> Result<(), Win32Error>
where
    F: FnOnce(&Visit) -> Result<(), Failure>,
{
    let found = match ConnId::from_raw(conn) {
        Some(id) => CONNECTIONS.lookup(id),
        None => Lookup::Unknown,
    };
    let shared = match found {
        Lookup::Live(shared) => shared,
        Lookup::Stale(epitaph) => return Err(report::stale_connection(callback, &epitaph)),
        Lookup::Unknown => return Err(report::unknown_connection(callback, conn)),
    };
    let ecb = shared.ecb();
    let visit = Visit { shared, ecb };
    body(&visit).map_err(|failure| match failure {
        Failure::Misuse(misuse) => Shared::refuse(&visit.shared, misuse).win32(),
        Failure::Refused(refusal) => refusal.win32(),
        Failure::Win32(error) => error,
    })
}

/// Keeps a panic of ours from unwinding into foreign code.
#[cfg(not(isapi_loom))]
fn guarded<F>(callback: Callback, body: F) -> Result<(), Win32Error>
where
    F: FnOnce() -> Result<(), Win32Error>,
{
    // Unwind safety: a panic under the request's lock leaves its state as it was at that line;
    // the request is answered as well as can be and no other one shares the state.
    panic::catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        report::panicked(callback);
        Err(Win32Error::GEN_FAILURE)
    })
}

/// Loom reports through panics, so the models let them through.
#[cfg(isapi_loom)]
fn guarded<F>(_: Callback, body: F) -> Result<(), Win32Error>
where
    F: FnOnce() -> Result<(), Win32Error>,
{
    body()
}
