//! Facts from the host.

use std::time::Instant;

use bytes::Bytes;
use http::StatusCode;

use super::operation::SendEnd;
use super::response::{Cause, usable_status};
use super::state::{Step, Verdict, VerdictKind};
use super::{
    BodyEnd, ChildStatus, ClientFault, Ending, HostFault, How, Initiator, InvokeFailure, Misuse,
    OperationId, Output, Preread, ProcReturn, ProcStatus, Session, Timer,
};
use crate::win32::Win32Error;

impl Session {
    /// A piece of the request's body came.
    pub fn handle_body_chunk(&mut self, now: Instant, chunk: Bytes) {
        self.body.push(chunk);
        self.body_changed(now);
    }

    /// The request's body came to its end.
    pub fn handle_body_end(&mut self, now: Instant) {
        self.body.end();
        self.body_changed(now);
    }

    /// The request's body broke off: more was announced than will come.
    ///
    /// The extension sees the end, never a hang; it can tell by counting, and an asynchronous read by
    /// its error.
    pub fn handle_body_cut(&mut self, now: Instant) {
        self.body.cut();
        self.body_changed(now);
    }

    /// The request's body is larger than the host allows, and the rest of it will not be read.
    ///
    /// Before the call the request is refused with 413. After it, reads fail with
    /// [`ClientFault::BodyTooLarge`] once what has come was read:
    /// an extension must not take a part for the whole.
    pub fn handle_body_too_large(&mut self, now: Instant) {
        self.body.refuse();
        if self.state.is_reading_ahead() && self.body.is_refused() {
            self.timers.stop(Timer::Read);
            self.response
                .refuse(StatusCode::PAYLOAD_TOO_LARGE, &mut self.outputs);
            self.state.abandon(Ending {
                by: Initiator::Host,
                how: How::Refused,
            });
            return;
        }
        self.body_changed(now);
    }

    /// `HttpExtensionProc` returned, or unwound ([`ProcStatus::Panicked`]).
    pub fn handle_proc_return(&mut self, now: Instant, returned: ProcReturn) {
        if let ProcStatus::Unknown(status) = returned.status {
            self.report(Misuse::UnknownStatus(status));
        }
        let step = self.state.proc_return(returned, !self.operation.is_idle());
        if step == Step::Cancel {
            self.cancel_send(Win32Error::OPERATION_ABORTED);
        }
        self.follow(now, step);
    }

    /// The call of `HttpExtensionProc` could not be made.
    pub fn handle_invoke_failed(&mut self, now: Instant, failure: InvokeFailure) {
        let verdict = Verdict {
            kind: VerdictKind::HostFailed,
            http_status: u32::from(failure.status().as_u16()),
        };
        let step = self.state.invoke_failed(verdict, !self.operation.is_idle());
        self.follow(now, step);
    }

    /// The consumer of the response's body took `bytes` bytes of
    /// [`Output::SendData`] or [`Output::SendFile`] of this operation, or of synchronous writes.
    ///
    /// The last byte completes the operation. So whoever still reads memory of the extension tells that
    /// one when it has done so.
    pub fn handle_data_taken(&mut self, now: Instant, operation: Option<OperationId>, bytes: u64) {
        match operation {
            None => self.queued = self.queued.saturating_sub(bytes),
            Some(operation) => self.operation.taken(operation, bytes),
        }
        self.timers.stop(Timer::Write);
        self.finish_sent(now);
        self.watch_writes(now);
    }

    /// A file of this operation, or of synchronous sends, could not be read, or shrank. The response
    /// is cut: the driver drops everything that is queued behind the file.
    pub fn handle_transfer_failed(
        &mut self,
        now: Instant,
        operation: Option<OperationId>,
        fault: HostFault,
    ) {
        if let Some(operation) = operation {
            let completion = self.operation.finish_failed(operation, fault.win32());
            if completion.is_none() {
                return;
            }
            self.complete(completion);
        }
        self.queued = 0;
        self.lose_connection(now, Cause::FileFailed(fault), Win32Error::OPERATION_ABORTED);
    }

    /// What was queued for this operation was dropped, as [`Output::Cancel`] asked.
    pub fn handle_cancelled(&mut self, now: Instant, operation: OperationId) {
        let is_child = self.operation.is_executing();
        let Some(completion) = self.operation.finish_cancelled(operation) else {
            return;
        };
        if is_child {
            self.child_status = Some(ChildStatus {
                status: 0,
                sub_status: 0,
                error: completion.error,
            });
        }
        self.complete(Some(completion));
        if self.state.is_open() && self.response.is_untouched() {
            // A child that has sent nothing: the extension may still answer by itself.
            self.watch_writes(now);
            return;
        }
        // Bytes that were promised are gone, so that the response cannot be whole any more.
        self.lose_connection(now, Cause::Cut, Win32Error::OPERATION_ABORTED);
    }

