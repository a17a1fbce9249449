//! Counts those who are inside an extension, and lets nobody in once it is to go.

use std::sync::Arc;
use std::time::Instant;

use crate::sync::{Condvar, Mutex, lock, wait};

/// The teardown gate of one loaded extension.
///
/// `TerminateExtension` must never be called while a request is outstanding
/// ([ms524470](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524470(v=vs.90))):
/// announce the end, wait until the last one has left, and only then terminate.
#[derive(Debug)]
pub(crate) struct UnloadGate {
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Debug)]
struct State {
    open: bool,
    inside: usize,
}

/// One who is inside; dropped, he leaves.
#[derive(Debug)]
pub(crate) struct Pass(Arc<UnloadGate>);

impl UnloadGate {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                open: true,
                inside: 0,
            }),
            left: Condvar::new(),
        }
    }

    /// Lets the caller in for as long as he keeps the pass; `None` when the gate is closed.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Pass> {
        let mut state = lock(&self.state);
        if !state.open {
            return None;
        }
        state.inside += 1;
        drop(state);
        Some(Pass(Arc::clone(self)))
    }

    fn leave(&self) {
        let mut state = lock(&self.state);
        state.inside -= 1;
        if state.inside == 0 && !state.open {
            self.left.notify_all();
        }
    }

    /// Lets nobody in from now on; those inside stay.
    pub(crate) fn announce(&self) {
        lock(&self.state).open = false;
    }

    /// Closes the gate if nobody is inside; whether it did.
    #[must_use]
    pub(crate) fn close_if_idle(&self) -> bool {
        let mut state = lock(&self.state);
        if state.inside > 0 || !state.open {
            return false;
        }
        state.open = false;
        true
    }

    /// Lets everybody in again.
    pub(crate) fn reopen(&self) {
        lock(&self.state).open = true;
    }

    /// Waits until nobody is inside, at most until `deadline` on the system's clock.
    ///
    /// # Errors
    ///
    /// How many are still inside.
    pub(crate) fn wait_until_idle(&self, deadline: Option<Instant>) -> Result<(), usize> {
        let mut state = lock(&self.state);
        while state.inside > 0 {
            let remaining = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if remaining.is_some_and(|remaining| remaining.is_zero()) {
                return Err(state.inside);
            }
            state = wait(&self.left, state, remaining);
        }
        Ok(())
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.leave();
    }
}
