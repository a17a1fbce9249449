//! The one call of `HttpExtensionProc` that a request gets.

use std::fmt;

use isapi_core::session::{InvokeFailure, Preread, ProcReturn, ProcStatus};

use crate::completion::{CompletionCall, DueCompletion};
use crate::connections::Registration;
use crate::current_call;
use crate::dispatch::Placement;
use crate::ecb::EcbCell;
use crate::extension::ForeignFunction;
use crate::report;
use crate::shared::Shared;
use crate::sync::Arc;

/// A call that is due.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) preread: Preread,
    pub(crate) placement: Placement,
}

impl Invocation {
    /// Has the call made: inline where it is to be and may be, else on a worker thread.
    pub(crate) fn dispatch(self, shared: &Arc<Shared>) {
        if let Some(call) = self.hand_out(shared) {
            call.dispatch();
        }
    }

    /// Gives out a call that is to run inline; another one is made on a worker thread.
    pub(crate) fn hand_out(self, shared: &Arc<Shared>) -> Option<InlineCall> {
        let call = Call::new(shared, self.preread);
        match self.placement {
            Placement::Inline { forced } if shared.runtime().inline().is_some() => {
                Some(InlineCall::call(call, forced))
            }
            Placement::Inline { .. } | Placement::Pool => {
                call.run_on_worker();
                None
            }
        }
    }
}

/// A call that is left to the driver of its request.
#[derive(Debug)]
pub(crate) enum DueCall {
    Completion(Box<CompletionCall>),
    /// Of a request whose body had to be waited for.
    Invocation(Box<Invocation>),
}

impl DueCall {
    /// Gives the call out, to be made inline.
    pub(crate) fn hand_out(self, shared: &Arc<Shared>) -> InlineCall {
        match self {
            Self::Completion(call) => {
                let forced = call.placement().is_forced();
                InlineCall::completion(DueCompletion::of_call(shared, call), forced)
            }
            Self::Invocation(call) => {
                let Invocation { preread, placement } = *call;
                InlineCall::call(Call::new(shared, preread), placement.is_forced())
            }
        }
    }
}

/// A call of an extension that is to run inline, of `HttpExtensionProc` or of a completion callback: for
/// an [`InlineDispatch`](crate::InlineDispatch), or for whoever has
/// [started](crate::RequestSession::start) the request.
///
/// Dropped without being run, the former is answered as one that no thread could be had for, and the
/// latter is made on a worker thread.
#[must_use = "a call that is dropped is not made here"]
pub struct InlineCall {
    work: Work,
    forced: bool,
}

enum Work {
    Call(Call),
    Completion(DueCompletion),
}

impl InlineCall {
    fn call(call: Call, forced: bool) -> Self {
        Self {
            work: Work::Call(call),
            forced,
        }
    }

    pub(crate) fn completion(completion: DueCompletion, forced: bool) -> Self {
        Self {
            work: Work::Completion(completion),
            forced,
        }
    }

    /// Whether the configuration says that it runs inline
    /// ([`DispatchMode::Inline`](crate::DispatchMode::Inline)). Of another one is only known that the
    /// calls before it were short: it must not keep the last thread of its runtime.
    #[must_use]
    pub fn is_forced(&self) -> bool {
        self.forced
    }

    /// Has the call made in a task of its own, as the runtime's
    /// [`InlineDispatch`](crate::InlineDispatch) does it; on a worker thread where that refuses.
    pub fn dispatch(self) {
        let shared = Arc::clone(self.shared());
        let refused = match shared.runtime().inline() {
            Some(inline) => inline.spawn(self).err(),
            None => Some(self),
        };
        if let Some(call) = refused {
            call.run_on_worker();
        }
    }

