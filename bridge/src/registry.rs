//! Who lives behind a `ConnID`.

use std::collections::VecDeque;

use crate::conn_id::{ConnId, next_generation};
use crate::shards::{self, Apart};
use crate::sync::{Mutex, lock};

/// Loom explores every lock, so its registry has one shard.
const SHARDS: usize = if cfg!(isapi_loom) { 1 } else { 16 };

/// How many places of a shard rest before one is used again. A thread has one shard only: its next
/// request must not follow at once where its last one was, nor use up the generations of one place.
const RESTING: usize = 64;

/// A sharded slab of live requests under generational keys.
///
/// A stale, forged or foreign key finds nothing; it is never followed as a pointer. The place of
/// a request that is gone is the last of the free ones to be used again, and not before there are
/// many.
#[derive(Debug)]
pub(crate) struct Registry<T> {
    shards: Vec<Apart<Mutex<Shard<T>>>>,
}

#[derive(Debug)]
struct Shard<T> {
    slots: Vec<Slot<T>>,
    free: VecDeque<usize>,
}

#[derive(Debug)]
struct Slot<T> {
    generation: u32,
    occupant: Occupant<T>,
}

#[derive(Debug)]
enum Occupant<T> {
    Gone(Epitaph),
    Live(T),
}

/// What is still known of a request that is gone, so that a late caller can be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Epitaph {
    pub(crate) request: u64,
    pub(crate) extension: std::sync::Arc<str>,
    callers: u32,
}

impl Epitaph {
    pub(crate) fn new(request: u64, extension: std::sync::Arc<str>) -> Self {
        Self {
            request,
            extension,
            callers: 0,
        }
    }

    /// Whether nobody has asked for this request before: the others need no log line.
    pub(crate) fn is_first_caller(&self) -> bool {
        self.callers == 1
    }
}

/// What is behind a key.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lookup<T> {
    /// A live request.
    Live(T),
    /// A request that is gone and whose place was not used again.
    Stale(Epitaph),
    /// Nothing that is known.
    Unknown,
}

impl<T: Clone> Registry<T> {
    pub(crate) fn new() -> Self {
        let shard = || {
            Apart(Mutex::new(Shard {
                slots: Vec::new(),
                free: VecDeque::new(),
            }))
        };
        Self {
            shards: (0..SHARDS).map(|_| shard()).collect(),
        }
    }

    /// Gives `value` a key of its own; `None` when all keys are in use, or rest.
    pub(crate) fn insert(&self, value: T) -> Option<ConnId> {
        let number = shards::of_thread(self.shards.len());
        let mut shard = lock(&self.shards[number].0);
        let vacant = match shard.free.len() >= RESTING {
            true => shard.free.pop_front(),
            false => None,
        };
        let place = vacant.unwrap_or(shard.slots.len());
        let before = shard.slots.get(place).map_or(0, |slot| slot.generation);
        let generation = next_generation(before);
        let id = ConnId::new(
            place.checked_mul(self.shards.len())?.checked_add(number)?,
            generation,
        )?;
        let slot = Slot {
            generation,
            occupant: Occupant::Live(value),
        };
        match shard.slots.get_mut(place) {
            Some(vacant) => *vacant = slot,
            None => shard.slots.push(slot),
        }
        Some(id)
    }

    /// Looks behind a key.
    pub(crate) fn lookup(&self, id: ConnId) -> Lookup<T> {
        let mut shard = lock(&self.shards[id.index() % self.shards.len()].0);
        let Some(slot) = shard.slots.get_mut(id.index() / self.shards.len()) else {
            return Lookup::Unknown;
        };
        if slot.generation != id.generation() {
            return Lookup::Unknown;
        }
        match &mut slot.occupant {
            Occupant::Gone(epitaph) => {
                epitaph.callers = epitaph.callers.saturating_add(1);
                Lookup::Stale(epitaph.clone())
            }
            Occupant::Live(value) => Lookup::Live(value.clone()),
        }
    }

    /// Takes the key back; the value is returned so that it is dropped outside of the lock.
    pub(crate) fn remove(&self, id: ConnId, epitaph: impl FnOnce(&T) -> Epitaph) -> Option<T> {
        let mut shard = lock(&self.shards[id.index() % self.shards.len()].0);
        let place = id.index() / self.shards.len();
        let slot = shard.slots.get_mut(place)?;
        let epitaph = match &slot.occupant {
            Occupant::Live(value) if slot.generation == id.generation() => epitaph(value),
            Occupant::Gone(_) | Occupant::Live(_) => return None,
        };
        let before = std::mem::replace(&mut slot.occupant, Occupant::Gone(epitaph));
        shard.free.push_back(place);
        match before {
            Occupant::Live(value) => Some(value),
            Occupant::Gone(_) => None,
        }
    }
}

#[cfg(all(test, not(isapi_loom)))]
mod tests {
    use super::*;

    fn epitaph(request: u64) -> Epitaph {
        Epitaph::new(request, "test".into())
    }

    fn request_behind(lookup: Lookup<i32>) -> Option<(u64, bool)> {
        match lookup {
            Lookup::Stale(gone) => Some((gone.request, gone.is_first_caller())),
            Lookup::Live(_) | Lookup::Unknown => None,
        }
    }

    #[test]
    fn a_live_key_finds_its_value_and_no_other() {
        let registry = Registry::new();
        let keys: Vec<_> = (0..100)
            .map(|n| registry.insert(n).expect("room"))
            .collect();
        for (n, key) in keys.iter().enumerate() {
            assert_eq!(registry.lookup(*key), Lookup::Live(n));
        }
    }

    #[test]
    fn a_stale_key_names_the_request_until_its_place_is_used_again() {
        let registry = Registry::new();
        let stale = registry.insert(1).expect("room");
        assert_eq!(registry.remove(stale, |_| epitaph(7)), Some(1));
        assert_eq!(request_behind(registry.lookup(stale)), Some((7, true)));
        assert_eq!(request_behind(registry.lookup(stale)), Some((7, false)));
        assert_eq!(registry.remove(stale, |_| epitaph(8)), None);

        for _ in 1..RESTING {
            let other = registry.insert(2).expect("room");
            assert_ne!(other.index(), stale.index(), "used again too early");
            assert_eq!(registry.remove(other, |_| epitaph(9)), Some(2));
        }
        assert_eq!(request_behind(registry.lookup(stale)), Some((7, false)));

        let other = registry.insert(2).expect("room");
        assert_eq!(other.index(), stale.index());
        assert_ne!(other, stale);
        assert_eq!(registry.lookup(stale), Lookup::Unknown);
    }

    #[test]
    fn a_forged_key_finds_nothing() {
        let registry = Registry::new();
        let real = registry.insert(1).expect("room");
        let other_generation = ConnId::new(real.index(), real.generation() + 1).expect("fits");
        let other_index = ConnId::new(real.index() + SHARDS, real.generation()).expect("fits");
        assert_eq!(registry.lookup(other_generation), Lookup::Unknown);
        assert_eq!(registry.lookup(other_index), Lookup::Unknown);
    }
}
