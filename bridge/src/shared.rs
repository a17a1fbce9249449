//! One request as its threads share it.

use std::fmt;
use std::sync::Arc as StdArc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use isapi_core::request_head::RequestHead;
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{
    Ending, HostFault, Misuse, OperationId, Outcome, Output, Refusal, Session,
};

use crate::Runtime;
use crate::completion::{CompletionCall, CompletionRoutine, PendingCall};
use crate::ecb::EcbCell;
use crate::effects::Effects;
use crate::extension::ExtensionGuard;
use crate::file_transfer::FileTransfer;
use crate::report::escaped;
use crate::request_session::{BodyAborted, Drive, NoResponse};
use crate::response_queue::{NextFrame, ResponseQueue, remember};
use crate::sync::{Arc, Condvar, Mutex, lock, wait};

/// One request: its session under a lock, and those who wait for it.
///
/// Every input goes through [`update`](Self::update), which drains the session's outputs under the
/// lock and acts on them after it: no lock is held while foreign code, a waker or a dispatcher
/// runs.
pub(crate) struct Shared {
    request: u64,
    extension: StdArc<str>,
    head: StdArc<RequestHead>,
    runtime: StdArc<Runtime>,
    /// May files be sent as mappings?
    mapped_files: bool,
    inner: Mutex<Inner>,
    /// Told after every input while a synchronous caller is blocked.
    changed: Condvar,
}

/// What the lock of a request guards.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) session: Session,
    /// Until the call is made; then the control block has it.
    pub(crate) extension: Option<ExtensionGuard>,
    /// From the call until the session is finished.
    pub(crate) ecb: Option<Arc<EcbCell>>,
    /// Set by `HSE_REQ_IO_COMPLETION`.
    pub(crate) routine: CompletionRoutine,
    pub(crate) pending: Option<PendingCall>,
    response: ResponseQueue,
    driver: Driver,
    blocked_callers: usize,
    reported: Vec<&'static str>,
    log: Log,
    ending: Option<Ending>,
}

/// The task that reads the request's body and keeps the time.
#[derive(Debug, Default)]
struct Driver {
    waker: Option<Waker>,
    /// The deadline it knows of.
    deadline: Option<Instant>,
    wanted_body: bool,
    saw_end: bool,
    saw_abort: bool,
}

/// What goes to the request's log line, escaped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) status: Option<u16>,
    pub(crate) data: String,
    pub(crate) parameters: String,
}

impl Shared {
    pub(crate) fn new(
        runtime: &StdArc<Runtime>,
        extension: ExtensionGuard,
        head: StdArc<RequestHead>,
        session: Session,
        mapped_files: bool,
    ) -> Arc<Self> {
        let name = StdArc::from(extension.info().name.as_str());
        Self::with_extension(runtime, Some(extension), name, head, session, mapped_files)
    }

    fn with_extension(
        runtime: &StdArc<Runtime>,
        extension: Option<ExtensionGuard>,
        name: StdArc<str>,
        head: StdArc<RequestHead>,
        session: Session,
        mapped_files: bool,
    ) -> Arc<Self> {
        let inner = Inner {
            session,
            extension,
            ecb: None,
            routine: CompletionRoutine::NONE,
            pending: None,
            response: ResponseQueue::default(),
            driver: Driver::default(),
            blocked_callers: 0,
            reported: Vec::new(),
            log: Log::default(),
            ending: None,
        };
        Arc::new(Self {
            request: runtime.next_request(),
            extension: name,
            head,
            runtime: StdArc::clone(runtime),
            mapped_files,
            inner: Mutex::new(inner),
            changed: Condvar::new(),
        })
    }

    pub(crate) fn request(&self) -> u64 {
        self.request
    }

    pub(crate) fn extension_name(&self) -> &StdArc<str> {
        &self.extension
    }

    pub(crate) fn head(&self) -> &StdArc<RequestHead> {
        &self.head
    }

    pub(crate) fn runtime(&self) -> &StdArc<Runtime> {
        &self.runtime
    }

    pub(crate) fn mapped_files(&self) -> bool {
        self.mapped_files
    }

    /// The control block, while the session is not finished.
    pub(crate) fn ecb(&self) -> Option<Arc<EcbCell>> {
        lock(&self.inner).ecb.clone()
    }

    /// Wakes the synchronous callers that are blocked.
    pub(crate) fn wake_callers(&self) {
        self.changed.notify_all();
    }

