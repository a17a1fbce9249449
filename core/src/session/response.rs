//! The response on its way to the client: one head, one framing, whatever was written.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use super::output_queue::OutputQueue;
use super::{BodyEnd, FileRange, HostFault, Misuse, OperationId, Output};
use crate::chunk_decoder::ChunkDecoder;
use crate::response_head::{HeadError, ResponseHead};

/// The start of a head that an extension writes by itself.
const RAW_HEAD: &[u8] = b"HTTP/";

/// What has gone out and what may still go.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Response {
    inner: Inner,
    /// The request's method is HEAD.
    to_head: bool,
    /// Only the status goes out, what is written is passed on as it is.
    suppress_head: bool,
    /// The connection closes behind the response.
    close_after: bool,
    /// Nothing may be sent any more.
    sealed: bool,
    excess_reported: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Inner {
    /// No head has gone; `raw` is the start of what may become one.
    AwaitingHead {
        raw: Vec<u8>,
    },
    Streaming {
        framing: Framing,
        /// Undoes the chunks that the extension frames itself.
        chunks: Option<ChunkDecoder>,
    },
    Closed(Cause),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Framing {
    /// To HEAD, or by status 204 or 304.
    NoBody,
    /// So many bytes are still owed.
    Length(u64),
    /// Until the end.
    Open,
}

/// Why nothing more can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Cause {
    ClientGone,
    /// The response was cut by an error.
    Cut,
    /// By `HSE_REQ_CLOSE_CONNECTION`.
    Disconnected,
    /// A file could not be sent as announced.
    FileFailed(HostFault),
    TimedOut,
    Whole,
}

/// Where the bytes of one send go.
#[derive(Debug)]
pub(super) struct Sink<'a> {
    pub(super) operation: Option<OperationId>,
    /// Bytes queued so far, to be taken later.
    pub(super) queued: u64,
    pub(super) outputs: &'a mut OutputQueue,
}

impl Response {
    pub(super) fn new(to_head: bool, suppress_head: bool) -> Self {
        Self {
            inner: Inner::AwaitingHead { raw: Vec::new() },
            to_head,
            suppress_head,
            close_after: false,
            sealed: false,
            excess_reported: false,
        }
    }

    pub(super) fn closed(&self) -> Option<Cause> {
        match self.inner {
            Inner::Closed(cause) => Some(cause),
            _ => None,
        }
    }

    pub(super) fn awaits_head(&self) -> bool {
        matches!(self.inner, Inner::AwaitingHead { .. })
    }

    /// Has nothing been sent at all?
    pub(super) fn is_untouched(&self) -> bool {
        matches!(&self.inner, Inner::AwaitingHead { raw } if raw.is_empty())
    }

    /// Has the client got everything that it was promised, as far as it was queued?
    pub(super) fn owes_nothing(&self) -> bool {
        match self.inner {
            Inner::AwaitingHead { .. } => false,
            Inner::Streaming { framing, .. } => {
                matches!(framing, Framing::NoBody | Framing::Length(0))
            }
            Inner::Closed(cause) => cause == Cause::Whole,
        }
    }

    pub(super) fn is_sealed(&self) -> bool {
        self.sealed
    }

