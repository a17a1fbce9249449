//! Counts those who are inside an extension, and lets nobody in once it is to go.

use std::sync::Arc;
use std::time::Instant;

use crate::sync::{AtomicUsize, Condvar, Mutex, Ordering, lock, wait};

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
    /// A [`State`]. Those who enter and leave change nothing else while the gate is open.
    state: AtomicUsize,
    /// Held by those who wait, from before they look at the state, and by those who tell them.
    waiting: Mutex<()>,
    changed: Condvar,
}

/// The phase in the lowest bits, and above them how many are inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State(usize);

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

impl State {
    const PHASE: usize = 0b11;
    const ONE_INSIDE: usize = 0b100;

    fn phase(self) -> Phase {
        match self.0 & Self::PHASE {
            0 => Phase::Open,
            1 => Phase::Closed,
            2 => Phase::Terminating,
            _ => Phase::Terminated,
        }
    }

    fn inside(self) -> usize {
        self.0 / Self::ONE_INSIDE
    }

    fn with_phase(self, phase: Phase) -> Self {
        let phase = match phase {
            Phase::Open => 0,
            Phase::Closed => 1,
            Phase::Terminating => 2,
            Phase::Terminated => 3,
        };
        Self((self.0 & !Self::PHASE) | phase)
    }
}

impl UnloadGate {
    pub(crate) fn new() -> Self {
        Self {
            state: AtomicUsize::new(State(0).with_phase(Phase::Open).0),
            waiting: Mutex::new(()),
            changed: Condvar::new(),
        }
    }

    /// Lets the caller in for as long as he keeps the pass; `None` when the gate is closed.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Pass> {
        self.change(|state| {
            (state.phase() == Phase::Open).then_some(State(state.0 + State::ONE_INSIDE))
        })?;
        Some(Pass(Arc::clone(self)))
    }

    fn leave(&self) {
        // Whoever finds nobody inside sees what those have done who were: all of it was released here,
        // and is acquired by `state`.
        let before = State(self.state.fetch_sub(State::ONE_INSIDE, Ordering::AcqRel));
        if before.inside() == 1 && before.phase() != Phase::Open {
            self.tell();
        }
    }

    /// Lets nobody in from now on; those inside stay.
    pub(crate) fn announce(&self) {
        self.advance(Phase::Open, Phase::Closed);
    }

    /// Closes the gate if nobody is inside; whether it did.
    #[must_use]
    pub(crate) fn close_if_idle(&self) -> bool {
        let closed = self.change(|state| {
            let is_idle = state.inside() == 0 && state.phase() == Phase::Open;
            is_idle.then_some(state.with_phase(Phase::Closed))
        });
        closed.is_some()
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
        self.state().inside() == 0
    }

    /// Waits until nobody is inside.
    pub(crate) fn wait_until_idle(&self) {
        self.wait_while(None, |state| state.inside() > 0);
    }

    /// Waits until nobody is inside, at most until `deadline` on the system's clock.
    ///
    /// # Errors
    ///
    /// How many are still inside.
    pub(crate) fn wait_until_idle_by(&self, deadline: Instant) -> Result<(), usize> {
        match self
            .wait_while(Some(deadline), |state| state.inside() > 0)
            .inside()
        {
            0 => Ok(()),
            inside => Err(inside),
        }
    }

    /// Waits for the end of a termination that has begun, at most until `deadline` on the system's
    /// clock; whether it has ended.
    #[must_use]
    pub(crate) fn wait_until_terminated(&self, deadline: Instant) -> bool {
        let is_waited_for = |state: State| state.phase() == Phase::Terminating;
        self.wait_while(Some(deadline), is_waited_for).phase() == Phase::Terminated
    }

    fn state(&self) -> State {
        State(self.state.load(Ordering::Acquire))
    }

    /// Whether the phase was `from`, and so is `to` now.
    fn advance(&self, from: Phase, to: Phase) -> bool {
        let advance = |state: State| (state.phase() == from).then_some(state.with_phase(to));
        let has_advanced = self.change(advance).is_some();
        if has_advanced {
            self.tell();
        }
        has_advanced
    }

    /// Makes what `change` says of the state, unless it is nothing; the state before.
    fn change(&self, change: impl Fn(State) -> Option<State>) -> Option<State> {
        let change = |state| change(State(state)).map(|State(state)| state);
        self.state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, change)
            .ok()
            .map(State)
    }

    /// Tells those who wait of a change. One who looked at the state before it waits already by the
    /// time the lock is free.
    fn tell(&self) {
        drop(lock(&self.waiting));
        self.changed.notify_all();
    }

    /// The state in which it no longer has to wait, or that at the deadline.
    fn wait_while(&self, deadline: Option<Instant>, condition: impl Fn(State) -> bool) -> State {
        let mut waiting = lock(&self.waiting);
        loop {
            let state = self.state();
            let remaining = deadline.map(|at| at.saturating_duration_since(Instant::now()));
            if !condition(state) || remaining.is_some_and(|remaining| remaining.is_zero()) {
                return state;
            }
            waiting = wait(&self.changed, waiting, remaining);
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.0.leave();
    }
}
