//! The live requests of this process. Callbacks get nothing but a `ConnID`, so this has to be
//! one table for all of them.

use crate::conn_id::ConnId;
use crate::registry::{Epitaph, Registry};
use crate::shared::Shared;
use crate::sync::Arc;

#[cfg(not(isapi_loom))]
pub(crate) static CONNECTIONS: std::sync::LazyLock<Registry<Arc<Shared>>> =
    std::sync::LazyLock::new(Registry::new);

#[cfg(isapi_loom)]
loom::lazy_static! {
    pub(crate) static ref CONNECTIONS: Registry<Arc<Shared>> = Registry::new();
}

/// A request's place in the table; dropped, its `ConnID` is stale.
#[derive(Debug)]
pub(crate) struct Registration {
    id: ConnId,
}

impl Registration {
    /// `None` when every key is in use.
    pub(crate) fn new(shared: &Arc<Shared>) -> Option<Self> {
        let id = CONNECTIONS.insert(Arc::clone(shared))?;
        Some(Self { id })
    }

    pub(crate) fn id(&self) -> ConnId {
        self.id
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        let gone = CONNECTIONS.remove(self.id, |shared| {
            Epitaph::new(shared.request(), shared.extension_name().clone())
        });
        // Without the table's lock: this may be its last owner.
        drop(gone);
    }
}
