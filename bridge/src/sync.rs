//! The synchronisation primitives of this crate: those of `std`, or loom's under `cfg(isapi_loom)`.
//!
//! Whatever the loom models cover goes through here, so that they run the production types.

#[cfg(isapi_loom)]
pub(crate) use loom::sync::atomic::{AtomicUsize, Ordering};
#[cfg(isapi_loom)]
pub(crate) use loom::sync::{Arc, Condvar, Mutex, MutexGuard};
#[cfg(not(isapi_loom))]
pub(crate) use std::sync::atomic::{AtomicUsize, Ordering};
#[cfg(not(isapi_loom))]
pub(crate) use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use std::sync::{LockResult, PoisonError};
use std::time::Duration;

/// Locks, also after a panic under the lock: such a panic is a bug of ours that the gate has
/// logged, and it must not take every later request of the process with it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    unpoisoned(mutex.lock())
}

/// Waits for a notification, at most `timeout` when there is one.
pub(crate) fn wait<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    timeout: Option<Duration>,
) -> MutexGuard<'a, T> {
    match timeout {
        None => unpoisoned(condvar.wait(guard)),
        Some(timeout) => unpoisoned(condvar.wait_timeout(guard, timeout)).0,
    }
}

fn unpoisoned<T>(result: LockResult<T>) -> T {
    result.unwrap_or_else(PoisonError::into_inner)
}
