//! What a session wants done.

use bytes::Bytes;

use super::{ChildRequest, Ending, FileRange, Misuse};
use crate::response_head::ResponseHead;
use crate::win32::Win32Error;

/// Names one asynchronous operation of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperationId(pub(super) u64);

/// The answer to a command that may have to wait.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "a blocked command has done nothing yet and has to be given again"]
pub enum Outcome<T> {
    /// Nothing was done: wait for a change, then give the same command again.
    Blocked(Wait),
    /// It was done.
    Done(T),
}

/// What ends the wait of a blocked command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wait {
    /// Body data, its end, or the read deadline.
    Body,
    /// Room in the send buffer, or the end of the connection.
    SendBuffer,
}

/// What the session wants done next; drain with
/// [`poll_output`](super::Session::poll_output) after every input.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "an output that is dropped is never done"]
pub enum Output {
    /// Text for this request's log line (`HSE_APPEND_LOG_PARAMETER`), unescaped.
    AppendLog(Bytes),
    /// Drop what is still queued for this operation, and the child that it executes, then tell
    /// [`handle_cancelled`](super::Session::handle_cancelled).
    Cancel(OperationId),
    /// Run the completion callback, off the caller's stack; tell
    /// [`handle_completion_started`](super::Session::handle_completion_started) right before.
    Complete(Completion),
    /// The response's body ends. Any end may be followed by [`BodyEnd::Abort`] if the connection
    /// is lost before all of it was taken.
    EndBody(BodyEnd),
    /// Execute a child request and tell what becomes of it:
    /// [`handle_child_head`](super::Session::handle_child_head),
    /// [`handle_child_data`](super::Session::handle_child_data) for as long as
    /// [`wants_child_data`](super::Session::wants_child_data), and
    /// [`handle_child_end`](super::Session::handle_child_end) or
    /// [`handle_child_cut`](super::Session::handle_child_cut).
    ExecUrl {
        /// The operation that waits for the child.
        operation: OperationId,
        /// What to execute.
        child: Box<ChildRequest>,
    },
    /// Last of all: `HttpExtensionProc` has returned and the session has ended. The control block
    /// may go as soon as no callback runs on it.
    Finished(Ending),
    /// Call `HttpExtensionProc`, now and never again.
    Invoke(Preread),
    /// The second number of an error, for this request's log line: 3 in 404.3.
    LogSubStatus(u16),
    /// An extension broke a rule; log it by name.
    Report(Misuse),
    /// Send these body bytes and tell
    /// [`handle_data_taken`](super::Session::handle_data_taken) when they were taken.
    SendData {
        /// The operation they belong to; none for synchronous writes.
        operation: Option<OperationId>,
        /// Never empty.
        data: Bytes,
    },
    /// Send this part of a file as body bytes; reported like
    /// [`SendData`](Output::SendData).
    SendFile {
        /// The operation it belongs to; none for synchronous sends.
        operation: Option<OperationId>,
        /// Never empty.
        range: FileRange,
    },
    /// The response's head; once, before any body.
    SendHead(ResponseHead),
}

/// What the control block of the call is filled with.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Preread {
    /// The first bytes of the body: `lpbData`, `cbAvailable`.
    pub data: Bytes,
    /// `cbTotalBytes`: 0xFFFFFFFF for a chunked body and for 4 GiB or more.
    pub total_bytes: u32,
}

/// The end of an asynchronous operation, to be told through its callback.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "every accepted operation owes exactly one callback"]
pub struct Completion {
    /// Which operation.
    pub operation: OperationId,
    /// What a read brought; empty for a send.
    pub data: Bytes,
    /// `cbIO`.
    pub bytes: u64,
    /// `dwError`; 0 for success.
    pub error: Win32Error,
}

/// How the response's body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyEnd {
    /// The connection closes at once, whatever is still queued. Before any head: no response at
    /// all.
    Abort,
    /// Whole, and the connection closes behind it.
    CloseAfter,
    /// Whole.
    Complete,
    /// Cut behind what is queued: the client must not take it for a whole response.
    Cut,
}
