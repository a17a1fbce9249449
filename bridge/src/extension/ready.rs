use super::ExtensionGuard;
use super::guard::Loaded;
use crate::shards::{self, Apart};
use crate::sync::{Arc, Mutex, lock};

/// Loom explores every lock, so there it is in one place.
const SHARDS: usize = if cfg!(isapi_loom) { 1 } else { 16 };

/// A loaded extension where the requests of each thread find it without a lock that all of them take.
///
/// The slot's state says whether there is one, and the slot sees to it that this is the same: under its
/// lock it is put here last and taken away first.
pub(super) struct Ready {
    shards: [Apart<Mutex<Option<Arc<Loaded>>>>; SHARDS],
}

impl Ready {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self {
            shards: std::array::from_fn(|_| Apart(Mutex::new(None))),
        }
    }

    /// The right to use the extension for one request; `None` where it is not here, or is to go.
    pub(super) fn enter(&self) -> Option<ExtensionGuard> {
        let Apart(shard) = &self.shards[shards::of_thread(SHARDS)];
        // Those who take it away wait for the lock: who has got no guard by then has no share of it.
        lock(shard).as_ref().and_then(ExtensionGuard::enter)
    }

    pub(super) fn put(&self, loaded: &Arc<Loaded>) {
        for Apart(shard) in &self.shards {
            *lock(shard) = Some(Arc::clone(loaded));
        }
    }

    /// The caller has a share of his own: the last one would take the module along.
    pub(super) fn take_away(&self) {
        for Apart(shard) in &self.shards {
            *lock(shard) = None;
        }
    }
}
