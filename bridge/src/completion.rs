//! Asynchronous operations: what is kept while one is pending, and its callback.

use std::ptr;

use isapi_abi::{BYTE, DWORD, PFN_HSE_IO_COMPLETION, PVOID};
use isapi_core::session::{Completion, OperationId};

use crate::current_call;
use crate::dispatch::Placement;
use crate::ecb::EcbCell;
use crate::extension::ForeignFunction;
use crate::report;
use crate::shared::Shared;
use crate::sync::Arc;
use crate::{InlineCall, Overloaded};

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

    /// Has the callback run soon, inline where the extension's calls do: never on the stack of the call
    /// that brought it about, however many operations follow each other.
    pub(crate) fn dispatch(self: Box<Self>, shared: &Arc<Shared>) {
        let placement = self.placement();
        DueCompletion::of_call(shared, self).dispatch(placement);
    }

    /// Where the callback is to run.
    pub(crate) fn placement(&self) -> Placement {
        self.ecb.extension().placement()
    }

    /// Runs the callback.
    fn run(self, shared: &Arc<Shared>, is_inline: bool) {
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
            let extension = ecb.extension();
            let runtime = shared.runtime();
            let called_at = runtime.now();
            // SAFETY: the extension registered the function for this, its code stays as long as
            // `ecb`, and so does the block. No lock is held.
            let returned = unsafe { extension.call(shared.request(), function) };
            // On a worker thread, whoever the callback wakes often takes its processor at once: how
            // long it took says little there.
            if is_inline {
                let has_waited = current_call::has_waited();
                extension.called(called_at, runtime.now(), has_waited, || runtime.preempted());
            }
            if let Err(escaped) = returned {
                report::escaped_call(shared, function, &escaped);
                Shared::update(shared, |inner, now| {
                    inner.session.handle_completion_panicked(now);
                });
            }
        }
    }
}

/// A completion on its way to the thread that runs it. Dropped before that, it goes to a worker thread:
/// an accepted operation owes its callback.
pub(crate) struct DueCompletion {
    shared: Arc<Shared>,
    /// `None` from when it runs.
    due: Option<Due>,
}

enum Due {
    Call(Box<CompletionCall>),
    /// That of an operation whose memory is back.
    LoanReturned,
}

impl Due {
    /// Runs it; `inline` names the request of one that holds up a thread of the connections.
    fn run(self, shared: &Arc<Shared>, inline: Option<Arc<Shared>>) {
        let is_inline = inline.is_some();
        current_call::run(inline, || {
            let call = match self {
                Self::Call(call) => Some(call),
                Self::LoanReturned => Shared::take_back_loan(shared),
            };
            if let Some(call) = call {
                call.run(shared, is_inline);
            }
        });
    }

    fn dispatch_to_worker(self, shared: &Arc<Shared>) {
        let owner = Arc::clone(shared);
        let dispatched = shared
            .runtime()
            .completions()
            .dispatch(Box::new(move || self.run(&owner, None)));
        if let Err(Overloaded(_)) = dispatched {
            tracing::error!(
                extension = &**shared.extension_name(),
                request = shared.request(),
                "a completion was refused by its dispatcher and is lost"
            );
        }
    }
}

impl DueCompletion {
    fn new(shared: &Arc<Shared>, due: Due) -> Self {
        Self {
            shared: Arc::clone(shared),
            due: Some(due),
        }
    }

    pub(crate) fn of_call(shared: &Arc<Shared>, call: Box<CompletionCall>) -> Self {
        Self::new(shared, Due::Call(call))
    }

    /// The memory of an operation is back: nobody has looked yet what its completion says.
    pub(crate) fn of_loan(shared: &Arc<Shared>) -> Self {
        Self::new(shared, Due::LoanReturned)
    }

    /// Has it run soon, never on the caller's stack.
    pub(crate) fn dispatch(self, placement: Placement) {
        match placement {
            Placement::Inline { forced } if self.shared.runtime().inline().is_some() => {
                InlineCall::completion(self, forced).dispatch();
            }
            Placement::Inline { .. } | Placement::Pool => self.run_on_worker(),
        }
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Runs the callback, on this thread of the connections.
    pub(crate) fn run_inline(mut self) {
        if let Some(due) = self.due.take() {
            due.run(&self.shared, Some(Arc::clone(&self.shared)));
        }
    }

    /// Has the callback run on a worker thread.
    pub(crate) fn run_on_worker(self) {
        drop(self);
    }
}

impl Drop for DueCompletion {
    fn drop(&mut self) {
        if let Some(due) = self.due.take() {
            due.dispatch_to_worker(&self.shared);
        }
    }
}