    /// The completion callback of this operation is about to be called: from here on the next
    /// operation may start.
    pub fn handle_completion_started(&mut self, now: Instant, operation: OperationId) {
        if self.operation.completion_started(operation) {
            let step = self.state.operation_over();
            self.follow(now, step);
        }
    }

    /// A completion callback did not return: it unwound.
    ///
    /// That ends the session, as it does when the call unwinds ([`ProcStatus::Panicked`]). One that
    /// has ended by itself stays as it ended.
    pub fn handle_completion_panicked(&mut self, now: Instant) {
        let verdict = Verdict {
            kind: VerdictKind::Panicked,
            http_status: u32::from(StatusCode::INTERNAL_SERVER_ERROR.as_u16()),
        };
        let pending = !self.operation.is_idle();
        let Ok(step) = self.state.done_with_session(verdict, pending) else {
            return;
        };
        if step == Step::Cancel {
            self.cancel_send(Win32Error::OPERATION_ABORTED);
        }
        self.follow(now, step);
    }

    /// The response future, or its body, was dropped.
    ///
    /// Before the last byte that was promised has been taken this means that the client is gone;
    /// after it, it means nothing.
    pub fn handle_response_dropped(&mut self, now: Instant) {
        let delivered = self.response.owes_nothing()
            && self.held.is_empty()
            && self.queued == 0
            && !self.operation.is_sending();
        if delivered {
            return;
        }
        self.queued = 0;
        if self.is_ended() {
            // A synchronous vector may still be waiting, on another thread than ended the session.
            self.response.close(Cause::ClientGone);
            return;
        }
        if self.state.is_reading_ahead() {
            self.timers.stop(Timer::Read);
            self.response.close(Cause::ClientGone);
            self.state.abandon(Ending {
                by: Initiator::Client,
                how: How::Aborted,
            });
            return;
        }
        self.lose_connection(now, Cause::ClientGone, Win32Error::OPERATION_ABORTED);
    }

