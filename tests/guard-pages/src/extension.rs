//! An extension whose part of a request is a closure of the test.

use std::any::Any;
use std::collections::HashMap;
use std::ffi::CStr;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, OnceLock, PoisonError};

use isapi_abi::{
    BOOL, DWORD, EXTENSION_CONTROL_BLOCK, Entry, HSE_STATUS_ERROR, HSE_STATUS_SUCCESS,
    HSE_VERSION_INFO, TRUE,
};

use crate::Ecb;

type Run = Box<dyn FnOnce(Ecb) -> DWORD + Send>;

/// How a closure ended: its status, or what it panicked with.
pub(crate) type Outcome = Result<DWORD, Box<dyn Any + Send>>;

/// The closures that wait for their call, by query string.
type Calls = HashMap<String, (Run, Sender<Outcome>)>;

fn with_calls<T>(visit: impl FnOnce(&mut Calls) -> T) -> T {
    static CALLS: OnceLock<Mutex<Calls>> = OnceLock::new();
    let calls = CALLS.get_or_init(Mutex::default).lock();
    visit(&mut calls.unwrap_or_else(PoisonError::into_inner))
}

/// Makes the closure the extension's part of the request with the query string that is returned,
/// and says where its outcome comes.
pub(crate) fn on_call(
    run: impl FnOnce(Ecb) -> DWORD + Send + 'static,
) -> (String, Receiver<Outcome>) {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let query = NEXT.fetch_add(1, Ordering::Relaxed).to_string();
    let (sender, receiver) = mpsc::channel();
    with_calls(|calls| calls.insert(query.clone(), (Box::new(run), sender)));
    (query, receiver)
}

/// Gives a closure up that was not called, so that its outcome is not waited for.
pub(crate) fn forget(query: &str) {
    with_calls(|calls| calls.remove(query));
}

pub(crate) fn entry() -> Entry {
    // SAFETY: the functions below follow the contract as far as the closures of the tests do.
    unsafe { Entry::new(version, call, None) }
}

unsafe extern "system" fn version(info: *mut HSE_VERSION_INFO) -> BOOL {
    // SAFETY: the host gives a structure that can be written.
    unsafe {
        (*info).dwExtensionVersion = 1;
        (*info).lpszExtensionDesc[0] = 0;
    }
    TRUE
}

unsafe extern "system" fn call(ecb: *mut EXTENSION_CONTROL_BLOCK) -> DWORD {
    // SAFETY: during this call the block is valid, and its strings end with a NUL.
    let query = unsafe { CStr::from_ptr((*ecb).lpszQueryString) };
    let query = query.to_string_lossy().into_owned();
    let run = with_calls(|calls| calls.remove(&query));
    // A child of a request has a query that nobody waits for.
    let Some((run, sender)) = run else {
        return HSE_STATUS_SUCCESS;
    };
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| run(Ecb::new(ecb))));
    let status = *outcome.as_ref().unwrap_or(&HSE_STATUS_ERROR);
    // Nobody waits any more when the test has failed.
    let _ = sender.send(outcome);
    status
}
