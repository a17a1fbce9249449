use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use isapi_core::variables::ServerInfo;

use crate::shards::Apart;
use crate::{
    Backend, Clock, Dispatch, EntryProvider, InlineDispatch, LoadError, ModulePolicy, SystemClock,
    WorkerPool,
};

/// What all requests of one service share: the platform, the threads, the clock.
#[derive(Debug)]
pub struct Runtime {
    backend: Arc<dyn Backend>,
    server: ServerInfo,
    calls: Arc<dyn Dispatch>,
    inline: Option<Box<dyn InlineDispatch>>,
    completions: Arc<dyn Dispatch>,
    file_reads: Arc<dyn Dispatch>,
    clock: Arc<dyn Clock>,
    module_policy: Option<Box<dyn ModulePolicy>>,
    last_request: Apart<AtomicU64>,
}

impl Runtime {
    /// Begins a runtime on `backend`.
    pub fn builder(backend: impl Backend) -> RuntimeBuilder {
        RuntimeBuilder::new(Arc::new(backend))
    }

    /// The platform.
    #[must_use]
    pub fn backend(&self) -> &dyn Backend {
        &*self.backend
    }

    /// Loads a module that may be loaded.
    pub(crate) fn open_module(&self, path: &Path) -> Result<Box<dyn EntryProvider>, LoadError> {
        if let Some(policy) = &self.module_policy {
            policy.check(path).map_err(|reason| LoadError::NotAllowed {
                path: path.to_owned(),
                reason,
            })?;
        }
        self.backend.open(path)
    }

    /// What the server says about itself in server variables.
    #[must_use]
    pub fn server(&self) -> &ServerInfo {
        &self.server
    }

    pub(crate) fn calls(&self) -> &dyn Dispatch {
        &*self.calls
    }

    /// Who runs calls inline; without one all run on worker threads.
    pub(crate) fn inline(&self) -> Option<&dyn InlineDispatch> {
        self.inline.as_deref()
    }

    /// For how long the call that the current thread has just left had no processor.
    pub(crate) fn preempted(&self) -> Duration {
        let inline = self.inline.as_ref();
        inline.map_or(Duration::ZERO, |inline| inline.preempted())
    }

    pub(crate) fn completions(&self) -> &dyn Dispatch {
        &*self.completions
    }

    pub(crate) fn file_reads(&self) -> &dyn Dispatch {
        &*self.file_reads
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// A number for logs, counted from 1.
    pub(crate) fn next_request(&self) -> u64 {
        self.last_request.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// Settles what a [`Runtime`] consists of.
///
/// Calls, completions and file reads have threads of their own, so that extensions which block
/// in every call keep neither completions nor file sends waiting.
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct RuntimeBuilder {
    backend: Arc<dyn Backend>,
    server: ServerInfo,
    call_threads: usize,
    queued_calls: usize,
    completion_threads: usize,
    file_threads: usize,
    calls: Option<Arc<dyn Dispatch>>,
    inline: Option<Box<dyn InlineDispatch>>,
    completions: Option<Arc<dyn Dispatch>>,
    file_reads: Option<Arc<dyn Dispatch>>,
    clock: Arc<dyn Clock>,
    module_policy: Option<Box<dyn ModulePolicy>>,
}

impl RuntimeBuilder {
    fn new(backend: Arc<dyn Backend>) -> Self {
        Self {
            backend,
            server: ServerInfo::default(),
            call_threads: 512,
            queued_calls: 1000,
            completion_threads: 512,
            file_threads: 16,
            calls: None,
            inline: None,
            completions: None,
            file_reads: None,
            clock: Arc::new(SystemClock),
            module_policy: None,
        }
    }

    /// What the server says about itself in server variables.
    pub fn server_info(mut self, server: ServerInfo) -> Self {
        self.server = server;
        self
    }

    /// Who decides which module files may be loaded. By default all may.
    pub fn module_policy(mut self, policy: impl ModulePolicy) -> Self {
        self.module_policy = Some(Box::new(policy));
        self
    }

    /// How many `HttpExtensionProc` calls may run at once. Default 512.
    pub fn call_threads(mut self, threads: usize) -> Self {
        self.call_threads = threads;
        self
    }

    /// How many calls may wait for a thread before more are refused; IIS's `queueLength`.
    /// Default 1000.
    pub fn queued_calls(mut self, calls: usize) -> Self {
        self.queued_calls = calls;
        self
    }

    /// How many completion callbacks may run at once, not counting those that run inline. Default 512.
    pub fn completion_threads(mut self, threads: usize) -> Self {
        self.completion_threads = threads;
        self
    }

    /// How many file reads may run at once. Default 16.
    pub fn file_threads(mut self, threads: usize) -> Self {
        self.file_threads = threads;
        self
    }

    /// Runs the calls elsewhere than on a pool of our own.
    pub fn dispatch_calls(mut self, dispatch: impl Dispatch) -> Self {
        self.calls = Some(Arc::new(dispatch));
        self
    }

    /// Runs the calls of extensions that have proved short, or are [configured](crate::DispatchMode::Inline)
    /// so, on the runtime that serves the connections. Without this all run on worker threads.
    pub fn dispatch_inline(mut self, dispatch: impl InlineDispatch) -> Self {
        self.inline = Some(Box::new(dispatch));
        self
    }

    /// Runs the completions elsewhere than on a pool of our own. It must neither refuse a
    /// completion nor run it on the caller's stack.
    pub fn dispatch_completions(mut self, dispatch: impl Dispatch) -> Self {
        self.completions = Some(Arc::new(dispatch));
        self
    }

    /// Runs the file reads elsewhere than on a pool of our own.
    pub fn dispatch_file_reads(mut self, dispatch: impl Dispatch) -> Self {
        self.file_reads = Some(Arc::new(dispatch));
        self
    }

    /// Another clock, for tests.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Makes the runtime.
    ///
    /// # Panics
    ///
    /// When the system does not even give the one thread that completions need.
    #[must_use]
    pub fn build(self) -> Arc<Runtime> {
        let pool = |name, threads, queue| -> Arc<dyn Dispatch> {
            Arc::new(WorkerPool::new(name, threads, queue))
        };
        let calls = self
            .calls
            .unwrap_or_else(|| pool("isapi-call", self.call_threads, Some(self.queued_calls)));
        let completions = self.completions.unwrap_or_else(|| {
            // An accepted operation owes its callback: this pool refuses nothing.
            Arc::new(WorkerPool::always_on(
                "isapi-completion",
                self.completion_threads,
            ))
        });
        let file_reads = self
            .file_reads
            .unwrap_or_else(|| pool("isapi-file", self.file_threads, None));
        Arc::new(Runtime {
            backend: self.backend,
            server: self.server,
            calls,
            inline: self.inline,
            completions,
            file_reads,
            clock: self.clock,
            module_policy: self.module_policy,
            last_request: Apart(AtomicU64::new(0)),
        })
    }
}
