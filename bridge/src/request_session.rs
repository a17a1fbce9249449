mod child;

use std::fmt;
use std::sync::Arc as StdArc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use bytes::Bytes;
use isapi_core::request_head::RequestHead;
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{Ending, SessionConfig};

pub use child::ChildCall;

use crate::report;
use crate::shared::Shared;
use crate::sync::Arc;
use crate::{ExtensionGuard, InlineCall, Loan, Runtime, Site};

/// What the connection underneath can do.
#[derive(Clone, Default)]
pub struct Transport {
    /// Frames may be slices of a mapped file, or of addresses that only stand for one
    /// ([`FileSlice`](crate::FileSlice)), since nothing between here and the kernel reads them. Only
    /// for a cleartext stream of our own with vectored writes that finds out which file it is.
    pub mapped_files: bool,
    /// An extension's own memory may be sent without a copy, since there is a consumer of the response
    /// that takes it ([`poll_body`](RequestSession::poll_body)) and a connection that counts what the
    /// kernel has taken of it ([`Loan`]). Not where the end of the connection is the only end of a
    /// body: one that is cut has to be told from one that is whole.
    pub lent_memory: bool,
    /// The client. Where there is none, its end counts once a read or write met it.
    pub peer: Option<StdArc<dyn Peer>>,
}

/// The other end of a connection.
pub trait Peer: Send + Sync + 'static {
    /// Whether the client has closed or reset the connection, even if bytes wait unread before that
    /// end. Asked on the extension's thread for `HSE_REQ_IS_CONNECTED`, without a lock; it must not
    /// block.
    fn is_gone(&self) -> bool;
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport")
            .field("mapped_files", &self.mapped_files)
            .field("lent_memory", &self.lent_memory)
            .finish_non_exhaustive()
    }
}

/// One request that an extension works on: the handle of the HTTP side. A clone is another handle
/// of the same request.
///
/// Two tasks use it, which may be one: the consumer of the response (`poll_head`, then
/// `poll_frame`, and `response_dropped` when it stops early), and the driver that reads the
/// request's body, keeps the time and makes the calls it is given (`poll_drive`). Each of the three `poll_`
/// methods that is pending remembers the last waker it was given.
///
/// File reads happen on threads of the [`Runtime`], and so do the call and completions unless they run
/// inline.
///
/// A handle that is dropped tells the session nothing, since the extension may work on: whoever
/// gives a request up says [`response_dropped`](Self::response_dropped), when the body was not read to
/// its end [`body_cut`](Self::body_cut), and instead of that, where it has driven the request until then,
/// [`driver_dropped`](Self::driver_dropped).
#[derive(Clone)]
pub struct RequestSession {
    shared: Arc<Shared>,
}

/// What the driver is to do.
#[derive(Debug)]
pub enum Drive {
    /// Make a call of the extension and then ask again, or have it
    /// [dispatched](InlineCall::dispatch) and ask again at once. Only said where calls may run
    /// [inline](crate::InlineDispatch).
    Call(InlineCall),
    /// Execute a child request. Said once for each child.
    ExecUrl(ChildCall),
    /// Nothing more: `HttpExtensionProc` has returned and the session has ended. Frames may still
    /// be waiting for the response's consumer.
    Finished(Ending),
    /// Read the request's body and tell what came; ask again meanwhile.
    ReadBody,
}

/// Whether the consumer of a response passes the extension's own memory on to the kernel, unread and
/// unkept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lending {
    /// It does.
    Accepted,
    /// It may read what it takes, and keep it: it gets copies.
    #[default]
    Refused,
    /// It finds out when it is told that there is such memory.
    Undecided,
}

/// A piece of a response's body.
#[derive(Clone, Debug)]
pub enum BodyFrame {
    /// Bytes of the host's own.
    Data(Bytes),
    /// The next piece may be memory that is lent: ask again, decided. Nothing was taken.
    Lendable,
    /// Memory of the extension, whose operation waits until all of these bytes are dropped.
    Lent(Bytes, Loan),
}