    pub(super) fn name(&self) -> &'static str {
        match &self.inner {
            Inner::AwaitingHead { raw } if raw.is_empty() => "AwaitingHead",
            Inner::AwaitingHead { .. } => "AwaitingHead, raw",
            Inner::Streaming {
                framing: Framing::NoBody,
                ..
            } => "Streaming no body",
            Inner::Streaming {
                framing: Framing::Length(_),
                ..
            } => "Streaming a length",
            Inner::Streaming {
                framing: Framing::Open,
                ..
            } => "Streaming",
            Inner::Closed(_) => "Closed",
        }
    }

    /// Nothing more may be sent behind what is being sent now.
    pub(super) fn seal(&mut self) {
        self.sealed = true;
    }

    /// What was sent has gone nowhere: there may be another head.
    pub(super) fn take_back(&mut self) {
        self.inner = Inner::AwaitingHead { raw: Vec::new() };
    }

    /// The connection is to close behind the response.
    pub(super) fn close_after(&mut self) {
        self.close_after = true;
    }

    /// Nothing more can be sent. Answers whether this is news: what is queued behind an ended
    /// response may still be lost with its connection.
    pub(super) fn close(&mut self, cause: Cause) -> bool {
        let news = match self.closed() {
            None => true,
            Some(Cause::Whole) => cause != Cause::Whole,
            Some(Cause::Cut | Cause::FileFailed(_)) => cause.loses_connection(),
            Some(Cause::ClientGone | Cause::Disconnected | Cause::TimedOut) => false,
        };
        if news {
            self.inner = Inner::Closed(cause);
        }
        news
    }

    /// Sends the head. There must not have been one.
    pub(super) fn start(
        &mut self,
        mut head: ResponseHead,
        sink: &mut Sink<'_>,
    ) -> Result<(), Misuse> {
        if !self.is_untouched() {
            return Err(Misuse::HeadersSentTwice);
        }
        let status = head.status();
        if status.is_informational() {
            return Err(Misuse::MalformedHead(HeadError::InformationalStatus));
        }
        let has_no_body =
            self.to_head || status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED;
        // The parent's response has a framing of its own.
        let framing = match head.content_length() {
            _ if self.suppress_head => Framing::Open,
            _ if has_no_body => Framing::NoBody,
            Some(length) => Framing::Length(length),
            None => Framing::Open,
        };
        let chunks = (head.is_chunked() && framing == Framing::Open).then(ChunkDecoder::new);
        if self.suppress_head {
            head = ResponseHead::new(status);
        }
        if self.close_after {
            head.set_close();
        }
        self.inner = Inner::Streaming { framing, chunks };
        sink.outputs.push_back(Output::SendHead(head));
        Ok(())
    }

    /// Sends what an extension writes: body, or a head of its own making and then body.
    pub(super) fn feed(&mut self, data: Bytes, sink: &mut Sink<'_>) -> Result<(), Misuse> {
        let Inner::AwaitingHead { raw } = &mut self.inner else {
            return self.feed_body(data, sink);
        };
        let data = if raw.is_empty() {
            data
        } else {
            let mut joined = std::mem::take(raw);
            joined.extend_from_slice(&data);
            Bytes::from(joined)
        };
        let may_be_head = data.len() < RAW_HEAD.len() && RAW_HEAD.starts_with(&data);
        if may_be_head && !self.suppress_head {
            *raw = data.to_vec();
            return Ok(());
        }
        if self.suppress_head || !data.starts_with(RAW_HEAD) {
            self.start(ResponseHead::new(StatusCode::OK), sink)?;
            return self.feed_body(data, sink);
        }
        match ResponseHead::parse_raw(&data).map_err(Misuse::MalformedHead)? {
            None => {
                *raw = data.to_vec();
                Ok(())
            }
            Some((head, used)) => {
                self.start(head, sink)?;
                self.feed_body(data.slice(used..), sink)
            }
        }
    }

    /// Sends a part of a file as body. A head must be out, or be one by what was fed before.
    pub(super) fn feed_file(
        &mut self,
        range: FileRange,
        sink: &mut Sink<'_>,
    ) -> Result<(), Misuse> {
        self.settle_head(sink)?;
        let Inner::Streaming { framing, chunks } = &mut self.inner else {
            return Ok(());
        };
        if let Some(chunks) = chunks
            && !chunks.skip_data(range.length)
        {
            return Err(Misuse::FileAcrossChunks);
        }
        let length = framing.admit(range.length);
        if length < range.length {
            self.report_excess(sink);
        }
        if length > 0 {
            sink.queued = sink.queued.saturating_add(length);
            sink.outputs.push_back(Output::SendFile {
                operation: sink.operation,
                range: FileRange { length, ..range },
            });
        }
        Ok(())
    }

    /// Ends the response as far as it has come. Whatever is missing cuts it. Answers how many bytes
    /// this has queued: those that were held back as the possible start of a head.
    pub(super) fn finish(&mut self, http_status: u32, outputs: &mut OutputQueue) -> u64 {
        let mut sink = Sink {
            operation: None,
            queued: 0,
            outputs,
        };
        if self.is_untouched() {
            self.start_empty(empty_head(usable_status(http_status)), &mut sink);
        } else if let Err(misuse) = self.settle_head(&mut sink) {
            sink.outputs.push_back(Output::Report(misuse));
            self.inner = Inner::AwaitingHead { raw: Vec::new() };
            self.start_empty(error_head(StatusCode::INTERNAL_SERVER_ERROR), &mut sink);
        }
        let queued = sink.queued;
        let Inner::Streaming { framing, chunks } = &self.inner else {
            return queued;
        };
        let missing = match framing {
            Framing::NoBody | Framing::Length(0) => None,
            Framing::Length(_) => Some(Misuse::ContentLengthNotReached),
            Framing::Open => chunks
                .as_ref()
                .filter(|chunks| !chunks.is_finished())
                .map(|_| Misuse::MalformedChunk),
        };
        let end = match missing {
            None if self.close_after => BodyEnd::CloseAfter,
            None => BodyEnd::Complete,
            Some(misuse) => {
                outputs.push_back(Output::Report(misuse));
                BodyEnd::Cut
            }
        };
        self.end(end, outputs);
        queued
    }

    /// Ends the response because of an error: with `status` where no head is out, else it is cut.
    pub(super) fn fail(&mut self, status: StatusCode, outputs: &mut OutputQueue) {
        if self.awaits_head() {
            self.inner = Inner::AwaitingHead { raw: Vec::new() };
            let mut sink = Sink {
                operation: None,
                queued: 0,
                outputs,
            };
            self.start_empty(error_head(status), &mut sink);
            self.end(BodyEnd::Complete, outputs);
        } else if self.owes_nothing() {
            self.end(BodyEnd::Complete, outputs);
        } else {
            self.end(BodyEnd::Cut, outputs);
        }
    }

    /// Refuses the request itself; the connection closes, since more of it is coming.
    pub(super) fn refuse(&mut self, status: StatusCode, outputs: &mut OutputQueue) {
        self.close_after();
        let mut sink = Sink {
            operation: None,
            queued: 0,
            outputs,
        };
        self.start_empty(error_head(status), &mut sink);
        self.end(BodyEnd::CloseAfter, outputs);
    }

    fn end(&mut self, end: BodyEnd, outputs: &mut OutputQueue) {
        self.sealed = true;
        self.close(match end {
            BodyEnd::Abort | BodyEnd::Cut => Cause::Cut,
            BodyEnd::CloseAfter | BodyEnd::Complete => Cause::Whole,
        });
        outputs.push_back(Output::EndBody(end));
    }

    fn start_empty(&mut self, head: ResponseHead, sink: &mut Sink<'_>) {
        // Neither refusal of `start` can happen: nothing was held, and the status is a final one.
        let started = self.start(head, sink);
        debug_assert_eq!(started, Ok(()));
    }

    /// What was held back as the possible start of a head is body after all, or a broken head.
    fn settle_head(&mut self, sink: &mut Sink<'_>) -> Result<(), Misuse> {
        let Inner::AwaitingHead { raw } = &mut self.inner else {
            return Ok(());
        };
        if raw.starts_with(RAW_HEAD) {
            return Err(Misuse::HeadNotFinished);
        }
        let held = Bytes::from(std::mem::take(raw));
        self.start(ResponseHead::new(StatusCode::OK), sink)?;
        self.feed_body(held, sink)
    }

    fn feed_body(&mut self, data: Bytes, sink: &mut Sink<'_>) -> Result<(), Misuse> {
        let Inner::Streaming { framing, chunks } = &mut self.inner else {
            return Ok(());
        };
        let excess = match chunks {
            None => framing.pass(data, sink),
            Some(chunks) => {
                let mut pieces = Vec::new();
                chunks
                    .decode(&data, &mut pieces)
                    .map_err(|_| Misuse::MalformedChunk)?;
                let mut excess = false;
                for piece in pieces {
                    excess |= framing.pass(piece, sink);
                }
                excess
            }
        };
        if excess {
            self.report_excess(sink);
        }
        Ok(())
    }

    fn report_excess(&mut self, sink: &mut Sink<'_>) {
        let no_body = matches!(
            self.inner,
            Inner::Streaming {
                framing: Framing::NoBody,
                ..
            }
        );
        if !no_body && !std::mem::replace(&mut self.excess_reported, true) {
            sink.outputs
                .push_back(Output::Report(Misuse::ContentLengthExceeded));
        }
    }
}

