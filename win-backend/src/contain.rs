//! Calls into DLLs, and what leaves a DLL by another way than a return.
//!
//! An exception that nothing in the DLL handles reaches the one handler that this module puts around
//! each call ([`trampoline`]). It runs in the search phase, before anything is unwound, so that "it
//! escaped" is exact. There are two kinds:
//!
//! * What a program raises on purpose, a C++ exception among them, says that the program is well
//!   enough to say so. It is **contained**: the DLL's frames are unwound, with their destructors and
//!   `__finally` blocks, and the call fails ([`Escaped`]).
//! * What the processor or the system raises (access violation, stack overflow, illegal instruction,
//!   damaged heap) says that the memory of this process is not what the program believes. Nothing in
//!   it can be trusted any more, other requests' data included: **the process ends**, with a last line
//!   on standard error ([`last_line`]).
//!
//! An exception on purpose that comes out of a callback of ours, over frames of this program, ends
//! the process too: they are never unwound.
//!
//! Only x86-64 has this. On other processors calls are plain, and every exception that escapes ends
//! the process.

mod com;
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(dead_code, reason = "nothing is contained there")
)]
mod exception;
mod last_line;
#[cfg(target_arch = "x86_64")]
mod stack;
#[cfg(target_arch = "x86_64")]
mod trampoline;
mod unhandled;

use std::sync::atomic::{AtomicBool, Ordering};

use isapi_abi::DWORD;
use isapi_bridge::{Escaped, ForeignCall};
use windows_sys::Win32::Foundation::{GetLastError, SetLastError};

pub(crate) use unhandled::report_crashes;

/// How the functions of one DLL are called.
#[derive(Debug, Default)]
pub(crate) struct Containment {
    /// The log has been told that the DLL leaves COM initialised.
    com_noticed: AtomicBool,
}

impl Containment {
    /// Calls a function of the DLL.
    ///
    /// # Errors
    ///
    /// What escaped and was contained.
    ///
    /// # Safety
    ///
    /// As of [`ForeignFunction::call`](isapi_bridge::ForeignFunction::call).
    pub(crate) unsafe fn call(&self, call: &ForeignCall<'_>) -> Result<DWORD, Escaped> {
        let had_com = com::is_initialized();
        // SAFETY: the promise is the caller's, in the same words.
        let result = unsafe { contained(call) };
        if !had_com && com::was_touched() {
            self.check_com(call);
        }
        result
    }

    /// Tells the log, once, of a DLL that leaves COM initialised on a thread of ours. Nothing is
    /// undone: the DLL may count on what it believes to have initialised.
    fn check_com(&self, call: &ForeignCall<'_>) {
        // The caller reads the last error that the DLL has left.
        // SAFETY: it only reads a field of the calling thread.
        let last_error = unsafe { GetLastError() };
        if com::is_initialized() && !self.com_noticed.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                extension = call.extension,
                request = call.request,
                "{} left COM initialised on a thread of the server; other extensions that want \
                 another apartment there get RPC_E_CHANGED_MODE: each CoInitializeEx needs its \
                 CoUninitialize before the function returns",
                call.function.name()
            );
        }
        // SAFETY: it only writes a field of the calling thread.
        unsafe { SetLastError(last_error) };
    }
}

/// # Safety
///
/// As of [`Containment::call`].
unsafe fn contained(call: &ForeignCall<'_>) -> Result<DWORD, Escaped> {
    // SAFETY: the promise is the caller's, in the same words.
    #[cfg(target_arch = "x86_64")]
    let result = unsafe { trampoline::call(call) };
    // SAFETY: as above.
    #[cfg(not(target_arch = "x86_64"))]
    let result = Ok(unsafe { call.function.call() });
    result
}
