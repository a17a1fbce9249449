//! Asynchronous operations: what is kept while one is pending, and its callback.

use std::ptr;

use isapi_abi::{BYTE, DWORD, PFN_HSE_IO_COMPLETION, PVOID};
use isapi_core::session::{Completion, OperationId};

use crate::Overloaded;
use crate::ecb::EcbCell;
use crate::extension::ForeignFunction;
use crate::report;
use crate::shared::Shared;
use crate::sync::Arc;

/// A callback with the context it is to get.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CompletionRoutine {
    function: Option<PFN_HSE_IO_COMPLETION>,
    context: PVOID,
}

// SAFETY: the context is the extension's; we only hand it back, and the contract has the callback
// run on any thread.
unsafe impl Send for CompletionRoutine {}

impl CompletionRoutine {
    pub(crate) const NONE: Self = Self {
        function: None,
        context: ptr::null_mut(),
    };

    pub(crate) fn new(function: Option<PFN_HSE_IO_COMPLETION>, context: PVOID) -> Self {
        Self { function, context }
    }

    pub(crate) fn is_set(&self) -> bool {
        self.function.is_some()
    }
}

/// Where an asynchronous read puts its data.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadBuffer {
    start: *mut BYTE,
    capacity: usize,
}

// SAFETY: the extension gave the buffer to the operation until its callback; nobody else uses it
// meanwhile, on whatever thread.
unsafe impl Send for ReadBuffer {}

impl ReadBuffer {
    /// # Safety
    ///
    /// `start` is valid for writes of `capacity` bytes until the operation's callback has run.
    pub(crate) unsafe fn new(start: *mut BYTE, capacity: usize) -> Self {
        Self { start, capacity }
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    fn fill(&self, data: &[u8]) {
        let length = data.len().min(self.capacity);
        // SAFETY: promised in `new`; the callback has not run yet, and our own bytes do not
        // overlap with the extension's buffer.
        unsafe { ptr::copy_nonoverlapping(data.as_ptr(), self.start, length) }
    }
}

/// The operation a request has accepted and not completed. There is at most one.
#[derive(Debug)]
pub(crate) struct PendingCall {
    pub(crate) operation: OperationId,
    /// Sampled when the operation starts: a later `HSE_REQ_IO_COMPLETION` is for the next one.
    pub(crate) routine: CompletionRoutine,
    pub(crate) buffer: Option<ReadBuffer>,
}

impl PendingCall {
    /// An operation that brings no data.
    pub(crate) fn new(operation: OperationId, routine: CompletionRoutine) -> Self {
        Self {
            operation,
            routine,
            buffer: None,
        }
    }
}

/// A completion that is due.
#[derive(Debug)]
pub(crate) struct CompletionCall {
    pending: PendingCall,
    completion: Completion,
    /// Keeps the block, and with it the extension, for as long as the callback runs.
    ecb: Arc<EcbCell>,
}

impl CompletionCall {
    pub(crate) fn new(pending: PendingCall, completion: Completion, ecb: Arc<EcbCell>) -> Self {
        Self {
            pending,
            completion,
            ecb,
        }
    }

    /// Has the callback run on a completion thread: never on the stack of the call that brought
    /// it about, however many operations follow each other.
    pub(crate) fn dispatch(self, shared: &Arc<Shared>) {
        let owner = Arc::clone(shared);
        let dispatched = shared
            .runtime()
            .completions()
            .dispatch(Box::new(move || self.run(&owner)));
        if let Err(Overloaded(_)) = dispatched {
            tracing::error!(
                extension = &**shared.extension_name(),
                request = shared.request(),
                "a completion was refused by its dispatcher and is lost"
            );
        }
    }

    fn run(self, shared: &Arc<Shared>) {
        let Self {
            pending,
            completion,
            ecb,
        } = self;
        if let Some(buffer) = pending.buffer {
            buffer.fill(&completion.data);
        }
        Shared::update(shared, |inner, now| {
            inner
                .session
                .handle_completion_started(now, completion.operation);
        });
        let CompletionRoutine { function, context } = pending.routine;
        let bytes = DWORD::try_from(completion.bytes).unwrap_or(DWORD::MAX);
        if let Some(function) = function {
            let error = completion.error.code();
            let function =
                ForeignFunction::Completion(function, ecb.as_ptr(), context, bytes, error);
            // SAFETY: the extension registered the function for this, its code stays as long as
            // `ecb`, and so does the block. No lock is held.
            let returned = unsafe { ecb.extension().call(shared.request(), function) };
            if let Err(escaped) = returned {
                report::escaped_call(shared, function, &escaped);
                Shared::update(shared, |inner, now| {
                    inner.session.handle_completion_panicked(now);
                });
            }
        }
    }
}