impl Framing {
    /// Queues what of `piece` may go out; whether there was more.
    fn pass(&mut self, mut piece: Bytes, sink: &mut Sink<'_>) -> bool {
        let admitted = self.admit(piece.len() as u64);
        // Never more than the piece's own length, so that the conversion cannot fail.
        let admitted = usize::try_from(admitted).unwrap_or(piece.len());
        let excess = admitted < piece.len() && *self != Self::NoBody;
        piece.truncate(admitted);
        if !piece.is_empty() {
            sink.queued = sink.queued.saturating_add(admitted as u64);
            sink.outputs.push_back(Output::SendData {
                operation: sink.operation,
                data: piece,
            });
        }
        excess
    }

    /// How many of `length` bytes may go out; they are counted.
    fn admit(&mut self, length: u64) -> u64 {
        match self {
            Self::NoBody => 0,
            Self::Open => length,
            Self::Length(owed) => {
                let admitted = length.min(*owed);
                *owed -= admitted;
                admitted
            }
        }
    }
}

impl Cause {
    /// Can nothing reach the client any more, not even what is queued?
    pub(super) fn loses_connection(self) -> bool {
        matches!(self, Self::ClientGone | Self::Disconnected | Self::TimedOut)
    }

    /// How the body ends when the connection is lost to this; `None` where nobody takes it any
    /// more.
    pub(super) fn body_end(self) -> Option<BodyEnd> {
        match self {
            Self::ClientGone | Self::Whole => None,
            Self::Cut | Self::FileFailed(_) => Some(BodyEnd::Cut),
            Self::Disconnected | Self::TimedOut => Some(BodyEnd::Abort),
        }
    }
}

/// A head of a response without a body.
fn empty_head(status: StatusCode) -> ResponseHead {
    let head = ResponseHead::new(status);
    if status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED {
        return head;
    }
    head.with_field(header::CONTENT_LENGTH, HeaderValue::from_static("0"))
}

/// The head that stands for an answer which the extension did not give.
fn error_head(status: StatusCode) -> ResponseHead {
    let mut head = empty_head(status);
    head.set_by_host();
    head
}

/// The status of a response for which the extension only set `dwHttpStatusCode`.
pub(super) fn usable_status(http_status: u32) -> StatusCode {
    u16::try_from(http_status)
        .ok()
        .and_then(|status| StatusCode::from_u16(status).ok())
        .filter(|status| !status.is_informational())
        .unwrap_or(StatusCode::OK)
}
