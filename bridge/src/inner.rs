//! The state of one request: its session, and what is between the session and the threads.

use std::collections::HashSet;
use std::task::{Context, Waker};
use std::time::Instant;

use isapi_core::request_head::BodyLength;
use isapi_core::session::{
    BodyEnd, Ending, FileToken, HostFault, Misuse, OperationId, Output, Session,
};

use crate::child::Child;
use crate::completion::{CompletionCall, CompletionRoutine, PendingCall};
use crate::dispatch::Placement;
use crate::ecb::EcbCell;
use crate::effects::Effects;
use crate::extension::ExtensionGuard;
use crate::file_transfer::{FileTransfer, PreparedFile};
use crate::invoke::{DueCall, Invocation};
use crate::loan::{Loan, PendingLoan};
use crate::report::escaped_text;
use crate::response_queue::{NextFrame, ResponseQueue};
use crate::sync::Arc;
use crate::{Backend, ChildCall, Lending};

/// How many broken rules of one request are told. One that breaks more has made its point.
const MOST_REPORTS: usize = 32;

/// How much text a request may add to its log line.
const LONGEST_PARAMETERS: usize = 16 * 1024;

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
    /// What the pending operation sends without a copy; for a while that of the one before.
    pub(crate) loan: Option<Box<PendingLoan>>,
    /// The child that is to be executed, or is being.
    pub(crate) child: Option<Box<Child>>,
    /// Files that the session was told of and has not asked for.
    pub(crate) files: Vec<PreparedFile>,
    pub(crate) response: ResponseQueue,
    pub(crate) driver: Driver,
    pub(crate) blocked_callers: usize,
    pub(crate) log: Log,
    pub(crate) ending: Option<Ending>,
}

/// The task that reads the request's body and keeps the time.
#[derive(Debug, Default)]
pub(crate) struct Driver {
    pub(crate) waker: Option<Waker>,
    /// The deadline it knows of.
    pub(crate) deadline: Option<Instant>,
    /// Whether it asks before it does anything else, and so makes the next call of the extension at once.
    pub(crate) is_at_hand: bool,
    /// What it is to call.
    pub(crate) due: Option<DueCall>,
    wanted_body: bool,
    had_child: bool,
    saw_end: bool,
    saw_abort: bool,
}

impl Driver {
    /// Leaves an inline call to the driver where that is at hand: it costs no task of its own then.
    fn take_over(&mut self, effects: &mut Effects) {
        if !self.is_at_hand || self.due.is_some() || effects.keeps_completion {
            return;
        }
        if let Some(completion) = effects
            .completion
            .take_if(|call| call.placement().is_inline())
        {
            self.due = Some(DueCall::Completion(completion));
        } else if let Some(invocation) = effects.invoke.take_if(|call| call.placement.is_inline()) {
            self.due = Some(DueCall::Invocation(Box::new(invocation)));
        }
    }
}

/// What goes to the request's log line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    pub(crate) status: Option<u16>,
    pub(crate) sub_status: u16,
    notes: Option<Box<Notes>>,
}

/// What most requests do not leave. Text is escaped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) data: String,
    pub(crate) parameters: String,
    /// The broken rules that were told.
    reported: Vec<Misuse>,
}

impl Log {
    pub(crate) fn into_notes(self) -> Notes {
        self.notes.map(|notes| *notes).unwrap_or_default()
    }

    fn notes(&mut self) -> &mut Notes {
        self.notes.get_or_insert_default()
    }
}

impl Notes {
    /// Appends what fits.
    fn append_parameters(&mut self, text: &str) {
        let room = LONGEST_PARAMETERS.saturating_sub(self.parameters.len());
        self.parameters.extend(text.chars().take(room));
    }
}

impl Inner {
    pub(crate) fn new(session: Session, extension: ExtensionGuard) -> Self {
        Self {
            session,
            extension: Some(extension),
            ecb: None,
            routine: CompletionRoutine::NONE,
            pending: None,
            loan: None,
            child: None,
            files: Vec::new(),
            response: ResponseQueue::default(),
            driver: Driver::default(),
            blocked_callers: 0,
            log: Log::default(),
            ending: None,
        }
    }

    /// An asynchronous operation that sends has begun, perhaps with lent memory.
    pub(crate) fn start(&mut self, operation: OperationId, loan: Option<Loan>) {
        self.pending = Some(PendingCall::new(operation, self.routine));
        self.loan = loan.map(|loan| Box::new(PendingLoan::new(operation, loan)));
    }

