use std::fmt;
use std::io;
use std::mem::{self, ManuallyDrop};
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use super::guard::Loaded;
use super::ready::Ready;
use super::{
    Acquire, EntryProvider, ExtensionGuard, ExtensionInfo, LoadedExtension, StillBusy, termination,
};
use crate::sync::{self, Condvar, Mutex, MutexGuard, lock, wait};
use crate::{LoadError, Runtime};

/// How long a failed load is remembered before `GetExtensionVersion` is tried once more.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// How long an extension may take to terminate although its requests have used up the time.
const TERMINATION_GRACE: Duration = Duration::from_secs(1);

/// Where an extension comes from.
#[derive(Debug)]
pub enum ModuleSource {
    /// A module that the runtime's backend loads.
    File(PathBuf),
    /// Code that is there already.
    Provider(Box<dyn EntryProvider>),
}

/// The place of one mounted extension, loaded or not.
///
/// ```text
///              acquire            GetExtensionVersion: TRUE
///   NotLoaded ---------> Changing -------------------------> Loaded
///       ^                 ^    |                              |  ^
///       |   30 s, acquire |    | cannot be loaded, or FALSE   |  | refuses
///       |                 |    v                 unload_idle  v  |
///       |                Failed                             Changing
///       +------------------------------------------------------+ agrees
/// ```
///
/// However many requests come at once, one of them starts the load and all wait for it.
/// `HttpExtensionProc` is reachable only through the [`ExtensionGuard`] of a loaded extension.
/// [`shutdown`](Self::shutdown) ends every state.
///
/// Dropped without a shutdown, the slot still tells its extension to terminate: at once when it is
/// idle, else on a thread of its own as soon as the last request is done.
pub struct ExtensionSlot {
    source: Source,
    name: String,
    runtime: Arc<Runtime>,
    /// Has the extension while the state is `Loaded` and nobody stops it.
    ready: Ready,
    inner: Mutex<Inner>,
    changed: Condvar,
}

enum Source {
    File(PathBuf),
    Provider(Arc<dyn EntryProvider>),
}

struct Inner {
    state: State,
    stopping: bool,
    waiters: Vec<(u64, Waker)>,
    next_waiter: u64,
}

enum State {
    /// Someone loads it or asks it to unload, without the lock.
    Changing,
    Failed {
        at: Instant,
        error: Arc<LoadError>,
    },
    Loaded(sync::Arc<Loaded>),
    NotLoaded,
}

/// What a caller who wants the extension has to do now.
enum Step {
    Fail(Arc<LoadError>),
    Load,
    Use(ExtensionGuard),
    Wait,
}

impl ExtensionSlot {
    /// A place for the extension of `source`; nothing is loaded yet.
    #[must_use]
    pub fn new(source: ModuleSource, runtime: Arc<Runtime>) -> Arc<Self> {
        let (source, name) = match source {
            ModuleSource::File(path) => {
                let name = path.display().to_string();
                (Source::File(path), name)
            }
            ModuleSource::Provider(provider) => {
                let name = provider.name();
                (Source::Provider(Arc::from(provider)), name)
            }
        };
        let inner = Inner {
            state: State::NotLoaded,
            stopping: false,
            waiters: Vec::new(),
            next_waiter: 0,
        };
        let inner = Mutex::new(inner);
        Arc::new(Self {
            source,
            name,
            runtime,
            ready: Ready::new(),
            inner,
            changed: Condvar::new(),
        })
    }

    /// A name for logs: the file's path, or "hello (linked in)".
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the extension said about itself, if it is loaded.
    #[must_use]
    pub fn info(&self) -> Option<ExtensionInfo> {
        match &lock(&self.inner).state {
            State::Loaded(loaded) => Some(loaded.extension.info().clone()),
            State::Changing | State::Failed { .. } | State::NotLoaded => None,
        }
    }

    /// The right to use the extension for one request, as a future; loads it on a worker thread
    /// when that has not been done.
    ///
    /// # Errors
    ///
    /// The future answers with the [`LoadError`] of this load, or of one less than 30 s ago.
    pub fn acquire(self: &Arc<Self>) -> Acquire {
        Acquire::new(Arc::clone(self))
    }

    /// Like [`acquire`](Self::acquire) where the extension is loaded and stays so; `None` elsewhere.
    /// Takes no lock that all requests take.
    #[must_use]
    pub fn loaded(&self) -> Option<ExtensionGuard> {
        self.ready.enter()
    }

    /// Like [`acquire`](Self::acquire), on this thread; for start-up code, not for async tasks.
    ///
    /// # Errors
    ///
    /// The [`LoadError`] of this load, or of one less than 30 s ago.
    pub fn load_blocking(&self) -> Result<ExtensionGuard, Arc<LoadError>> {
        let mut waited = false;
        let mut inner = lock(&self.inner);
        loop {
            match self.step(&mut inner, waited) {
                Step::Fail(error) => return Err(error),
                Step::Load => {
                    drop(inner);
                    self.load();
                    inner = lock(&self.inner);
                }
                Step::Use(guard) => return Ok(guard),
                Step::Wait => inner = wait(&self.changed, inner, None),
            }
            waited = true;
        }
    }

