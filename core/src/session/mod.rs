//! One request's life: lifecycle, completion callbacks and session ending.

mod body;
mod child;
mod children;
mod command;
mod commands;
mod config;
mod ending;
mod file_sends;
mod held;
mod inputs;
mod misuse;
mod operation;
mod output;
mod output_queue;
mod reads;
mod response;
mod sends;
mod state;
mod timers;

use std::sync::Arc;
use std::time::Instant;

pub use child::{ChildBody, ChildRequest, ChildStatus};
pub use command::{
    Done, DoneStatus, FileRange, FileToken, FileTransmission, InvokeFailure, ProcReturn,
    ProcStatus, TransmitHead, VectorElement, VectorSend,
};
pub use config::{MAX_EXEC_URL_DEPTH, SessionConfig};
pub use ending::{ClientFault, Ending, HostFault, How, Initiator, Refusal};
pub use misuse::{Callback, Misuse};
pub use output::{BodyEnd, Completion, OperationId, Outcome, Output, Preread, Wait};

use self::body::RequestBody;
use self::held::Held;
use self::operation::AsyncOperation;
use self::output_queue::OutputQueue;
use self::response::Response;
use self::state::State;
use self::timers::{Timer, TimerTable};
use crate::request_head::RequestHead;

/// The life of one request, from its head to [`Output::Finished`].
///
/// A session does no I/O and knows no clock, thread or pointer. Its methods are of four families:
///
/// * *Getters* (`head`, `wants_body`, `is_connected`, ...) change nothing.
/// * *Facts* (`handle_*`): what the host saw. They cannot fail; a fact that comes too late is
///   harmless.
/// * *Commands* (`write_client`, `read_client`, `done_with_session`, ...): what an extension asks
///   through a callback. Each is done, blocked, or refused with a [`Refusal`] that says why; a
///   refused command has changed nothing, and a [`Misuse`] is reported as an output too.
/// * *Outputs*: [`poll_output`](Self::poll_output) and [`poll_timeout`](Self::poll_timeout).
///
/// # The contract
///
/// 1. After every fact and every command, call [`poll_output`](Self::poll_output) until it answers
///    `None`, and do what it says.
/// 2. When [`wants_body`](Self::wants_body), read the next piece of the body and tell it.
/// 3. Call [`handle_timeout`](Self::handle_timeout) when [`poll_timeout`](Self::poll_timeout) has
///    passed. It may change with every input.
/// 4. A command that answers [`Outcome::Blocked`] has done nothing: wait for an input of another
///    kind, then give it again.
/// 5. After [`Output::Finished`] nothing comes any more.
///
/// Completions are outputs. They are never run inside the command that caused them, so that an
/// extension that starts its next operation from a callback does not deepen any stack.
///
/// # Example
///
/// A whole request without threads: the call, one synchronous write, the return.
///
/// ```
/// use std::sync::Arc;
/// use std::time::Instant;
/// # use isapi_core::request_head::{RequestHead, RequestHeadParts};
/// use isapi_core::session::*;
/// # let mut headers = http::HeaderMap::new();
/// # headers.insert("host", "example".parse().unwrap());
/// # let head = RequestHead::new(RequestHeadParts {
/// #     target: "/hello.dll".into(),
/// #     headers,
/// #     ..RequestHeadParts::default()
/// # }).unwrap();
///
/// let now = Instant::now();
/// let mut session = Session::new(Arc::new(head), SessionConfig::default(), now);
/// assert!(matches!(session.poll_output(), Some(Output::Invoke(_))));
///
/// // The extension calls WriteClient(b"hello").
/// assert_eq!(session.write_client(now, b"hello"), Ok(Outcome::Done(5)));
/// assert!(matches!(session.poll_output(), Some(Output::SendHead(_))));
/// assert!(matches!(session.poll_output(), Some(Output::SendData { .. })));
///
/// // The client's side took it, and HttpExtensionProc returned HSE_STATUS_SUCCESS.
/// session.handle_data_taken(now, None, 5);
/// session.handle_proc_return(now, ProcReturn { status: ProcStatus::Success, http_status: 200 });
/// assert_eq!(session.poll_output(), Some(Output::EndBody(BodyEnd::Complete)));
/// assert!(matches!(session.poll_output(), Some(Output::Finished(_))));
/// assert_eq!(session.poll_output(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Session {
    head: Arc<RequestHead>,
    config: SessionConfig,
    state: State,
    response: Response,
    body: RequestBody,
    operation: AsyncOperation,
    timers: TimerTable,
    /// A completion callback is registered (`HSE_REQ_IO_COMPLETION`).
    callback_set: bool,
    /// A synchronous read was told to wait.
    reader_waits: bool,
    /// The deadline of a synchronous read passed; the next one is told.
    read_timed_out: bool,
    /// Bytes of synchronous writes that are queued and not yet taken. Several sparse files may be
    /// longer together than any number, hence never added to without care.
    queued: u64,
    /// What of the response is held back.
    held: Held,
    /// How the last child request ended.
    child_status: Option<ChildStatus>,
    finished: bool,
    outputs: OutputQueue,
}

