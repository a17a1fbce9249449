//! Whether the calls of an extension have proved short enough for the connections' own threads.
//!
//! ```text
//!             so many short calls
//!   unproved ----------------------> proved
//!     ^  ^                             |
//!     |  +- longer ones set it back    | longer ones, not made up for by many short ones; one that blocks
//!     +--------------------------------+
//!        long: it takes more short calls than before
//!        blocked: they do not count for a while, which is longer than before
//! ```

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The longest call that counts as short.
///
/// A worker thread costs a call some 10 us, a tenth of this: what takes longer gains nothing worth
/// mentioning, and keeps every connection of its thread waiting.
const SHORT: Duration = Duration::from_micros(100);

/// The longest call that may have been short, and had its processor taken from it meanwhile. On a busy
/// machine that happens many times a second, for some milliseconds each.
const INTERRUPTED: Duration = Duration::from_millis(10);

/// Short calls that prove an extension: enough for caches and first-use work to be behind it, few
/// enough to cost little.
const FIRST_PROOF: u32 = 32;

/// How many short calls a longer one takes away from the proof. On a worker thread, whoever is woken
/// by a call often takes the processor from it.
const SET_BACK: u32 = 4;

/// How often the first proof is doubled at most, to 256.
const MOST_DOUBLINGS: u32 = 3;

/// What of a longer call one short call makes up for: twice the way to a worker thread and back, so an
/// extension that stays proved keeps its thread's connections waiting for no longer than that, on average.
const MADE_UP: Duration = Duration::from_micros(20);

/// How many short calls an extension may owe: as many as one interruption takes.
const MOST_OWED: u32 = 512;

/// An extension that was proved for so many milliseconds had bad luck: the first proof will do again.
const FORGIVES_LONG: u64 = 1000;

/// How long an extension that has blocked stays on worker threads before it may prove itself again, the
/// first time: much longer than such a call is likely to be.
const FIRST_PENANCE_MS: u64 = 250;

/// How often that is doubled at most, to 64 s. Whatever the load, an extension that blocks now and then
/// holds up a thread of the connections about once a minute, no more.
const MOST_PENANCES: u32 = 8;

/// An extension that was proved for so many times its last penance begins with the first one again.
const FORGIVES_BLOCKED: u64 = 16;

/// How one call went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    /// It waited in one of our callbacks, or was long beyond doubt.
    Blocked,
    /// It was longer than a short one, perhaps by no fault of its own: so many short calls make up for it.
    Long {
        owed: u32,
    },
    Short,
}

impl Course {
    fn of(elapsed: Duration, waited: bool) -> Self {
        if waited || elapsed > INTERRUPTED {
            Self::Blocked
        } else if !DispatchPolicy::is_short(elapsed) {
            let owed = elapsed.as_nanos() / MADE_UP.as_nanos();
            Self::Long {
                owed: u32::try_from(owed).unwrap_or(MOST_OWED),
            }
        } else {
            Self::Short
        }
    }
}

/// What is remembered of an extension's calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Record {
    is_proved: bool,
    /// Short calls: how many have been counted for the proof or, if it is proved, how many it owes.
    short_calls: u32,
    /// How often the first proof is doubled.
    doublings: u32,
    /// How often it has blocked without being forgiven.
    penances: u32,
    /// In milliseconds: since when it is proved, or from when on calls count for its proof.
    since: u64,
}