    /// Takes no more requests, waits until the outstanding ones are done, and calls
    /// `TerminateExtension(HSE_TERM_MUST_UNLOAD)` on a thread of its own, once however often this
    /// is called. Blocks, at most until `deadline`; an extension that becomes idle just before it
    /// has one second to terminate all the same.
    ///
    /// # Errors
    ///
    /// [`StillBusy`] when requests are outstanding at `deadline`: the extension is not terminated
    /// then. Also when `TerminateExtension` has not returned by then: it is left to run. In both
    /// cases this can be called again.
    pub fn shutdown(&self, deadline: Instant) -> Result<(), StillBusy> {
        let mut inner = lock(&self.inner);
        inner.stopping = true;
        self.ready.take_away();
        self.announce_change(inner);
        let mut inner = lock(&self.inner);
        while matches!(inner.state, State::Changing) {
            let remaining = deadline.saturating_duration_since(Instant::now());
            if remaining.is_zero() {
                return Err(self.still_busy(0));
            }
            inner = wait(&self.changed, inner, Some(remaining));
        }
        let State::Loaded(loaded) = &inner.state else {
            return Ok(());
        };
        let loaded = sync::Arc::clone(loaded);
        drop(inner);

        loaded.gate.announce();
        loaded
            .gate
            .wait_until_idle_by(deadline)
            .map_err(|sessions| self.still_busy(sessions))?;
        if let Err(error) = termination::begin(&loaded) {
            self.report_no_thread(&error);
        }
        let deadline = deadline.max(Instant::now() + TERMINATION_GRACE);
        match loaded.gate.wait_until_terminated(deadline) {
            true => Ok(()),
            false => Err(self.still_busy(0)),
        }
    }

    /// Offers an extension that is not in use to unload (`HSE_TERM_ADVISORY_UNLOAD`); whether it
    /// went. The next request calls `GetExtensionVersion` again. Blocks while the extension
    /// thinks.
    pub fn unload_idle(&self) -> bool {
        let mut inner = lock(&self.inner);
        let State::Loaded(loaded) = &inner.state else {
            return false;
        };
        if inner.stopping || !loaded.gate.close_if_idle() {
            return false;
        }
        let loaded = sync::Arc::clone(loaded);
        self.ready.take_away();
        let held = mem::replace(&mut inner.state, State::Changing);
        drop(inner);
        drop(held);

        let gone = loaded.extension.offer_unload();
        let loaded = if gone {
            // The gate is empty, so this is the last share: the module goes before a request can
            // load it anew.
            drop(loaded);
            State::NotLoaded
        } else {
            loaded.gate.reopen();
            State::Loaded(loaded)
        };
        self.set_state(loaded);
        gone
    }

    /// One poll of an [`Acquire`]. `waiter` is its place among those who wait.
    pub(super) fn poll_acquire(
        self: &Arc<Self>,
        waiter: &mut Option<u64>,
        cx: &mut Context<'_>,
    ) -> Poll<Result<ExtensionGuard, Arc<LoadError>>> {
        let mut inner = lock(&self.inner);
        let load = match self.step(&mut inner, waiter.is_some()) {
            Step::Fail(error) => return Poll::Ready(Err(error)),
            Step::Load => true,
            Step::Use(guard) => return Poll::Ready(Ok(guard)),
            Step::Wait => false,
        };
        let replaced = inner.register(waiter, cx);
        drop(inner);
        drop(replaced);
        if load {
            return self.load_elsewhere();
        }
        Poll::Pending
    }

    /// An [`Acquire`] no longer waits.
    pub(super) fn forget_waiter(&self, waiter: u64) {
        let mut inner = lock(&self.inner);
        let found = inner.waiters.iter().position(|(id, _)| *id == waiter);
        let waker = found.map(|place| inner.waiters.swap_remove(place));
        drop(inner);
        drop(waker);
    }

    /// `waited`: whether the caller has waited for a load, and so takes its failure as the answer
    /// whatever the time is.
    fn step(&self, inner: &mut Inner, waited: bool) -> Step {
        if inner.stopping {
            return Step::Fail(Arc::new(LoadError::ShuttingDown {
                name: self.name.clone(),
            }));
        }
        match &inner.state {
            State::Changing => Step::Wait,
            State::Failed { at, error } => {
                let age = self.runtime.now().saturating_duration_since(*at);
                if waited || age < RETRY_AFTER {
                    return Step::Fail(Arc::clone(error));
                }
                inner.state = State::Changing;
                Step::Load
            }
            State::Loaded(loaded) => match ExtensionGuard::enter(loaded) {
                Some(guard) => Step::Use(guard),
                None => Step::Wait,
            },
            State::NotLoaded => {
                inner.state = State::Changing;
                Step::Load
            }
        }
    }

