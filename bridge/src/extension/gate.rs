//! Counts those who are inside an extension, and lets nobody in once it is to go.

use std::sync::Arc;
use std::time::Instant;

use crate::sync::{Condvar, Mutex, lock, wait};

/// The teardown gate of one loaded extension.
///
/// `TerminateExtension` must never be called while a request is outstanding
/// ([ms524470](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524470(v=vs.90))):
/// announce the end, wait until the last one has left, and only then terminate.
///
/// ```text
///           announce              begin_termination                end_termination
///         close_if_idle              (only one)
///   Open ---------------> Closed ---------------> Terminating ------------> Terminated
///        <---------------        <---------------
///             reopen             abandon_termination
/// ```
#[derive(Debug)]
pub(crate) struct UnloadGate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Clone, Copy, Debug)]
struct State {
    phase: Phase,
    inside: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    Closed,
    Terminating,
    Terminated,
}

/// One who is inside; dropped, he leaves.
#[derive(Debug)]
pub(crate) struct Pass(Arc<UnloadGate>);

impl UnloadGate {
    pub(crate) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                phase: Phase::Open,
                inside: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// Lets the caller in for as long as he keeps the pass; `None` when the gate is closed.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Pass> {
        let mut state = lock(&self.state);
        if state.phase != Phase::Open {
            return None;
        }
        state.inside += 1;
        drop(state);
        Some(Pass(Arc::clone(self)))
    }

    fn leave(&self) {
        let mut state = lock(&self.state);
        state.inside -= 1;
        if state.inside == 0 && state.phase != Phase::Open {
            self.changed.notify_all();
        }
    }

    /// Lets nobody in from now on; those inside stay.
    pub(crate) fn announce(&self) {
        self.advance(Phase::Open, Phase::Closed);
    }

    /// Closes the gate if nobody is inside; whether it did.
    #[must_use]
    pub(crate) fn close_if_idle(&self) -> bool {
        let mut state = lock(&self.state);
        if state.inside > 0 || state.phase != Phase::Open {
            return false;
        }
        state.phase = Phase::Closed;
        true
    }

    /// Lets everybody in again.
    pub(crate) fn reopen(&self) {
        self.advance(Phase::Closed, Phase::Open);
    }

    /// Whether it is the caller who has to terminate the extension.
    #[must_use]
    pub(crate) fn begin_termination(&self) -> bool {
        self.advance(Phase::Closed, Phase::Terminating)
    }

    /// The extension has not been terminated after all.
    pub(crate) fn abandon_termination(&self) {
        self.advance(Phase::Terminating, Phase::Closed);
    }

    /// `TerminateExtension` has returned.
    pub(crate) fn end_termination(&self) {
        self.advance(Phase::Terminating, Phase::Terminated);
    }

    #[must_use]
    pub(crate) fn is_idle(&self) -> bool {
        lock(&self.state).inside == 0
    }

    /// Waits until nobody is inside.
    pub(crate) fn wait_until_idle(&self) {
        self.wait_while(None, |state| state.inside > 0);
    }

    /// Waits until nobody is inside, at most until `deadline` on the system's clock.
    ///
    /// # Errors
    ///
    /// How many are still inside.
    pub(crate) fn wait_until_idle_by(&self, deadline: Instant) -> Result<(), usize> {
        match self
            .wait_while(Some(deadline), |state| state.inside > 0)
            .inside
        {
            0 => Ok(()),
            inside => Err(inside),
        }
    }

    /// Waits for the end of a termination that has begun, at most until `deadline` on the system's
    /// clock; whether it has ended.
    #[must_use]
    pub(crate) fn wait_until_terminated(&self, deadline: Instant) -> bool {
        let state = self.wait_while(Some(deadline), |state| state.phase == Phase::Terminating);
        state.phase == Phase::Terminated
    }

    /// Whether the phase was `from`, and so is `to` now.
    fn advance(&self, from: Phase, to: Phase) -> bool {
        let mut state = lock(&self.state);
        if state.phase != from {
            return false;
        }
        state.phase = to;
        self.changed.notify_all();
        true
    }

    /// The state in which it no longer has to wait, or that at the deadline.
    fn wait_while(&self, deadline: Option<Instant>, condition: impl Fn(&State) -> bool) -> State {
        let mut state = lock(&self.state);
        while condition(&state) {
            let remaining = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if remaining.is_some_and(|remaining| remaining.is_zero()) {
                break;
            }
            state = wait(&self.changed, state, remaining);
        }
        *state
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.leave();
    }
}
