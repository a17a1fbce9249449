//! `TerminateExtension(HSE_TERM_MUST_UNLOAD)`, on a thread of its own: it may never return.

use std::io;
use std::sync::Arc as StdArc;

#[cfg(isapi_loom)]
use loom::thread;
#[cfg(not(isapi_loom))]
use std::thread;

use super::guard::Loaded;
use crate::sync::Arc;

/// Has the extension terminated as soon as nobody is inside. The gate is closed.
///
/// Only the first call does anything;
/// [`wait_until_terminated`](super::UnloadGate::wait_until_terminated) waits for what it began.
///
/// # Errors
///
/// No thread can be had. The next call tries again.
pub(super) fn begin(loaded: &Arc<Loaded>) -> io::Result<()> {
    if !loaded.gate.begin_termination() {
        return Ok(());
    }
    let loaded = Arc::clone(loaded);
    let gate = StdArc::clone(&loaded.gate);
    let abandoned = StdArc::clone(&gate);
    let thread = thread::Builder::new()
        .name("isapi-unload".into())
        .spawn(move || {
            gate.wait_until_idle();
            loaded.extension.terminate();
            // Before anybody hears of it, so that the image goes with its slot.
            drop(loaded);
            gate.end_termination();
        });
    thread
        .map(drop)
        .inspect_err(|_| abandoned.abandon_termination())
}