impl Session {
    /// A request whose head has come. Outputs may be ready at once.
    #[must_use]
    pub fn new(head: Arc<RequestHead>, config: SessionConfig, now: Instant) -> Self {
        let mut session = Self {
            config,
            state: State::new(),
            response: Response::new(head.method() == http::Method::HEAD, config.suppress_head),
            body: RequestBody::new(head.body()),
            operation: AsyncOperation::new(),
            timers: TimerTable::default(),
            callback_set: false,
            reader_waits: false,
            read_timed_out: false,
            queued: 0,
            held: Held::default(),
            child_status: None,
            finished: false,
            outputs: OutputQueue::default(),
            head,
        };
        session.continue_read_ahead(now);
        session
    }

    /// The request's head.
    #[must_use]
    pub fn head(&self) -> &Arc<RequestHead> {
        &self.head
    }

    /// Is the next piece of the request's body to be read now?
    ///
    /// False while nobody waits for it, so that a client is not asked to send
    /// (`Expect: 100-continue`) and not read from before the extension needs it.
    #[must_use]
    pub fn wants_body(&self) -> bool {
        if !self.body.is_streaming() || !self.is_connected() {
            return false;
        }
        if self.state.is_reading_ahead() {
            return true;
        }
        // A child goes on when the extension has ended the session.
        let somebody_waits = self.operation.is_child_reading()
            || (self.state.is_open() && (self.reader_waits || self.operation.is_reading()));
        somebody_waits && self.body.is_empty()
    }

    /// Has the call returned, or was it never made, and has the session ended?
    #[must_use]
    pub fn is_ended(&self) -> bool {
        self.state.ending().is_some()
    }

    /// Can the client still be reached, as far as is known?
    #[must_use]
    pub fn is_connected(&self) -> bool {
        use self::response::Cause;
        matches!(self.response.closed(), None | Some(Cause::Whole))
    }

    /// The names of the states of its four axes: lifecycle, response, request body, asynchronous
    /// operation. For logs, and for the table in `docs/session.md`.
    #[must_use]
    pub fn state_names(&self) -> [&'static str; 4] {
        [
            self.state.name(),
            self.response.name(),
            self.body.name(),
            self.operation.name(),
        ]
    }

    /// What is to be done next; `None` when there is nothing more.
    #[inline]
    #[must_use = "an output that is dropped is never done"]
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        let ending = self.state.ending()?;
        if std::mem::replace(&mut self.finished, true) {
            return None;
        }
        Some(Output::Finished(ending))
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called; `None` for never.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.is_ended() {
            None
        } else {
            self.timers.next()
        }
    }

    fn report(&mut self, misuse: Misuse) {
        self.outputs.push_back(Output::Report(misuse));
    }

    fn complete(&mut self, completion: Option<Completion>) {
        self.outputs.extend(completion.map(Output::Complete));
    }
}
