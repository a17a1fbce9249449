//! The deadlines of a session.

use std::time::{Duration, Instant};

/// A deadline that a session may have set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Timer {
    /// The body is waited for: by the read-ahead, or by a read.
    Read = 0,
    /// Queued response bytes are waiting to be taken.
    Write = 1,
}

/// When each timer runs out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct TimerTable {
    deadlines: [Option<Instant>; 2],
}

impl TimerTable {
    /// A timeout too far away to be represented is none.
    pub(super) fn set(&mut self, timer: Timer, now: Instant, timeout: Duration) {
        self.deadlines[timer as usize] = now.checked_add(timeout);
    }

    pub(super) fn set_if_stopped(&mut self, timer: Timer, now: Instant, timeout: Duration) {
        if self.deadlines[timer as usize].is_none() {
            self.set(timer, now, timeout);
        }
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        self.deadlines[timer as usize] = None;
    }

    pub(super) fn has_run_out(&self, timer: Timer, now: Instant) -> bool {
        self.deadlines[timer as usize].is_some_and(|deadline| deadline <= now)
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.deadlines.iter().flatten().min().copied()
    }
}