/// There will be no response: close the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoResponse(pub(crate) ());

impl fmt::Display for NoResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request ended without a response")
    }
}

impl std::error::Error for NoResponse {}

/// A body was cut: the response's, which the client must not take for a whole one, or the request's,
/// which its child must not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyAborted(pub(crate) ());

impl fmt::Display for BodyAborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body was cut")
    }
}

impl std::error::Error for BodyAborted {}

/// What a request leaves for its log line. Text of the extension is escaped: it holds no control
/// characters.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogEntry {
    /// The request's number.
    pub id: u64,
    /// The extension's name.
    pub extension: String,
    /// The status of the response; none where no head was sent.
    pub status: Option<u16>,
    /// IIS's second number of an error, such as 3 in 404.3; 0 for none.
    pub sub_status: u16,
    /// `lpszLogData`.
    pub log_data: String,
    /// What `HSE_APPEND_LOG_PARAMETER` appended.
    pub log_parameters: String,
    /// How the session ended; none as long as it has not.
    pub ending: Option<Ending>,
}

impl RequestSession {
    /// Begins a request. `HttpExtensionProc` is called as soon as enough of the body is there.
    /// `site` answers what the extension asks about the server around it.
    ///
    /// A call that is due at once and is to run inline is handed out: the caller may make it in the
    /// task that drives the request, where it costs no task of its own, or have it
    /// [dispatched](InlineCall::dispatch). So it is with the calls that the driver is
    /// [given](Drive::Call).
    #[must_use]
    pub fn start(
        runtime: &StdArc<Runtime>,
        extension: ExtensionGuard,
        head: StdArc<RequestHead>,
        config: SessionConfig,
        transport: Transport,
        site: StdArc<dyn Site>,
    ) -> (Self, Option<InlineCall>) {
        let now = runtime.now();
        let shared = Shared::new(runtime, extension, head, config, transport, site, now);
        let call = Shared::begin(&shared, now).and_then(|invocation| invocation.hand_out(&shared));
        (Self { shared }, call)
    }