    /// Gives the session one input and does what it says.
    pub(crate) fn update<R>(this: &Arc<Self>, input: impl FnOnce(&mut Inner, Instant) -> R) -> R {
        let now = this.runtime.now();
        let mut effects = Effects::default();
        let mut inner = lock(&this.inner);
        let result = input(&mut inner, now);
        inner.settle(now, &mut effects);
        drop(inner);
        effects.run(this);
        result
    }

    /// Gives a command until it is no longer blocked; the calling thread sleeps meanwhile.
    ///
    /// The deadline of what it waits for is kept here as well: the driver may be gone.
    pub(crate) fn wait_for<T>(
        this: &Arc<Self>,
        mut command: impl FnMut(&mut Inner, Instant) -> Result<Outcome<T>, Refusal>,
    ) -> Result<T, Refusal> {
        let mut inner = lock(&this.inner);
        loop {
            let now = this.runtime.now();
            inner.session.handle_timeout(now);
            let outcome = command(&mut inner, now);
            let mut effects = Effects::default();
            inner.settle(now, &mut effects);
            if let Ok(Outcome::Blocked(_)) = &outcome
                && effects.is_idle()
            {
                let deadline = inner.session.poll_timeout();
                let timeout = deadline.map(|at| at.saturating_duration_since(now));
                inner.blocked_callers += 1;
                inner = wait(&this.changed, inner, timeout);
                inner.blocked_callers -= 1;
                continue;
            }
            drop(inner);
            effects.run(this);
            match outcome {
                Ok(Outcome::Done(value)) => return Ok(value),
                Ok(Outcome::Blocked(_)) => inner = lock(&this.inner),
                Err(refusal) => return Err(refusal),
            }
        }
    }

    /// A call whose arguments broke the contract.
    pub(crate) fn refuse(this: &Arc<Self>, misuse: Misuse) -> Refusal {
        Self::update(this, |inner, _| inner.session.refuse(misuse))
    }

    pub(crate) fn file_block_read(
        this: &Arc<Self>,
        operation: OperationId,
        result: Result<Bytes, HostFault>,
    ) {
        Self::update(this, |inner, _| {
            inner.response.block_read(operation, result)
        });
    }

    pub(crate) fn poll_head(&self, cx: &mut Context<'_>) -> Poll<Result<ResponseHead, NoResponse>> {
        let mut inner = lock(&self.inner);
        if let Some(head) = inner.response.take_head() {
            return Poll::Ready(Ok(head));
        }
        if inner.response.is_headless() || inner.ending.is_some() {
            return Poll::Ready(Err(NoResponse(())));
        }
        inner.response.await_head(cx);
        Poll::Pending
    }

    pub(crate) fn poll_frame(
        this: &Arc<Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyAborted>>> {
        loop {
            let next = Self::update(this, |inner, now| inner.take_frame(now, cx));
            match next {
                NextFrame::Aborted => return Poll::Ready(Some(Err(BodyAborted(())))),
                NextFrame::Data(_, data) => return Poll::Ready(Some(Ok(data))),
                NextFrame::End => return Poll::Ready(None),
                // The session has been told and has said how the body ends.
                NextFrame::Failed(..) => {}
                NextFrame::Pending => return Poll::Pending,
            }
        }
    }

    pub(crate) fn close_after(&self) -> bool {
        lock(&self.inner).response.close_after()
    }

    pub(crate) fn is_aborted(&self) -> bool {
        lock(&self.inner).response.is_aborted()
    }

    pub(crate) fn is_body_done(&self) -> bool {
        lock(&self.inner).response.is_done()
    }

    pub(crate) fn poll_drive(&self, cx: &mut Context<'_>) -> Poll<Drive> {
        let mut inner = lock(&self.inner);
        remember(&mut inner.driver.waker, cx);
        if let Some(ending) = inner.ending {
            return Poll::Ready(Drive::Finished(ending));
        }
        if inner.session.wants_body() {
            return Poll::Ready(Drive::ReadBody);
        }
        Poll::Pending
    }

    /// The deadline, which the driver knows from now on.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let mut inner = lock(&self.inner);
        let deadline = inner.session.poll_timeout();
        inner.driver.deadline = deadline;
        deadline
    }

    pub(crate) fn log(&self) -> (Log, Option<Ending>) {
        let inner = lock(&self.inner);
        (inner.log.clone(), inner.ending)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared")
            .field("request", &self.request)
            .field("extension", &self.extension)
            .finish_non_exhaustive()
    }
}