    /// Time has passed; harmless when no deadline has.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.is_ended() {
            return;
        }
        if self.timers.has_run_out(Timer::Read, now) {
            self.timers.stop(Timer::Read);
            if self.state.is_reading_ahead() {
                self.invoke();
            } else {
                self.cancel_read(Win32Error::WSAETIMEDOUT);
                self.read_timed_out |= std::mem::take(&mut self.reader_waits);
            }
        }
        if self.timers.has_run_out(Timer::Write, now) {
            self.timers.stop(Timer::Write);
            self.lose_connection(now, Cause::TimedOut, Win32Error::NETNAME_DELETED);
        }
    }

    /// Goes on with what waits for the body.
    fn body_changed(&mut self, now: Instant) {
        if self.state.is_reading_ahead() {
            self.continue_read_ahead(now);
            return;
        }
        if !self.body.is_empty() || !self.body.is_streaming() {
            self.reader_waits = false;
            self.read_timed_out = false;
            self.timers.stop(Timer::Read);
            self.finish_read();
        }
    }

    /// Makes the call as soon as enough of the body is there.
    pub(super) fn continue_read_ahead(&mut self, now: Instant) {
        let target = self.body.read_ahead_target(self.config.read_ahead);
        let ready = !self.body.is_streaming()
            || self.head.expects_continue()
            || self.body.buffered() >= target;
        if ready {
            self.invoke();
        } else {
            self.timers
                .set_if_stopped(Timer::Read, now, self.config.read_timeout);
        }
    }

    fn invoke(&mut self) {
        if !self.state.invoke() {
            return;
        }
        self.timers.stop(Timer::Read);
        let data = self.body.take_preread(self.config.read_ahead);
        let total_bytes = self.body.total_bytes();
        self.outputs
            .push_back(Output::Invoke(Preread { data, total_bytes }));
    }

    /// Completes a pending read if there is something to tell.
    pub(super) fn finish_read(&mut self) {
        let Some(max) = self.operation.read_capacity() else {
            return;
        };
        if max > 0 && self.body.is_empty() && self.body.is_streaming() {
            return;
        }
        self.timers.stop(Timer::Read);
        let data = self.body.take(max);
        let error = if max > 0 && data.is_empty() && self.body.is_refused() {
            ClientFault::BodyTooLarge.win32()
        } else if max > 0 && data.is_empty() && self.body.is_cut() {
            Win32Error::OPERATION_ABORTED
        } else {
            Win32Error::SUCCESS
        };
        let completion = self.operation.finish_read(data, error);
        self.complete(completion);
    }

    /// Completes a pending send if all of it was taken.
    pub(super) fn finish_sent(&mut self, now: Instant) {
        let Some(finished) = self.operation.finish_sent() else {
            return;
        };
        self.outputs
            .push_back(Output::Complete(finished.completion));
        match finished.end {
            None => {}
            Some(SendEnd::Last) => self.end_response(now),
            Some(SendEnd::Cut) if self.response.is_untouched() => {}
            Some(SendEnd::Cut) => {
                self.lose_connection(now, Cause::Cut, Win32Error::OPERATION_ABORTED);
            }
        }
    }

    /// Starts the write deadline where bytes are waiting to be taken.
    pub(super) fn watch_writes(&mut self, now: Instant) {
        let waiting = self.queued > 0 || self.operation.is_sending();
        if waiting && self.state.ending().is_none() {
            self.timers
                .set_if_stopped(Timer::Write, now, self.config.write_timeout);
        } else {
            self.timers.stop(Timer::Write);
        }
    }

    /// Nothing can be sent or read any more; what is pending comes to its end with `error`.
    pub(super) fn lose_connection(&mut self, now: Instant, cause: Cause, error: Win32Error) {
        let had_ended = self.response.closed().is_some();
        if !self.response.close(cause) {
            return;
        }
        self.body.cut();
        if cause.loses_connection() {
            self.queued = 0;
        }
        if cause.loses_connection() {
            self.held.discard();
        } else {
            self.release_held();
        }
        self.reader_waits = false;
        self.timers.stop(Timer::Read);
        // An end that was told cannot become a cut any more.
        let end = cause.body_end().map(|end| match end {
            BodyEnd::Cut if had_ended => BodyEnd::Abort,
            end => end,
        });
        self.outputs.extend(end.map(Output::EndBody));
        self.cancel_send(error);
        self.cancel_read(error);
        self.watch_writes(now);
    }

    /// Completes a pending read with `error`.
    pub(super) fn cancel_read(&mut self, error: Win32Error) {
        if let Some(completion) = self.operation.finish_read(Bytes::new(), error) {
            self.timers.stop(Timer::Read);
            self.complete(Some(completion));
        }
    }

    /// Has what is left of a pending send dropped; it completes with `error` then.
    pub(super) fn cancel_send(&mut self, error: Win32Error) {
        let cancelled = self.operation.cancel_send(error);
        self.outputs.extend(cancelled.map(Output::Cancel));
    }

    /// Does what a transition asks for.
    pub(super) fn follow(&mut self, now: Instant, step: Step) {
        match step {
            Step::Stay => {}
            Step::Cancel => {
                self.report(Misuse::EndedWhilePending);
                self.cancel_read(Win32Error::OPERATION_ABORTED);
            }
            Step::Conclude(verdict) => {
                let ending = self.conclude(verdict);
                self.state.concluded(ending);
                self.reader_waits = false;
                self.timers.stop(Timer::Read);
                self.watch_writes(now);
            }
        }
    }

    /// Answers the client by the extension's verdict and says what it came to.
    fn conclude(&mut self, verdict: Verdict) -> Ending {
        let success = verdict.kind == VerdictKind::Success;
        if !success {
            self.take_back_held();
        }
        if self.response.closed().is_none() {
            self.release_held();
            if success {
                let queued = self.response.finish(verdict.http_status, &mut self.outputs);
                self.queued = self.queued.saturating_add(queued);
            } else {
                let status = match verdict.kind {
                    VerdictKind::HostFailed => usable_status(verdict.http_status),
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                self.response.fail(status, &mut self.outputs);
            }
        }
        let (by, how) = match (self.response.closed(), verdict.kind) {
            (Some(Cause::ClientGone), _) => (Initiator::Client, How::Aborted),
            (Some(Cause::TimedOut), _) => (Initiator::Host, How::TimedOut),
            (Some(Cause::FileFailed(_)), _) => (Initiator::Host, How::Aborted),
            (_, VerdictKind::HostFailed) => (Initiator::Host, How::Error),
            (_, VerdictKind::Panicked) => (Initiator::Extension, How::Panicked),
            (_, VerdictKind::Error) => (Initiator::Extension, How::Error),
            (Some(Cause::Cut | Cause::Disconnected), VerdictKind::Success) => {
                (Initiator::Extension, How::Aborted)
            }
            (Some(Cause::Whole) | None, VerdictKind::Success) => {
                (Initiator::Extension, How::Success)
            }
        };
        Ending { by, how }
    }
}
