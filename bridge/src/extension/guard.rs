use std::fmt;
use std::sync::Arc as StdArc;

use isapi_abi::{DWORD, Entry};

use super::gate::Pass;
use super::{Escaped, ExtensionInfo, ForeignFunction, LoadedExtension, UnloadGate};
use crate::sync::Arc;

/// A loaded extension and the gate that its users pass.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) extension: LoadedExtension,
    /// Not owned alone: a guard gives up its share of the extension before it leaves the gate.
    pub(super) gate: StdArc<UnloadGate>,
}

impl Loaded {
    pub(super) fn new(extension: LoadedExtension) -> Arc<Self> {
        let gate = StdArc::new(UnloadGate::new());
        Arc::new(Self { extension, gate })
    }
}

/// The right to use an extension for one request. While one exists, the extension is neither
/// terminated nor unloaded.
#[derive(Debug)]
pub struct ExtensionGuard {
    /// Dropped before the pass: whoever finds the gate empty is the last owner. A request's end may
    /// run inside a callback which the image made, so the image must never go there.
    loaded: Arc<Loaded>,
    _pass: Pass,
}

impl ExtensionGuard {
    /// `None` when the extension is to go.
    pub(super) fn enter(loaded: &Arc<Loaded>) -> Option<Self> {
        let pass = loaded.gate.enter()?;
        Some(Self {
            loaded: Arc::clone(loaded),
            _pass: pass,
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

    /// Calls a function of the extension for a request.
    ///
    /// # Safety
    ///
    /// As of [`EntryProvider::call`](crate::EntryProvider::call).
    pub(crate) unsafe fn call(
        &self,
        request: u64,
        function: ForeignFunction,
    ) -> Result<DWORD, Escaped> {
        // SAFETY: the promise is the caller's, in the same words.
        unsafe { self.loaded.extension.call(Some(request), function) }
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
