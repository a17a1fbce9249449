//! One request as its threads share it.

use std::fmt;
use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use bytes::Bytes;
use isapi_core::request_head::RequestHead;
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{
    ChildBody, Ending, FileToken, HostFault, Misuse, OperationId, Outcome, Refusal, Session,
    SessionConfig,
};

use crate::child::Child;
use crate::completion::CompletionCall;
use crate::current_call;
use crate::ecb::EcbCell;
use crate::effects::Effects;
use crate::extension::ExtensionGuard;
use crate::inner::{Inner, Log};
use crate::invoke::Invocation;
use crate::report;
use crate::request_session::{BodyAborted, BodyFrame, Drive, Lending, NoResponse, Transport};
use crate::response_queue::{NextFrame, remember};
use crate::sync::{Arc, Condvar, Mutex, lock, wait};
use crate::{Runtime, Site};

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
    transport: Transport,
    lends_memory: bool,
    site: StdArc<dyn Site>,
    last_file: AtomicU64,
    sends_mapped_files: AtomicBool,
    inner: Mutex<Inner>,
    /// Told after every input while a synchronous caller is blocked.
    changed: Condvar,
}

impl Shared {
    pub(crate) fn new(
        runtime: &StdArc<Runtime>,
        extension: ExtensionGuard,
        head: StdArc<RequestHead>,
        config: SessionConfig,
        transport: Transport,
        site: StdArc<dyn Site>,
        now: Instant,
    ) -> Arc<Self> {
        let session = Session::new(StdArc::clone(&head), config, now);
        Arc::new(Self {
            request: runtime.next_request(),
            extension: StdArc::clone(extension.name()),
            head,
            runtime: StdArc::clone(runtime),
            // What is held back is sent when its operation is long over.
            lends_memory: transport.lent_memory && config.response_buffer_limit == 0,
            transport,
            site,
            last_file: AtomicU64::new(0),
            sends_mapped_files: AtomicBool::new(false),
            inner: Mutex::new(Inner::new(session, extension)),
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

    /// A name for a file to be sent, which no other file of this request has.
    pub(crate) fn next_file(&self) -> FileToken {
        FileToken(self.last_file.fetch_add(1, Ordering::Relaxed))
    }

    /// The server around the request. Not to be asked under the lock.
    pub(crate) fn site(&self) -> &dyn Site {
        &*self.site
    }

    /// May files be sent as mappings?
    pub(crate) fn mapped_files(&self) -> bool {
        self.transport.mapped_files
    }

    /// May memory of the extension be sent without a copy?
    pub(crate) fn lends_memory(&self) -> bool {
        self.lends_memory
    }

    /// A file will be sent as a mapping.
    pub(crate) fn file_mapped(&self) {
        // The request's lock, under which the frame is queued and taken, orders it.
        self.sends_mapped_files.store(true, Ordering::Relaxed);
    }

    /// May a frame have come from a mapping?
    pub(crate) fn sends_mapped_files(&self) -> bool {
        self.sends_mapped_files.load(Ordering::Relaxed)
    }

    /// Does the connection know that the client is gone? Not to be asked under the lock.
    pub(crate) fn is_peer_gone(&self) -> bool {
        let peer = self.transport.peer.as_ref();
        peer.is_some_and(|peer| peer.is_gone())
    }

    /// The control block, while the session is not finished.
    pub(crate) fn ecb(&self) -> Option<Arc<EcbCell>> {
        lock(&self.inner).ecb.clone()
    }

    /// The extension, for the one call.
    pub(crate) fn take_extension(&self) -> Option<ExtensionGuard> {
        lock(&self.inner).extension.take()
    }

    /// The call is about to be made with this control block.
    pub(crate) fn set_ecb(&self, ecb: Arc<EcbCell>) {
        lock(&self.inner).ecb = Some(ecb);
    }

    /// Wakes the synchronous callers that are blocked.
    pub(crate) fn wake_callers(&self) {
        self.changed.notify_all();
    }

    /// Does what the session says before its first input. A call that is due is left to the caller.
    pub(crate) fn begin(this: &Arc<Self>, now: Instant) -> Option<Invocation> {
        let mut effects = Effects::default();
        lock(&this.inner).settle(now, this.runtime.backend(), &mut effects);
        let invocation = effects.invoke.take();
        effects.run(this);
        invocation
    }

    /// Gives the session one input and does what it says.
    pub(crate) fn update<R>(this: &Arc<Self>, input: impl FnOnce(&mut Inner, Instant) -> R) -> R {
        Self::update_at(this, this.runtime.now(), input)
    }

    /// The same, for a caller who has just looked at the clock.
    pub(crate) fn update_at<R>(
        this: &Arc<Self>,
        now: Instant,
        input: impl FnOnce(&mut Inner, Instant) -> R,
    ) -> R {
        let mut effects = Effects::default();
        let result = this.settle(now, &mut effects, input);
        effects.run(this);
        result
    }

    /// Lent memory is back; the completion that this brings about, to be run by the caller.
    pub(crate) fn take_back_loan(this: &Arc<Self>) -> Option<Box<CompletionCall>> {
        let mut effects = Effects::keeping_completion();
        this.settle(this.runtime.now(), &mut effects, |_, _| ());
        let completion = effects.completion.take();
        effects.run(this);
        completion
    }

    /// Gives the session one input, and collects what is to be done then.
    fn settle<R>(
        &self,
        now: Instant,
        effects: &mut Effects,
        input: impl FnOnce(&mut Inner, Instant) -> R,
    ) -> R {
        let mut inner = lock(&self.inner);
        // What was sent was sent before whatever comes now.
        inner.take_back_loan(now);
        let result = input(&mut inner, now);
        inner.settle(now, self.runtime.backend(), effects);
        result
    }

    /// Gives a command until it is no longer blocked; the calling thread sleeps meanwhile.
    pub(crate) fn wait_for<T>(
        this: &Arc<Self>,
        mut command: impl FnMut(&mut Inner, Instant) -> Result<Outcome<T>, Refusal>,
    ) -> Result<T, Refusal> {
        // Most commands are done at once, and so cost their thread nothing.
        let outcome = Self::update(this, |inner, now| {
            inner.session.handle_timeout(now);
            command(inner, now)
        });
        match outcome? {
            Outcome::Done(value) => Ok(value),
            Outcome::Blocked(_) => current_call::wait(|| Self::sleep_until_done(this, command)),
        }
    }

    /// The deadline of what it waits for is kept here as well: the driver may be gone.
    fn sleep_until_done<T>(
        this: &Arc<Self>,
        mut command: impl FnMut(&mut Inner, Instant) -> Result<Outcome<T>, Refusal>,
    ) -> Result<T, Refusal> {
        let mut inner = lock(&this.inner);
        loop {
            let now = this.runtime.now();
            inner.session.handle_timeout(now);
            let outcome = command(&mut inner, now);
            let mut effects = Effects::default();
            inner.settle(now, this.runtime.backend(), &mut effects);
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
        token: FileToken,
        result: Result<Bytes, HostFault>,
    ) {
        Self::update(this, |inner, _| inner.response.block_read(token, result));
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
        lending: Lending,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<BodyFrame, BodyAborted>>> {
        loop {
            let next = Self::update(this, |inner, now| inner.take_frame(now, lending, cx));
            match next {
                NextFrame::Aborted => return Poll::Ready(Some(Err(BodyAborted(())))),
                NextFrame::Data(_, data) | NextFrame::LentCopy(data) => {
                    return Poll::Ready(Some(Ok(BodyFrame::Data(data))));
                }
                NextFrame::Lendable => return Poll::Ready(Some(Ok(BodyFrame::Lendable))),
                NextFrame::Lent(data, loan) => {
                    return Poll::Ready(Some(Ok(BodyFrame::Lent(data, loan))));
                }
                NextFrame::End => return Poll::Ready(None),
                // The session has been told and has said how the body ends.
                NextFrame::Failed(_, fault) => report::file_failed(this, fault),
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

    pub(crate) fn poll_drive(this: &Arc<Self>, cx: &mut Context<'_>) -> Poll<Drive> {
        let mut inner = lock(&this.inner);
        if let Some(call) = inner.driver.due.take() {
            // It asks again when the call has returned, and is told nothing before.
            inner.driver.is_at_hand = false;
            inner.driver.waker = None;
            drop(inner);
            return Poll::Ready(Drive::Call(call.hand_out(this)));
        }
        if let Some(ending) = inner.ending {
            inner.driver.is_at_hand = false;
            return Poll::Ready(Drive::Finished(ending));
        }
        remember(&mut inner.driver.waker, cx);
        inner.driver.is_at_hand = this.runtime.inline().is_some();
        if let Some(call) = inner.child.as_deref_mut().and_then(Child::take_call) {
            return Poll::Ready(Drive::ExecUrl(call));
        }
        if inner.session.wants_body() {
            return Poll::Ready(Drive::ReadBody);
        }
        Poll::Pending
    }

    /// Nobody drives the request any more.
    pub(crate) fn lose_driver(this: &Arc<Self>) {
        let due = {
            let driver = &mut lock(&this.inner).driver;
            driver.is_at_hand = false;
            driver.due.take()
        };
        if let Some(call) = due {
            call.hand_out(this).run_on_worker();
        }
    }

    pub(crate) fn poll_child_room(
        &self,
        operation: OperationId,
        cx: &mut Context<'_>,
    ) -> Poll<bool> {
        let mut inner = lock(&self.inner);
        let Some(has_room) = inner.session.wants_child_data(operation) else {
            return Poll::Ready(false);
        };
        if let Some(child) = &mut inner.child {
            child.room_asked(has_room, cx);
        }
        if has_room {
            Poll::Ready(true)
        } else {
            Poll::Pending
        }
    }

    pub(crate) fn poll_child_body(
        this: &Arc<Self>,
        operation: OperationId,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, BodyAborted>>> {
        Self::update(this, |inner, _| {
            match inner.session.read_for_child(operation) {
                ChildBody::Data(data) => Poll::Ready(Some(Ok(data))),
                ChildBody::End => Poll::Ready(None),
                ChildBody::Cut => Poll::Ready(Some(Err(BodyAborted(())))),
                ChildBody::NotYet => {
                    if let Some(child) = &mut inner.child {
                        child.await_body(cx);
                    }
                    Poll::Pending
                }
            }
        })
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

#[cfg(all(test, not(isapi_loom), target_pointer_width = "64"))]
mod tests {
    use super::*;

    /// The GNU C library has memory of up to this size ready for each thread; a request with more takes
    /// hundreds of instructions to have it and to give it back. Two counts of owners come with it.
    const READY: usize = 1032 - 2 * size_of::<usize>();

    #[test]
    fn a_request_fits_what_the_allocator_has_ready() {
        let size = size_of::<Shared>();
        assert!(size <= READY, "{size} bytes");
    }
}
