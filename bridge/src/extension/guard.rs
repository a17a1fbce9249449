use std::fmt;
use std::sync::Arc;

use isapi_abi::Entry;

use super::{ExtensionInfo, LoadedExtension, UnloadGate};

/// A loaded extension and the gate that its users pass.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) extension: LoadedExtension,
    pub(super) gate: UnloadGate,
}

/// The right to use an extension for one request. While one exists, the extension is neither
/// terminated nor unloaded.
#[derive(Debug)]
pub struct ExtensionGuard {
    loaded: Arc<Loaded>,
}

impl ExtensionGuard {
    /// `None` when the extension is to go.
    pub(super) fn enter(loaded: &Arc<Loaded>) -> Option<Self> {
        loaded.gate.enter().then(|| Self {
            loaded: Arc::clone(loaded),
        })
    }

    /// What the extension said about itself.
    #[must_use]
    pub fn info(&self) -> &ExtensionInfo {
        self.loaded.extension.info()
    }

    pub(crate) fn entry(&self) -> &Entry {
        self.loaded.extension.entry()
    }
}

impl Drop for ExtensionGuard {
    fn drop(&mut self) {
        self.loaded.gate.leave();
    }
}

/// Requests that were not done when a shutdown's time was up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StillBusy {
    /// How many; 0 when the extension hangs in its own load or unload.
    pub sessions: usize,
    /// The extension.
    pub name: String,
}

impl fmt::Display for StillBusy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sessions {
            0 => write!(f, "{} is still loading or unloading", self.name),
            1 => write!(f, "{} still has 1 request open", self.name),
            many => write!(f, "{} still has {many} requests open", self.name),
        }
    }
}

impl std::error::Error for StillBusy {}