impl Inner {
    /// Drains the session's outputs, and finds out who has to be told.
    fn settle(&mut self, now: Instant, effects: &mut Effects) {
        while let Some(output) = self.session.poll_output() {
            self.follow(output, now, effects);
        }
        effects.read = self.response.wanted_read();
        effects.wakers.extend(self.response.wakers());
        effects.wake_callers = self.blocked_callers > 0;
        self.tell_driver(effects);
    }

    fn follow(&mut self, output: Output, now: Instant, effects: &mut Effects) {
        match output {
            Output::AppendLog(text) => self.log.parameters.push_str(&escaped(&text)),
            Output::Cancel(operation) => {
                self.response.cancel(operation);
                self.session.handle_cancelled(now, operation);
            }
            Output::Complete(completion) => {
                let pending = self
                    .pending
                    .take_if(|p| p.operation == completion.operation);
                // Both are there: an operation is accepted only from inside a callback, and its
                // completion comes before the session is finished.
                if let (Some(pending), Some(ecb)) = (pending, self.ecb.clone()) {
                    effects
                        .completions
                        .push(CompletionCall::new(pending, completion, ecb));
                }
            }
            Output::EndBody(end) => {
                self.response.end(end);
            }
            Output::Finished(ending) => self.finish(ending, effects),
            Output::Invoke(preread) => effects.invoke = Some(preread),
            Output::Report(misuse) => {
                if !self.reported.contains(&misuse.name()) {
                    self.reported.push(misuse.name());
                    effects.reports.push(misuse);
                }
            }
            Output::SendData { operation, data } => {
                self.response.push_data(operation, data);
            }
            Output::SendFile { operation, range } => {
                let pending = self
                    .pending
                    .as_mut()
                    .and_then(|pending| pending.file.take());
                if let Some(pending) = pending.filter(|pending| pending.token == range.file) {
                    let transfer =
                        FileTransfer::new(operation, range, pending.file, pending.prepared);
                    self.response.push_file(transfer);
                }
            }
            Output::SendHead(head) => {
                self.log.status = Some(head.status().as_u16());
                self.response.push_head(head);
            }
        }
    }

    fn finish(&mut self, ending: Ending, effects: &mut Effects) {
        self.ending = Some(ending);
        self.response.finish();
        effects.released_ecb = self.ecb.take();
        effects.released_extension = self.extension.take();
        if let Some(ecb) = &effects.released_ecb {
            self.log.data = escaped(&ecb.log_data());
        }
    }

    /// Wakes the driver where it has something to do. A deadline that moved away needs nothing:
    /// it learns of it when its timer fires for the old one.
    fn tell_driver(&mut self, effects: &mut Effects) {
        let deadline = self.session.poll_timeout();
        let wants_body = self.session.wants_body();
        let ended = self.ending.is_some();
        let aborted = self.response.is_aborted();
        let driver = &mut self.driver;
        let sooner = match (deadline, driver.deadline) {
            (Some(new), Some(known)) => new < known,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let news = sooner
            || (wants_body && !driver.wanted_body)
            || (ended && !driver.saw_end)
            || (aborted && !driver.saw_abort);
        driver.wanted_body = wants_body;
        driver.saw_end = ended;
        driver.saw_abort = aborted;
        if sooner {
            driver.deadline = deadline;
        }
        if news {
            effects.wakers.extend(driver.waker.take());
        }
    }

    /// The consumer asks for the next frame.
    fn take_frame(&mut self, now: Instant, cx: &Context<'_>) -> NextFrame {
        let next = self.response.next_frame();
        match &next {
            NextFrame::Data(operation, data) => {
                let length = u64::try_from(data.len()).unwrap_or(u64::MAX);
                self.session.handle_data_taken(now, *operation, length);
            }
            NextFrame::Failed(operation, fault) => {
                self.session.handle_transfer_failed(now, *operation, *fault);
            }
            NextFrame::Pending => self.response.await_frame(cx),
            NextFrame::Aborted | NextFrame::End => {}
        }
        next
    }

    /// The response future, or its body, was dropped.
    pub(crate) fn response_dropped(&mut self, now: Instant) {
        if !self.response.is_done() {
            self.session.handle_response_dropped(now);
            self.response.discard();
        }
    }
}
