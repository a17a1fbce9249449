//! The extensions of a service, each in one place however often it is mounted.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use isapi_bridge::{DispatchMode, EntryProvider, ExtensionSlot, ModuleSource, Runtime};
use isapi_core::SharedText;

use super::shown_path::shown;

/// An extension and what is known about its use.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) slot: Arc<ExtensionSlot>,
    /// The module's file as extensions are told it; `""` for what is linked in.
    pub(super) file: SharedText,
    /// Where its calls run, unless a handler says otherwise.
    pub(super) dispatch: DispatchMode,
    last_used: Arc<LastUse>,
    unloads: AtomicU64,
}

/// One request's use of a module, until it is dropped.
///
/// It does not own the module: the end of a request may run inside a callback on a thread which the
/// extension joins when it terminates.
#[derive(Debug)]
pub(super) struct InUse(Arc<LastUse>);

/// When the last use ended, or an extension that nobody uses was asked to unload.
#[derive(Debug)]
struct LastUse {
    begun: Instant,
    /// Milliseconds since then.
    ended: AtomicU64,
}

impl Module {
    fn new(
        source: ModuleSource,
        file: Option<&Path>,
        dispatch: DispatchMode,
        runtime: &Arc<Runtime>,
    ) -> Arc<Self> {
        Arc::new(Self {
            slot: ExtensionSlot::new(source, Arc::clone(runtime)),
            file: file.map(shown).unwrap_or_default().into(),
            dispatch,
            last_used: Arc::new(LastUse::now()),
            unloads: AtomicU64::new(0),
        })
    }

    /// Begins a use.
    pub(super) fn enter(&self) -> InUse {
        InUse(Arc::clone(&self.last_used))
    }

    /// Whether no request is under way, or waits for the load, and none has ended for so long.
    pub(super) fn is_unused_for(&self, time: Duration) -> bool {
        // Each use has a share, and says when it ended before it gives it up.
        let is_in_use = Arc::strong_count(&self.last_used) > 1;
        fence(Ordering::Acquire);
        !is_in_use && self.last_used.elapsed() >= time
    }

    /// Offers the extension to unload; whether it went. One that is busy or refuses counts as used
    /// now, so that it is not asked again and again. Blocks while it thinks.
    pub(super) fn offer_unload(&self) -> bool {
        let is_gone = self.slot.unload_idle();
        self.last_used.set_now();
        if is_gone {
            self.unloads.fetch_add(1, Ordering::Relaxed);
        }
        is_gone
    }

    /// How often the extension went because nobody used it.
    pub(super) fn unloads(&self) -> u64 {
        self.unloads.load(Ordering::Relaxed)
    }
}

impl InUse {
    #[cfg(test)]
    pub(super) fn of_nothing() -> Self {
        Self(Arc::new(LastUse::now()))
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.set_now();
    }
}

impl LastUse {
    fn now() -> Self {
        Self {
            begun: Instant::now(),
            ended: AtomicU64::new(0),
        }
    }

    fn set_now(&self) {
        let ended = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.ended.store(ended, Ordering::Relaxed);
    }

    fn elapsed(&self) -> Duration {
        let ended = Duration::from_millis(self.ended.load(Ordering::Relaxed));
        self.begun.elapsed().saturating_sub(ended)
    }
}

/// Every extension of a service: those that are mounted, and the files that were asked for.
#[derive(Debug)]
pub(super) struct Modules {
    runtime: Arc<Runtime>,
    dispatch: DispatchModes,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// By canonical path, or the absolute one where there is no file.
    files: HashMap<PathBuf, Arc<Module>>,
    linked: Vec<Arc<Module>>,
}

/// Where the calls of each module run.
#[derive(Debug, Default)]
pub(super) struct DispatchModes {
    default: DispatchMode,
    /// As in [`Known::files`].
    files: HashMap<PathBuf, DispatchMode>,
}

impl DispatchModes {
    /// The same for all.
    pub(super) fn new(default: DispatchMode) -> Self {
        Self {
            default,
            files: HashMap::new(),
        }
    }

    /// Another one for the module in a file, whose path is absolute.
    pub(super) fn insert(&mut self, path: &Path, mode: DispatchMode) {
        self.files.insert(key(path), mode);
    }
}

impl Modules {
    pub(super) fn new(runtime: Arc<Runtime>, dispatch: DispatchModes) -> Arc<Self> {
        Arc::new(Self {
            runtime,
            dispatch,
            known: Mutex::default(),
        })
    }

    pub(super) fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    /// The module in a file, whose path is absolute. It is loaded from the path it was first named
    /// by.
    pub(super) fn file(&self, path: &Path) -> Arc<Module> {
        let key = key(path);
        let modes = &self.dispatch;
        let dispatch = modes.files.get(&key).copied().unwrap_or(modes.default);
        let mut known = lock(&self.known);
        let module = known.files.entry(key).or_insert_with(|| {
            let source = ModuleSource::File(path.to_owned());
            Module::new(source, Some(path), dispatch, &self.runtime)
        });
        Arc::clone(module)
    }

    /// An extension from elsewhere than a file.
    pub(super) fn provider(&self, provider: Box<dyn EntryProvider>) -> Arc<Module> {
        let source = ModuleSource::Provider(provider);
        let module = Module::new(source, None, self.dispatch.default, &self.runtime);
        lock(&self.known).linked.push(Arc::clone(&module));
        module
    }

    pub(super) fn all(&self) -> Vec<Arc<Module>> {
        let known = lock(&self.known);
        known.files.values().chain(&known.linked).cloned().collect()
    }
}

/// What stands for a file whatever links lead to it.
fn key(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use isapi_bridge::StaticEntry;
    use isapi_emu_loader::Portable;

    use super::*;

    #[test]
    fn a_module_is_used_until_the_last_request_has_ended() {
        let runtime = Runtime::builder(Portable::new()).build();
        let modules = Modules::new(runtime, DispatchModes::default());
        let entry = isapi_sdk::entry!(sample_hello::Hello);
        let module = modules.provider(Box::new(StaticEntry::new("hello", entry)));
        assert!(module.is_unused_for(Duration::ZERO));
        let (one, other) = (module.enter(), module.enter());
        drop(one);
        assert!(!module.is_unused_for(Duration::ZERO));
        drop(other);
        assert!(module.is_unused_for(Duration::ZERO));
    }
}