    /// Drains the session's outputs, and finds out who has to be told.
    pub(crate) fn settle(&mut self, now: Instant, backend: &dyn Backend, effects: &mut Effects) {
        while let Some(output) = self.session.poll_output() {
            self.follow(output, now, backend, effects);
        }
        self.release_files(effects);
        let released_memory = self.response.take_returning();
        if !released_memory.is_empty() {
            effects.rare().released_memory = released_memory;
        }
        if let Some(child) = &mut self.child {
            child.settle(&self.session, effects);
        }
        if let Some(read) = self.response.wanted_read() {
            effects.rare().read = Some(read);
        }
        effects.wakers.response = self.response.wakers();
        effects.wake_callers = self.blocked_callers > 0;
        self.tell_driver(effects);
    }

    fn follow(
        &mut self,
        output: Output,
        now: Instant,
        backend: &dyn Backend,
        effects: &mut Effects,
    ) {
        match output {
            Output::AppendLog(text) => {
                let text = escaped_text(&text, backend);
                self.log.notes().append_parameters(&text);
            }
            Output::Cancel(operation) => {
                self.response.cancel(operation);
                if let Some(waker) = self.cancelled(operation, now) {
                    effects.rare().wakers.push(waker);
                }
            }
            Output::Complete(completion) => {
                let pending = self
                    .pending
                    .take_if(|p| p.operation == completion.operation);
                // Both are there: an operation is accepted only from inside a callback, and its
                // completion comes before the session is finished.
                if let (Some(pending), Some(ecb)) = (pending, self.ecb.clone()) {
                    let call = CompletionCall::new(pending, completion, ecb);
                    debug_assert!(effects.completion.is_none(), "each owes its callback");
                    effects.completion = Some(Box::new(call));
                }
            }
            Output::EndBody(end) => {
                self.response.end(end);
            }
            Output::ExecUrl { operation, child } => {
                let body = match &child.entity {
                    Some(entity) => BodyLength::Known(length(entity)),
                    None => self.session.child_body_length(),
                };
                let call = ChildCall {
                    operation,
                    request: child,
                    body,
                };
                self.child = Some(Box::new(Child::new(call)));
            }
            Output::Finished(ending) => self.finish(ending, backend, effects),
            Output::Invoke(preread) => {
                let extension = self.extension.as_ref();
                effects.invoke = Some(Invocation {
                    preread,
                    placement: extension.map_or(Placement::Pool, ExtensionGuard::placement),
                });
            }
            Output::LogSubStatus(sub_status) => self.log.sub_status = sub_status,
            Output::Report(misuse) => {
                let reported = &mut self.log.notes().reported;
                if reported.len() < MOST_REPORTS && !reported.contains(&misuse) {
                    reported.push(misuse);
                    effects.rare().reports.push(misuse);
                }
            }
            Output::SendData { operation, data } => {
                let loan = self.loan.as_ref();
                match loan.filter(|loan| loan.covers(operation, &data)) {
                    Some(loan) => loan.queue(data, &mut self.response),
                    None => self.response.push_data(operation, data),
                }
            }
            Output::SendFile { operation, range } => {
                let mut files = self.files.iter();
                // It is there, and in front: a session asks for the files in the order in which it was
                // told of them.
                let index = files.position(|file| file.token == range.file);
                if let Some(index) = index {
                    let transfer = FileTransfer::new(operation, range, self.files.remove(index));
                    self.response.push_file(transfer);
                }
            }
            Output::SendHead(head) => {
                self.log.status = Some(head.status().as_u16());
                self.response.push_head(head);
            }
        }
    }

    /// What was queued for an operation is dropped. What its consumer has of lent memory has to come
    /// back first: its connection ends for that, at once, since it may be stuck in a write.
    #[must_use = "the connection is to be woken"]
    fn cancelled(&mut self, operation: OperationId, now: Instant) -> Option<Waker> {
        let loan = self.loan.as_mut().filter(|loan| loan.is_of(operation));
        let Some(loan) = loan else {
            self.session.handle_cancelled(now, operation);
            return None;
        };
        loan.cancel();
        let mut waker = None;
        if loan.is_passed_on() && !loan.loan().is_returned() {
            waker = loan.loan().recall();
            self.response.end(BodyEnd::Abort);
        }
        self.take_back_loan(now);
        waker
    }

    /// Tells the session what became of lent memory that is back.
    #[inline]
    pub(crate) fn take_back_loan(&mut self, now: Instant) {
        if self.loan.is_some() {
            self.take_back_returned_loan(now);
        }
    }

    fn take_back_returned_loan(&mut self, now: Instant) {
        let returned = self.loan.take_if(|loan| loan.loan().is_returned());
        let Some(returned) = returned.map(|loan| loan.end()) else {
            return;
        };
        let operation = returned.operation;
        if returned.news > 0 {
            self.session
                .handle_data_taken(now, Some(operation), returned.news);
        }
        if returned.is_cancelled {
            self.session.handle_cancelled(now, operation);
        } else if returned.lost > 0 {
            self.session.handle_response_dropped(now);
        }
    }

