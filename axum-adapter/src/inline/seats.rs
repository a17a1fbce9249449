use std::sync::atomic::{AtomicUsize, Ordering};

/// The most calls that wait away from their seats at once. For each of them the runtime needs a thread
/// more, and has no more than it was configured to have (512 by default).
const MOST_AWAY: usize = 64;

/// Counts the calls that run inline, so that they never take all threads of a runtime at once, however
/// suddenly they all come to block. Those of one runtime: on others nothing runs inline.
#[derive(Debug, Default)]
pub(super) struct Seats {
    /// Calls that keep a thread of a runtime.
    taken: AtomicUsize,
    /// Calls that wait, whose thread's other tasks are elsewhere.
    away: AtomicUsize,
}

/// A call's thread, for as long as the call keeps it.
#[derive(Debug)]
pub(super) struct Seat<'a>(&'a Seats);

/// A call that waits, and whose thread's other tasks go on elsewhere. It keeps its seat: it may be back
/// on its thread before another one has taken those over.
#[derive(Debug)]
pub(super) struct Away<'a>(&'a Seats);

// The counters guard no memory: relaxed operations on each are in one order, and that is enough.
impl Seats {
    /// A seat if fewer than `limit` are taken.
    pub(super) fn take_one_of(&self, limit: usize) -> Option<Seat<'_>> {
        if self.are_many_away() {
            return None;
        }
        self.taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                (taken < limit).then_some(taken + 1)
            })
            .ok()
            .map(|_| Seat(self))
    }

    /// A seat however many are taken.
    pub(super) fn take(&self) -> Option<Seat<'_>> {
        if self.are_many_away() {
            return None;
        }
        self.taken.fetch_add(1, Ordering::Relaxed);
        Some(Seat(self))
    }

    /// Counts the calling call among those that wait.
    pub(super) fn away(&self) -> Away<'_> {
        self.away.fetch_add(1, Ordering::Relaxed);
        Away(self)
    }

    fn are_many_away(&self) -> bool {
        self.away.load(Ordering::Relaxed) >= MOST_AWAY
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Away<'_> {
    fn drop(&mut self) {
        self.0.away.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_seats_are_taken_than_the_limit() {
        let seats = Seats::default();
        let first = seats.take_one_of(2);
        let _second = seats.take_one_of(2).unwrap();
        assert!(seats.take_one_of(2).is_none());
        drop(first);
        assert!(seats.take_one_of(2).is_some());
        assert!(Seats::default().take_one_of(0).is_none());
    }

    #[test]
    fn a_forced_seat_counts_and_has_no_limit() {
        let seats = Seats::default();
        let _first = seats.take().unwrap();
        let _second = seats.take().unwrap();
        assert!(seats.take_one_of(2).is_none());
        assert!(seats.take_one_of(3).is_some());
    }

    #[test]
    fn a_call_that_waits_keeps_its_seat() {
        let seats = Seats::default();
        let seat = seats.take_one_of(1);
        let away = seats.away();
        assert!(seats.take_one_of(1).is_none());
        drop(away);
        assert!(seats.take_one_of(1).is_none());
        drop(seat);
        assert!(seats.take_one_of(1).is_some());
    }

    #[test]
    fn when_many_calls_wait_nobody_gets_a_seat() {
        let seats = Seats::default();
        let sitting: Vec<_> = (0..MOST_AWAY).map(|_| seats.take()).collect();
        let waiting: Vec<_> = sitting.iter().map(|_| seats.away()).collect();
        assert!(seats.take().is_none());
        assert!(seats.take_one_of(2).is_none());
        drop(waiting);
        assert!(seats.take().is_some());
    }
}