    /// Makes the call, on this thread. Where it waits in a callback it does so in
    /// [`InlineDispatch::block`](crate::InlineDispatch::block); it may block by other means as well.
    pub fn run(self) {
        match self.work {
            Work::Call(call) => {
                let inline = Arc::clone(&call.shared);
                call.run(Some(inline));
            }
            Work::Completion(completion) => completion.run_inline(),
        }
    }

    /// Has the call made on a worker thread.
    pub fn run_on_worker(self) {
        match self.work {
            Work::Call(call) => call.run_on_worker(),
            Work::Completion(completion) => completion.run_on_worker(),
        }
    }

    fn shared(&self) -> &Arc<Shared> {
        match &self.work {
            Work::Call(call) => &call.shared,
            Work::Completion(completion) => completion.shared(),
        }
    }
}

impl fmt::Debug for InlineCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InlineCall")
            .field("request", &self.shared().request())
            .field("forced", &self.forced)
            .finish_non_exhaustive()
    }
}

/// A call to be made. Dropped before it has begun, it tells the session that it never will.
struct Call {
    shared: Arc<Shared>,
    preread: Preread,
    begun: bool,
}

impl Call {
    fn new(shared: &Arc<Shared>, preread: Preread) -> Self {
        Self {
            shared: Arc::clone(shared),
            preread,
            begun: false,
        }
    }

    fn run_on_worker(self) {
        let shared = Arc::clone(&self.shared);
        let calls = shared.runtime().calls();
        if let Err(refused) = calls.dispatch(Box::new(move || self.run(None))) {
            tracing::warn!(
                extension = &**shared.extension_name(),
                request = shared.request(),
                "not called: {refused}"
            );
            // The call inside tells the session when it is dropped.
            drop(refused);
        }
    }

    /// Makes the call; `inline` names the request of one that holds up a thread of the connections.
    fn run(self, inline: Option<Arc<Shared>>) {
        current_call::run(inline, || self.make());
    }

    fn make(mut self) {
        let extension = self.shared.take_extension();
        let (Some(extension), Some(registration)) = (extension, Registration::new(&self.shared))
        else {
            return;
        };
        let http_extension_proc = extension.entry().http_extension_proc();
        let head = self.shared.head();
        let ecb = Arc::new(EcbCell::new(
            registration,
            head,
            &self.preread,
            extension,
            self.shared.runtime().backend(),
        ));
        self.shared.set_ecb(Arc::clone(&ecb));
        self.begun = true;

        let function = ForeignFunction::HttpExtensionProc(http_extension_proc, ecb.as_ptr());
        let runtime = self.shared.runtime();
        let called_at = runtime.now();
        // SAFETY: the extension was loaded, so its entry follows the contract and stays callable
        // for as long as `ecb` keeps its guard; the block stays valid for the call and, through
        // the session's own share of `ecb`, until the session has ended. No lock is held.
        //
        // An unwinding `HttpExtensionProc` does not get here: a Rust one aborts at its own
        // `extern "system"` border unless it catches its panics, which the SDK does, and what
        // else there is that unwinds is stopped by the provider.
        let returned = unsafe { ecb.extension().call(self.shared.request(), function) };
        let returned_at = runtime.now();
        let has_waited = current_call::has_waited();
        ecb.extension()
            .called(called_at, returned_at, has_waited, || runtime.preempted());
        let status = match returned {
            Ok(status) => ProcStatus::from_raw(status),
            Err(escaped) => {
                report::escaped_call(&self.shared, function, &escaped);
                ProcStatus::Panicked
            }
        };

        let returned = ProcReturn {
            status,
            http_status: ecb.http_status(),
        };
        Shared::update_at(&self.shared, returned_at, |inner, now| {
            inner.session.handle_proc_return(now, returned);
        });
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.begun {
            let failure = if std::thread::panicking() {
                InvokeFailure::Failed
            } else {
                InvokeFailure::Overloaded
            };
            Shared::update(&self.shared, |inner, now| {
                inner.session.handle_invoke_failed(now, failure);
            });
        }
    }
}