impl Record {
    /// The record after one more call, which ended `now`. One that owes nothing does not change, so that
    /// the threads which call the extension only read it.
    fn after(self, now: u64, course: Course) -> Self {
        match (self.is_proved, course) {
            (true, Course::Short) => Self {
                short_calls: self.short_calls.saturating_sub(1),
                ..self
            },
            (true, Course::Long { owed }) if self.short_calls + owed <= MOST_OWED => Self {
                short_calls: self.short_calls + owed,
                ..self
            },
            (true, Course::Long { .. }) => {
                let is_forgiven = now.saturating_sub(self.since) >= FORGIVES_LONG;
                Self {
                    is_proved: false,
                    short_calls: 0,
                    doublings: match is_forgiven {
                        true => 0,
                        false => (self.doublings + 1).min(MOST_DOUBLINGS),
                    },
                    since: now,
                    ..self
                }
            }
            (true, Course::Blocked) => {
                let proved_for = now.saturating_sub(self.since);
                let is_forgiven = proved_for >= self.last_penance() * FORGIVES_BLOCKED;
                let penances = match is_forgiven {
                    true => 1,
                    false => (self.penances + 1).min(MOST_PENANCES + 1),
                };
                let record = Self { penances, ..self };
                Self {
                    is_proved: false,
                    short_calls: 0,
                    doublings: 0,
                    since: now + record.last_penance(),
                    ..record
                }
            }
            (false, Course::Blocked) => Self {
                short_calls: 0,
                ..self
            },
            (false, Course::Long { .. }) => Self {
                short_calls: self.short_calls.saturating_sub(SET_BACK),
                ..self
            },
            (false, Course::Short) if now < self.since => self,
            (false, Course::Short) if self.short_calls + 1 < self.proof() => Self {
                short_calls: self.short_calls + 1,
                ..self
            },
            (false, Course::Short) => Self {
                is_proved: true,
                short_calls: 0,
                since: now,
                ..self
            },
        }
    }

    /// How many short calls prove it.
    fn proof(self) -> u32 {
        FIRST_PROOF << self.doublings
    }

    fn last_penance(self) -> u64 {
        match self.penances.checked_sub(1) {
            Some(doublings) => FIRST_PENANCE_MS << doublings,
            None => 0,
        }
    }

    /// Bits: 16 of the short calls, which end at 512, 4, 4 and 1 of the next three, and 39 of the time.
    fn to_bits(self) -> u64 {
        u64::from(self.short_calls & 0xffff)
            | u64::from(self.doublings & 0xf) << 16
            | u64::from(self.penances & 0xf) << 20
            | u64::from(self.is_proved) << 24
            | self.since << 25
    }

    fn from_bits(bits: u64) -> Self {
        let part = |from: u32, mask: u32| {
            let [a, b, c, d, ..] = (bits >> from).to_le_bytes();
            u32::from_le_bytes([a, b, c, d]) & mask
        };
        Self {
            is_proved: part(24, 1) != 0,
            short_calls: part(0, 0xffff),
            doublings: part(16, 0xf),
            penances: part(20, 0xf),
            since: bits >> 25,
        }
    }
}

/// The record of one loaded extension, shared by the threads that call it: one word, no lock.
#[derive(Debug)]
pub(crate) struct DispatchPolicy {
    record: AtomicU64,
    begun: Instant,
}

/// What a call changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Demoted,
    Proved,
}

impl DispatchPolicy {
    /// Nothing is known yet.
    pub(crate) fn new(now: Instant) -> Self {
        Self {
            record: AtomicU64::new(Record::default().to_bits()),
            begun: now,
        }
    }

    /// Whether a call of this length counts as short.
    pub(crate) fn is_short(elapsed: Duration) -> bool {
        elapsed <= SHORT
    }

    pub(crate) fn is_proved(&self) -> bool {
        // The record guards no other memory; one that is a moment old is as good.
        Record::from_bits(self.record.load(Ordering::Relaxed)).is_proved
    }

    /// Takes a call into account that took so long until `now`, and has `waited` in a callback or not.
    /// Says what it changed.
    pub(crate) fn record(&self, now: Instant, elapsed: Duration, waited: bool) -> Option<Verdict> {
        let age = now.saturating_duration_since(self.begun).as_millis();
        let now = u64::try_from(age).unwrap_or(u64::MAX);
        let course = Course::of(elapsed, waited);
        let update = |bits| {
            let after = Record::from_bits(bits).after(now, course).to_bits();
            (after != bits).then_some(after)
        };
        let updated = self
            .record
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, update);
        let before = Record::from_bits(updated.ok()?);
        match (before.is_proved, before.after(now, course).is_proved) {
            (false, true) => Some(Verdict::Proved),
            (true, false) => Some(Verdict::Demoted),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
