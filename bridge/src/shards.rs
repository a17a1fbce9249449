//! What all requests share, kept apart as far as it goes: which part of a table a thread uses, and cache
//! lines of their own for what is written.

use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Threads that have asked so far.
static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static NUMBER: Cell<Option<usize>> = const { Cell::new(None) };
}

/// The shard of the calling thread, of so many. Threads are spread evenly in the order in which they
/// first ask.
pub(crate) fn of_thread(shards: usize) -> usize {
    let number = NUMBER.get().unwrap_or_else(|| {
        let number = THREADS.fetch_add(1, Ordering::Relaxed);
        NUMBER.set(Some(number));
        number
    });
    number % shards
}

/// A value on cache lines of its own: writing it disturbs nobody who reads what lies beside it.
#[derive(Debug)]
#[repr(align(64))]
pub(crate) struct Apart<T>(pub(crate) T);

#[cfg(all(test, not(isapi_loom)))]
mod tests {
    use std::collections::HashSet;
    use std::thread;

    use super::*;

    #[test]
    fn a_thread_keeps_its_shard_and_others_have_others() {
        assert_eq!(of_thread(usize::MAX), of_thread(usize::MAX));
        let other = || thread::spawn(|| of_thread(usize::MAX));
        let numbers: HashSet<_> = (0..8).map(|_| other().join().expect("asks")).collect();
        assert_eq!(numbers.len(), 8);
    }
}
