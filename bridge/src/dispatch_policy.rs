//! Whether the calls of an extension have proved short enough for the connections' own threads.
//!
//! ```text
//!             so many short calls in a row
//!   unproved ------------------------------> proved
//!     ^  ^                                     |
//!     |  +- a longer one: count anew           | a longer one behind few short ones, or one that blocks
//!     +----------------------------------------+
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

/// Short calls in a row that prove an extension: enough for caches and first-use work to be behind it,
/// few enough to cost little where calls are interrupted by chance.
const FIRST_PROOF: u32 = 32;

/// How often the first proof is doubled at most, to 256: a busy machine hardly lets more calls in a
/// row alone.
const MOST_DOUBLINGS: u32 = 3;

/// Behind so many short calls a longer one was interrupted by chance, and changes nothing. If it was not,
/// its thread's connections have lost at most 20 us for each call.
const FORGIVES_LONG: u32 = 512;

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
    /// It was longer than a short one, perhaps by no fault of its own.
    Long,
    Short,
}

impl Course {
    fn of(elapsed: Duration, waited: bool) -> Self {
        if waited || elapsed > INTERRUPTED {
            Self::Blocked
        } else if elapsed > SHORT {
            Self::Long
        } else {
            Self::Short
        }
    }
}

/// What is remembered of an extension's calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Record {
    is_proved: bool,
    /// Short calls in a row, up to what matters.
    streak: u32,
    /// How often the first proof is doubled.
    doublings: u32,
    /// How often it has blocked without being forgiven.
    penances: u32,
    /// In milliseconds: since when it is proved, or from when on calls count for its proof.
    since: u64,
}

impl Record {
    /// The record after one more call, which ended `now`. One that has been good for long does not
    /// change any more, so that the threads which call it only read it.
    fn after(self, now: u64, course: Course) -> Self {
        match (self.is_proved, course) {
            (true, Course::Short) => Self {
                streak: (self.streak + 1).min(FORGIVES_LONG),
                ..self
            },
            (true, Course::Long) if self.streak >= FORGIVES_LONG => Self {
                streak: 0,
                doublings: 0,
                ..self
            },
            (true, Course::Long) => Self {
                is_proved: false,
                streak: 0,
                doublings: (self.doublings + 1).min(MOST_DOUBLINGS),
                since: now,
                ..self
            },
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
                    streak: 0,
                    doublings: 0,
                    since: now + record.last_penance(),
                    ..record
                }
            }
            (false, Course::Blocked | Course::Long) => Self { streak: 0, ..self },
            (false, Course::Short) if now < self.since => self,
            (false, Course::Short) if self.streak + 1 < self.proof() => Self {
                streak: self.streak + 1,
                ..self
            },
            (false, Course::Short) => Self {
                is_proved: true,
                streak: 0,
                since: now,
                ..self
            },
        }
    }

    /// How many short calls in a row prove it.
    fn proof(self) -> u32 {
        FIRST_PROOF << self.doublings
    }

    fn last_penance(self) -> u64 {
        match self.penances.checked_sub(1) {
            Some(doublings) => FIRST_PENANCE_MS << doublings,
            None => 0,
        }
    }

    /// Bits: 16 of the streak, which ends at 512, 4, 4 and 1 of the next three, and 39 of the time.
    fn to_bits(self) -> u64 {
        u64::from(self.streak & 0xffff)
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
            streak: part(0, 0xffff),
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
