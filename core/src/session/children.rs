//! Child requests: executing another URL within a request.

use std::time::Instant;

use bytes::Bytes;

use super::held::Flush;
use super::{
    Callback, ChildBody, ChildRequest, ChildStatus, MAX_EXEC_URL_DEPTH, Misuse, OperationId,
    Output, Refusal, Session,
};
use crate::request_head::BodyLength;
use crate::response_head::ResponseHead;
use crate::win32::Win32Error;

/// The most that a child is handed of its parent's body at a time.
const LONGEST_PIECE: usize = 64 * 1024;

impl Session {
    /// `HSE_REQ_EXEC_URL` and `HSE_REQ_EXEC_UNICODE_URL`
    /// ([ms525925](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525925(v=vs.90))).
    /// `request` is the code it came with. The completion's `bytes` counts the child's body.
    ///
    /// A child without an entity of its own gets what is left of this request's body: all of it as
    /// long as the extension has read nothing but `lpbData`, which the child gets again; else what
    /// was not read. What the child leaves is left for this request and its next child; `lpbData` is
    /// not read a second time by the extension itself.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`]; then there is no completion.
    pub fn exec_url(
        &mut self,
        now: Instant,
        request: u32,
        child: ChildRequest,
    ) -> Result<OperationId, Refusal> {
        self.guard(|session| {
            session.ensure_may_start(Callback::ServerSupportFunction(request), false)?;
            session.ensure_sendable()?;
            if session.config.exec_url_depth >= MAX_EXEC_URL_DEPTH {
                return Err(Misuse::ExecUrlTooDeep.into());
            }
            session.release_held();
            session.watch_writes(now);
            let operation = session.operation.start_executing(child.no_headers);
            let child = Box::new(child);
            let execute = Output::ExecUrl { operation, child };
            session.outputs.push_back(execute);
            Ok(operation)
        })
    }

    /// `HSE_REQ_GET_EXEC_URL_STATUS`
    /// ([ms525519](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525519(v=vs.90))):
    /// how the last child ended.
    ///
    /// # Errors
    ///
    /// A [`Misuse`], also when there has been no child.
    pub fn exec_url_status(&mut self) -> Result<ChildStatus, Refusal> {
        self.guard(|session| {
            session.ensure_open(Callback::ServerSupportFunction(1027))?;
            session
                .child_status
                .ok_or_else(|| Misuse::NoChildExecuted.into())
        })
    }

    /// How much a child without an entity of its own will read.
    #[must_use]
    pub fn child_body_length(&self) -> BodyLength {
        self.body.remaining_for_child()
    }

    /// May the child of this operation send more now? `None` when it is not wanted any more.
    #[must_use]
    pub fn wants_child_data(&self, operation: OperationId) -> Option<bool> {
        let outstanding = self.operation.child_outstanding(operation)?;
        Some(outstanding.saturating_add(self.queued) < self.config.send_buffer.max(1))
    }

    /// The next piece of this request's body for the child of `operation`.
    pub fn read_for_child(&mut self, operation: OperationId) -> ChildBody {
        let waits = self.body.is_empty_for_child() && self.body.is_streaming();
        if !self.operation.child_reads(operation, waits) {
            return ChildBody::Cut;
        }
        if waits {
            return ChildBody::NotYet;
        }
        let data = self.body.take_for_child(LONGEST_PIECE);
        match data.is_empty() {
            false => ChildBody::Data(data),
            true if self.body.is_whole() => ChildBody::End,
            true => ChildBody::Cut,
        }
    }

    /// The head of the child's response came. It goes nowhere where this request has sent its own,
    /// or with `HSE_EXEC_URL_NO_HEADERS`. One that cannot be sent, such as 101, ends the child.
    pub fn handle_child_head(&mut self, operation: OperationId, head: ResponseHead) {
        if !self.response.is_untouched() || !self.operation.wants_child_head(operation) {
            return;
        }
        let started = self.feed(Some(operation), Flush::Always, |response, sink| {
            response.start(head, sink)
        });
        if let Err(misuse) = started {
            self.drop_child(misuse);
        }
    }

    /// A piece of the body of the child's response came. One that cannot be sent, such as a raw head
    /// that is malformed, ends the child: a response must not have a hole.
    pub fn handle_child_data(&mut self, now: Instant, operation: OperationId, data: Bytes) {
        if self.operation.child_outstanding(operation).is_none() {
            return;
        }
        let total = data.len() as u64;
        let fed = self.feed(Some(operation), Flush::Always, |response, sink| {
            response.feed(data, sink)
        });
        match fed {
            Ok(queued) => self.operation.child_sent(operation, total, queued),
            Err(misuse) => self.drop_child(misuse),
        }
        self.watch_writes(now);
    }

    /// The child's response came to its end.
    pub fn handle_child_end(&mut self, now: Instant, operation: OperationId, status: ChildStatus) {
        self.child_over(now, operation, status, None);
    }

    /// The child's response broke off. What it has sent still goes out, and this response is cut
    /// behind it.
    pub fn handle_child_cut(&mut self, now: Instant, operation: OperationId, status: ChildStatus) {
        self.child_over(now, operation, status, Some(status.error));
    }

    fn drop_child(&mut self, misuse: Misuse) {
        self.report(misuse);
        self.cancel_send(misuse.win32());
    }

    fn child_over(
        &mut self,
        now: Instant,
        operation: OperationId,
        status: ChildStatus,
        cut: Option<Win32Error>,
    ) {
        if self.operation.child_ended(operation, cut) {
            self.child_status = Some(status);
            self.finish_sent(now);
        }
    }
}