    /// Tells the session what was sent of lent memory that is not back: its deadline is for writes
    /// without progress. Is all of it sent and kept by somebody?
    #[must_use = "it is to be reported, without the lock"]
    pub(crate) fn tell_progress(&mut self, now: Instant) -> bool {
        let Some(loan) = &mut self.loan else {
            return false;
        };
        let Some((operation, bytes)) = loan.progress() else {
            return loan.is_kept();
        };
        self.session.handle_data_taken(now, Some(operation), bytes);
        false
    }

    /// Lets go of the files that were not asked for: they are not sent, since the response has no
    /// body, or no more of it. Those that the session holds back are kept.
    fn release_files(&mut self, effects: &mut Effects) {
        let held = self.session.held_files();
        if self.files.len() <= held.len() {
            return;
        }
        let held: HashSet<FileToken> = held.iter().copied().collect();
        let files = std::mem::take(&mut self.files).into_iter();
        let (kept, unwanted): (Vec<_>, Vec<_>) = files.partition(|file| held.contains(&file.token));
        self.files = kept;
        effects.rare().released_files.extend(unwanted);
    }

    fn finish(&mut self, ending: Ending, backend: &dyn Backend, effects: &mut Effects) {
        self.ending = Some(ending);
        self.response.finish();
        if !self.files.is_empty() {
            effects.rare().released_files.append(&mut self.files);
        }
        if let Some(extension) = self.extension.take() {
            effects.rare().released_extension = Some(extension);
        }
        effects.released_ecb = self.ecb.take();
        if let Some(ecb) = &effects.released_ecb {
            let data = ecb.log_data();
            if !data.is_empty() {
                self.log.notes().data = escaped_text(&data, backend);
            }
        }
    }

    /// Wakes the driver where it has something to do. A deadline that moved away needs nothing:
    /// it learns of it when its timer fires for the old one.
    fn tell_driver(&mut self, effects: &mut Effects) {
        let deadline = self.session.poll_timeout();
        let wants_body = self.session.wants_body();
        let has_child = self.child.as_deref().is_some_and(Child::is_waiting);
        let ended = self.ending.is_some();
        let aborted = self.response.is_aborted();
        let driver = &mut self.driver;
        driver.take_over(effects);
        let sooner = match (deadline, driver.deadline) {
            (Some(new), Some(known)) => new < known,
            (Some(_), None) => true,
            (None, _) => false,
        };
        let news = sooner
            || driver.due.is_some()
            || (wants_body && !driver.wanted_body)
            || (has_child && !driver.had_child)
            || (ended && !driver.saw_end)
            || (aborted && !driver.saw_abort);
        driver.wanted_body = wants_body;
        driver.had_child = has_child;
        driver.saw_end = ended;
        driver.saw_abort = aborted;
        if sooner {
            driver.deadline = deadline;
        }
        if news {
            effects.wakers.driver = driver.waker.take();
        }
    }

    /// The consumer asks for the next frame.
    pub(crate) fn take_frame(
        &mut self,
        now: Instant,
        lending: Lending,
        cx: &Context<'_>,
    ) -> NextFrame {
        let next = self.response.next_frame(lending);
        match &next {
            NextFrame::Data(operation, data) => {
                let length = length(data);
                self.session.handle_data_taken(now, *operation, length);
            }
            NextFrame::Failed(operation, fault) => {
                self.session.handle_transfer_failed(now, *operation, *fault);
            }
            // The session is told when the memory is back.
            NextFrame::Lent(data, _) => {
                if let Some(loan) = &mut self.loan {
                    loan.pass_on(length(data));
                }
            }
            NextFrame::LentCopy(data) => {
                if let Some(loan) = &mut self.loan {
                    loan.pass_on_copy(length(data));
                }
            }
            NextFrame::Pending => self.response.await_frame(cx),
            NextFrame::Aborted | NextFrame::End | NextFrame::Lendable => {}
        }
        next
    }

    /// The connection failed because a mapped file is no longer what it was; that its response is
    /// dropped says nothing of the client.
    pub(crate) fn file_truncated(&mut self, now: Instant) {
        if let Some(operation) = self.response.fail_file() {
            self.session
                .handle_transfer_failed(now, operation, HostFault::FileTruncated);
        } else {
            self.response_dropped(now);
        }
    }

    /// The response future, or its body, was dropped.
    pub(crate) fn response_dropped(&mut self, now: Instant) {
        if !self.response.is_done() {
            self.session.handle_response_dropped(now);
            self.response.discard();
        }
    }
}

fn length(data: &[u8]) -> u64 {
    u64::try_from(data.len()).unwrap_or(u64::MAX)
}