    /// Has the load run on a worker thread.
    fn load_elsewhere(self: &Arc<Self>) -> Poll<Result<ExtensionGuard, Arc<LoadError>>> {
        let slot = Arc::clone(self);
        let Err(refused) = self.runtime.calls().dispatch(Box::new(move || slot.load())) else {
            return Poll::Pending;
        };
        drop(refused);
        // Not remembered: it says nothing about the extension.
        self.set_state(State::NotLoaded);
        Poll::Ready(Err(Arc::new(LoadError::Busy {
            name: self.name.clone(),
        })))
    }

    /// Loads the extension, without the lock, and tells everybody. The state is `Changing`.
    fn load(&self) {
        let mut outcome = LoadOutcome {
            slot: self,
            state: None,
        };
        let loaded = self.open().and_then(LoadedExtension::load);
        outcome.state = Some(match loaded {
            Ok(extension) => {
                let info = extension.info();
                let (major, minor) = info.version;
                tracing::info!(
                    extension = info.name,
                    description = info.description,
                    version = %format_args!("{major}.{minor}"),
                    "loaded"
                );
                State::Loaded(Loaded::new(extension, self.runtime.now()))
            }
            Err(error) => {
                // The error names the extension.
                tracing::error!("{error}");
                State::Failed {
                    at: self.runtime.now(),
                    error: Arc::new(error),
                }
            }
        });
    }

    fn open(&self) -> Result<Arc<dyn EntryProvider>, LoadError> {
        match &self.source {
            Source::File(path) => Ok(Arc::from(self.runtime.open_module(path)?)),
            Source::Provider(provider) => Ok(Arc::clone(provider)),
        }
    }

    fn still_busy(&self, sessions: usize) -> StillBusy {
        StillBusy {
            sessions,
            name: self.name.clone(),
        }
    }

    fn report_no_thread(&self, error: &io::Error) {
        tracing::error!(
            extension = self.name,
            "not terminated, no thread can be had: {error}"
        );
    }

    fn set_state(&self, state: State) {
        let mut inner = lock(&self.inner);
        inner.state = state;
        if let State::Loaded(loaded) = &inner.state
            && !inner.stopping
        {
            self.ready.put(loaded);
        }
        self.announce_change(inner);
    }

    /// Tells everybody who waits, without the lock: a waker is foreign code.
    fn announce_change(&self, mut inner: MutexGuard<'_, Inner>) {
        let waiters = mem::take(&mut inner.waiters);
        drop(inner);
        self.changed.notify_all();
        for (_, waker) in waiters {
            waker.wake();
        }
    }
}

impl Drop for ExtensionSlot {
    fn drop(&mut self) {
        let mut inner = lock(&self.inner);
        let State::Loaded(loaded) = mem::replace(&mut inner.state, State::NotLoaded) else {
            return;
        };
        self.ready.take_away();
        drop(inner);
        loaded.gate.announce();
        if loaded.gate.is_idle() && loaded.gate.begin_termination() {
            loaded.extension.terminate();
            return;
        }
        // Not from the drop of the last guard: that may happen inside a callback on a thread
        // which the extension joins when it terminates.
        if let Err(error) = termination::begin(&loaded) {
            self.report_no_thread(&error);
            // For the same reason the image must not go with the last guard.
            let _kept = ManuallyDrop::new(loaded);
        }
    }
}

impl fmt::Debug for ExtensionSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtensionSlot")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Answers with the waker of the last poll, to be dropped without the lock.
    fn register(&mut self, waiter: &mut Option<u64>, cx: &mut Context<'_>) -> Option<Waker> {
        let id = *waiter.get_or_insert(self.next_waiter);
        self.next_waiter = self.next_waiter.max(id + 1);
        let waker = cx.waker().clone();
        match self.waiters.iter_mut().find(|(other, _)| *other == id) {
            Some((_, last)) => Some(mem::replace(last, waker)),
            None => {
                self.waiters.push((id, waker));
                None
            }
        }
    }
}

/// Ends a load whatever happens in it.
struct LoadOutcome<'a> {
    slot: &'a ExtensionSlot,
    state: Option<State>,
}

impl Drop for LoadOutcome<'_> {
    fn drop(&mut self) {
        let state = self.state.take().unwrap_or_else(|| State::Failed {
            at: self.slot.runtime.now(),
            error: Arc::new(LoadError::Unsupported(format!(
                "{}: the host panicked while it was loaded; this is a bug of the host",
                self.slot.name
            ))),
        });
        self.slot.set_state(state);
    }
}
