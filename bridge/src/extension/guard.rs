use std::fmt;
use std::sync::Arc as StdArc;
use std::time::{Duration, Instant};

use isapi_abi::{DWORD, Entry};

use super::gate::Pass;
use super::{Escaped, ExtensionInfo, ForeignFunction, LoadedExtension, UnloadGate};
use crate::DispatchMode;
use crate::dispatch::Placement;
use crate::dispatch_policy::{DispatchPolicy, Verdict};
use crate::sync::Arc;

/// A loaded extension and the gate that its users pass.
///
/// Every request reads it and counts as one of its owners: the count has a cache line to itself.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Loaded {
    pub(super) extension: LoadedExtension,
    /// Not owned alone: a guard gives up its share of the extension before it leaves the gate.
    pub(super) gate: StdArc<UnloadGate>,
    policy: DispatchPolicy,
}

impl Loaded {
    pub(super) fn new(extension: LoadedExtension, now: Instant) -> Arc<Self> {
        let gate = StdArc::new(UnloadGate::new());
        let policy = DispatchPolicy::new(now);
        Arc::new(Self {
            extension,
            gate,
            policy,
        })
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
    mode: DispatchMode,
}

impl ExtensionGuard {
    /// `None` when the extension is to go.
    pub(super) fn enter(loaded: &Arc<Loaded>) -> Option<Self> {
        let pass = loaded.gate.enter()?;
        Some(Self {
            loaded: Arc::clone(loaded),
            _pass: pass,
            mode: DispatchMode::default(),
        })
    }

    /// Says where the request's call and its completion callbacks are to run.
    #[must_use]
    pub fn with_dispatch(self, mode: DispatchMode) -> Self {
        Self { mode, ..self }
    }

    /// What the extension said about itself.
    #[must_use]
    pub fn info(&self) -> &ExtensionInfo {
        self.loaded.extension.info()
    }

    /// Its provider's name, for those who keep it.
    pub(crate) fn name(&self) -> &StdArc<str> {
        self.loaded.extension.name()
    }

    /// Where the request's call is to run, or a completion callback.
    pub(crate) fn placement(&self) -> Placement {
        match self.mode {
            DispatchMode::Auto if self.loaded.policy.is_proved() => {
                Placement::Inline { forced: false }
            }
            DispatchMode::Inline => Placement::Inline { forced: true },
            DispatchMode::Auto | DispatchMode::Pool => Placement::Pool,
        }
    }

    /// Takes the request's call into account, or a completion callback that ran inline: from when to when
    /// it was, whether it waited in a function of its control block, and for how long it had no processor.
    pub(crate) fn called(
        &self,
        begun: Instant,
        ended: Instant,
        waited: bool,
        preempted: impl FnOnce() -> Duration,
    ) {
        let mut elapsed = ended.saturating_duration_since(begun);
        if !DispatchPolicy::is_short(elapsed) {
            elapsed = elapsed.saturating_sub(preempted());
        }
        let extension = &*self.info().name;
        match self.loaded.policy.record(ended, elapsed, waited) {
            None => {}
            Some(Verdict::Proved) => tracing::debug!(extension, "calls have proved short"),
            Some(Verdict::Demoted) => {
                tracing::debug!(extension, ?elapsed, waited, "a call was not short");
            }
        }
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