    /// The request's number in logs; counted from 1 for each runtime.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.shared.request()
    }

    /// The response's head, once.
    ///
    /// # Errors
    ///
    /// [`NoResponse`] when none will come, and when it was taken already.
    pub fn poll_head(&self, cx: &mut Context<'_>) -> Poll<Result<ResponseHead, NoResponse>> {
        self.shared.poll_head(cx)
    }

    /// The next piece of the response's body; none at its end. The operation that a piece belongs
    /// to makes progress when it is taken.
    ///
    /// # Errors
    ///
    /// [`BodyAborted`], the last of all, where the response was cut.
    pub fn poll_frame(&self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyAborted>>> {
        match ready!(self.poll_body(Lending::Refused, cx)) {
            Some(Ok(BodyFrame::Data(data) | BodyFrame::Lent(data, _))) => {
                Poll::Ready(Some(Ok(data)))
            }
            Some(Ok(BodyFrame::Lendable)) | None => Poll::Ready(None),
            Some(Err(aborted)) => Poll::Ready(Some(Err(aborted))),
        }
    }

    /// Like [`poll_frame`](Self::poll_frame), for a consumer that may pass on memory of the extension.
    ///
    /// An operation whose memory was lent completes when all bytes over it are dropped, and not when
    /// they are taken.
    ///
    /// # Errors
    ///
    /// [`BodyAborted`], the last of all, where the response was cut.
    pub fn poll_body(
        &self,
        lending: Lending,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<BodyFrame, BodyAborted>>> {
        Shared::poll_frame(&self.shared, lending, cx)
    }

    /// May frames that were taken so far be slices of mapped files? Then their bytes go to the kernel
    /// as [`FileSlice`](crate::FileSlice)s, unread.
    #[must_use]
    pub fn sends_mapped_files(&self) -> bool {
        self.shared.sends_mapped_files()
    }

    /// Is the connection to be closed behind this response? Settled when the body ends; what the
    /// head asked for is in the head.
    #[must_use]
    pub fn close_after(&self) -> bool {
        self.shared.close_after()
    }

    /// Is the connection to be closed at once? The driver is woken for it, because the consumer may
    /// be stuck in a write and never ask for the next frame.
    ///
    /// A response that is only cut behind its last frame says so by an error of
    /// [`poll_frame`](Self::poll_frame).
    #[must_use]
    pub fn is_aborted(&self) -> bool {
        self.shared.is_aborted()
    }

    /// Has the whole body been taken?
    #[must_use]
    pub fn is_body_done(&self) -> bool {
        self.shared.is_body_done()
    }

    /// The response's consumer is gone. Means nothing when everything had been taken.
    pub fn response_dropped(&self) {
        Shared::update(&self.shared, |inner, now| inner.response_dropped(now));
    }

    /// A file that is being sent from its mapping has become shorter, and with it the connection has
    /// failed. Instead of [`response_dropped`](Self::response_dropped).
    pub fn file_truncated(&self) {
        Shared::update(&self.shared, |inner, now| inner.file_truncated(now));
    }

    /// What the driver is to do; pending while there is nothing. The waker is remembered, except with
    /// [`Drive::Call`] and [`Drive::Finished`]. It is woken when there is something to do, a call among it,
    /// and as well when [`next_timeout`](Self::next_timeout) has become earlier or the connection is
    /// [to be closed](Self::is_aborted).
    pub fn poll_drive(&self, cx: &mut Context<'_>) -> Poll<Drive> {
        Shared::poll_drive(&self.shared, cx)
    }

    /// The driver is gone before the request was over, as when its runtime is torn down. Nobody reads the
    /// body any more, and calls are made elsewhere.
    pub fn driver_dropped(&self) {
        Shared::lose_driver(&self.shared);
        self.body_cut();
    }

    /// A piece of the request's body came.
    pub fn body_chunk(&self, chunk: Bytes) {
        Shared::update(&self.shared, |inner, now| {
            inner.session.handle_body_chunk(now, chunk)
        });
    }

    /// The request's body came to its end.
    pub fn body_end(&self) {
        Shared::update(&self.shared, |inner, now| {
            inner.session.handle_body_end(now)
        });
    }

    /// The request's body broke off.
    pub fn body_cut(&self) {
        Shared::update(&self.shared, |inner, now| {
            inner.session.handle_body_cut(now)
        });
    }

    /// The request's body is larger than the host allows: before the call the client gets 413,
    /// later the extension's reads fail.
    pub fn body_too_large(&self) {
        Shared::update(&self.shared, |inner, now| {
            inner.session.handle_body_too_large(now);
        });
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called; none for never.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        self.shared.next_timeout()
    }

    /// Time has passed; harmless when no deadline has.
    pub fn handle_timeout(&self, now: Instant) {
        let is_kept = Shared::update(&self.shared, |inner, _| {
            let is_kept = inner.tell_progress(now);
            inner.session.handle_timeout(now);
            is_kept
        });
        if is_kept {
            report::memory_kept(&self.shared);
        }
    }

    /// What the request leaves for its log line so far.
    #[must_use]
    pub fn log_entry(&self) -> LogEntry {
        let (log, ending) = self.shared.log();
        let (status, sub_status) = (log.status, log.sub_status);
        let notes = log.into_notes();
        LogEntry {
            id: self.shared.request(),
            extension: self.shared.extension_name().to_string(),
            status,
            sub_status,
            log_data: notes.data,
            log_parameters: notes.parameters,
            ending,
        }
    }
}

impl fmt::Debug for RequestSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestSession").field(&self.shared).finish()
    }
}
