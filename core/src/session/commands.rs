//! What an extension asks through a callback.

use std::time::Instant;

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};

use super::response::{Cause, Response, Sink};
use super::state::{Verdict, VerdictKind};
use super::{
    Callback, ClientFault, Done, DoneStatus, FileTransmission, HostFault, Misuse, OperationId,
    Outcome, Output, Refusal, Session, Timer, TransmitHead, Wait,
};
use crate::response_head::ResponseHead;
use crate::win32::Win32Error;

impl Session {
    /// May `GetServerVariable` be called now?
    ///
    /// # Errors
    ///
    /// [`Misuse::AfterDone`].
    pub fn check_variable(&mut self) -> Result<(), Refusal> {
        self.guard(|session| session.ensure_open(Callback::GetServerVariable))
    }

    /// `HSE_REQ_IO_COMPLETION`: from now on there is a callback, or none.
    ///
    /// # Errors
    ///
    /// [`Misuse::AfterDone`].
    pub fn io_completion(&mut self, registered: bool) -> Result<(), Refusal> {
        self.guard(|session| {
            session.ensure_open(Callback::ServerSupportFunction(1005))?;
            session.callback_set = registered;
            Ok(())
        })
    }

    /// Synchronous `WriteClient`
    /// ([ms525515](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525515(v=vs.90))).
    ///
    /// Answers how many bytes of `data` were accepted, which may be fewer than all: give the rest
    /// again. Blocked on [`Wait::SendBuffer`] when none could be.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`].
    pub fn write_client(&mut self, now: Instant, data: &[u8]) -> Result<Outcome<usize>, Refusal> {
        self.guard(|session| {
            session.ensure_may_send(Callback::WriteClient)?;
            if data.is_empty() {
                return Ok(Outcome::Done(0));
            }
            // A buffer of no size would never have room.
            let room = session
                .config
                .send_buffer
                .max(1)
                .saturating_sub(session.queued);
            let accepted = data.len().min(usize::try_from(room).unwrap_or(usize::MAX));
            if accepted == 0 {
                return Ok(Outcome::Blocked(Wait::SendBuffer));
            }
            let data = Bytes::copy_from_slice(&data[..accepted]);
            let queued = session.feed(None, |response, sink| response.feed(data, sink))?;
            session.queued += queued;
            session.watch_writes(now);
            Ok(Outcome::Done(accepted))
        })
    }

    /// `WriteClient` with `HSE_IO_ASYNC`. The completion's `bytes` is the length of `data`.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`]; then there is no completion.
    pub fn write_client_async(
        &mut self,
        now: Instant,
        data: Bytes,
    ) -> Result<OperationId, Refusal> {
        self.guard(|session| {
            session.ensure_may_start(Callback::WriteClient, false)?;
            session.ensure_sendable()?;
            let total = data.len() as u64;
            let id = session.operation.next_id();
            let queued = session.feed(Some(id), |response, sink| response.feed(data, sink))?;
            Ok(session.start_sending(now, total, queued, false))
        })
    }

    /// Synchronous `ReadClient`
    /// ([ms525214](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525214(v=vs.90))).
    ///
    /// Answers up to `max` bytes; none at the end of the body, also when it was cut or the client
    /// is gone. Blocked on [`Wait::Body`].
    ///
    /// # Errors
    ///
    /// [`ClientFault::ReadTimedOut`], after which the read may be tried again, or a [`Misuse`].
    pub fn read_client(&mut self, now: Instant, max: usize) -> Result<Outcome<Bytes>, Refusal> {
        self.guard(|session| {
            session.ensure_open(Callback::ReadClient)?;
            session.ensure_nothing_pending()?;
            if max > 0 && session.body.is_empty() && session.body.is_refused() {
                return Err(ClientFault::BodyTooLarge.into());
            }
            if max == 0 || !session.body.is_empty() || !session.body.is_streaming() {
                return Ok(Outcome::Done(session.body.take(max)));
            }
            if std::mem::take(&mut session.read_timed_out) {
                return Err(ClientFault::ReadTimedOut.into());
            }
            session.reader_waits = true;
            session
                .timers
                .set_if_stopped(Timer::Read, now, session.config.read_timeout);
            Ok(Outcome::Blocked(Wait::Body))
        })
    }

    /// `HSE_REQ_ASYNC_READ_CLIENT`
    /// ([ms524596](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524596(v=vs.90))).
    /// The completion brings up to `max` bytes; none at the end.
    ///
    /// # Errors
    ///
    /// A [`Misuse`]; then there is no completion.
    pub fn read_client_async(&mut self, now: Instant, max: usize) -> Result<OperationId, Refusal> {
        self.guard(|session| {
            session.ensure_may_start(Callback::ServerSupportFunction(1010), false)?;
            let id = session.operation.start_reading(max);
            session
                .timers
                .set(Timer::Read, now, session.config.read_timeout);
            session.finish_read();
            Ok(id)
        })
    }

    /// `HSE_REQ_SEND_RESPONSE_HEADER` (3) and `..._EX` (1016): the head, and body bytes that
    /// followed its blank line. `request` is the code it came with.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`].
    pub fn send_response_header(
        &mut self,
        now: Instant,
        request: u32,
        mut head: ResponseHead,
        body: Bytes,
        keep_conn: bool,
    ) -> Result<(), Refusal> {
        self.guard(|session| {
            session.ensure_may_send(Callback::ServerSupportFunction(request))?;
            if !keep_conn {
                head.set_close();
            }
            let queued = session.feed(None, |response, sink| {
                response.start(head, sink)?;
                if body.is_empty() {
                    return Ok(());
                }
                response.feed(body, sink)
            })?;
            session.queued += queued;
            session.watch_writes(now);
            Ok(())
        })
    }

    /// `HSE_REQ_SEND_URL_REDIRECT_RESP` (1) and `HSE_REQ_SEND_URL` (2): 302 to `location`, without a
    /// body. `request` is the code it came with.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`].
    pub fn send_redirect(
        &mut self,
        now: Instant,
        request: u32,
        location: HeaderValue,
    ) -> Result<(), Refusal> {
        let head = ResponseHead::new(StatusCode::FOUND)
            .with_field(header::LOCATION, location)
            .with_field(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
        self.send_response_header(now, request, head, Bytes::new(), true)
    }

    /// `HSE_REQ_TRANSMIT_FILE`
    /// ([ms525816](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525816(v=vs.90))).
    /// The completion's `bytes` counts raw head, file and tail.
    ///
    /// # Errors
    ///
    /// The connection is gone, or a [`Misuse`]; then there is no completion and nothing is sent.
    pub fn transmit_file(
        &mut self,
        now: Instant,
        transmission: FileTransmission,
    ) -> Result<OperationId, Refusal> {
        self.guard(|session| {
            let callback = Callback::ServerSupportFunction(1006);
            session.ensure_may_start(callback, transmission.own_callback)?;
            session.ensure_sendable()?;
            let last = transmission.disconnect || transmission.final_send;
            let file = transmission.file.filter(|range| range.length > 0);
            let (TransmitHead::Raw(counted) | TransmitHead::Response(_, counted)) =
                &transmission.head;
            let total = (counted.len() + transmission.tail.len()) as u64
                + file.map_or(0, |range| range.length);
            let id = session.operation.next_id();
            let queued = session.feed(Some(id), |response, sink| {
                if transmission.disconnect {
                    response.close_after();
                }
                match transmission.head {
                    TransmitHead::Raw(raw) if raw.is_empty() => {}
                    TransmitHead::Raw(raw) => response.feed(raw, sink)?,
                    TransmitHead::Response(head, body) => {
                        response.start(head, sink)?;
                        response.feed(body, sink)?;
                    }
                }
                if let Some(range) = file {
                    response.feed_file(range, sink)?;
                }
                if !transmission.tail.is_empty() {
                    response.feed(transmission.tail, sink)?;
                }
                if last {
                    response.seal();
                }
                Ok(())
            })?;
            Ok(session.start_sending(now, total, queued, last))
        })
    }

    /// `HSE_APPEND_LOG_PARAMETER`: text for this request's log line.
    ///
    /// # Errors
    ///
    /// [`Misuse::AfterDone`].
    pub fn append_log_parameter(&mut self, text: Bytes) -> Result<(), Refusal> {
        self.guard(|session| {
            session.ensure_open(Callback::ServerSupportFunction(1003))?;
            session.outputs.push_back(Output::AppendLog(text));
            Ok(())
        })
    }

    /// `HSE_REQ_IS_KEEP_CONN`: does the client want the connection kept?
    ///
    /// # Errors
    ///
    /// [`Misuse::AfterDone`].
    pub fn is_keep_conn(&mut self) -> Result<bool, Refusal> {
        self.guard(|session| {
            session.ensure_open(Callback::ServerSupportFunction(1008))?;
            Ok(session.head.keep_alive())
        })
    }

    /// `HSE_REQ_IS_CONNECTED`: can the client still be reached?
    ///
    /// # Errors
    ///
    /// [`Misuse::AfterDone`].
    pub fn query_connected(&mut self) -> Result<bool, Refusal> {
        self.guard(|session| {
            session.ensure_open(Callback::ServerSupportFunction(1018))?;
            Ok(session.is_connected())
        })
    }

    /// `HSE_REQ_CLOSE_CONNECTION`: closes the connection at once. A pending operation completes
    /// with `ERROR_NETNAME_DELETED`; the extension still owes its `HSE_REQ_DONE_WITH_SESSION`.
    ///
    /// # Errors
    ///
    /// [`Misuse::AfterDone`].
    pub fn close_connection(&mut self, now: Instant) -> Result<(), Refusal> {
        self.guard(|session| {
            session.ensure_open(Callback::ServerSupportFunction(1017))?;
            if session.operation.is_idle() {
                session.report(Misuse::CloseWithNothingPending);
            }
            session.lose_connection(now, Cause::Disconnected, Win32Error::NETNAME_DELETED);
            Ok(())
        })
    }

    /// `HSE_REQ_DONE_WITH_SESSION`, from any thread, also before `HttpExtensionProc` has returned.
    ///
    /// With an operation pending the session ends only after its callback: a read is cancelled, a
    /// send is waited for.
    ///
    /// # Errors
    ///
    /// [`Misuse::DoneTwice`].
    pub fn done_with_session(&mut self, now: Instant, done: Done) -> Result<(), Refusal> {
        self.guard(|session| {
            let kind = match done.status {
                DoneStatus::Success | DoneStatus::SuccessAndKeepConn => VerdictKind::Success,
                DoneStatus::Error | DoneStatus::Unknown(_) => VerdictKind::Error,
            };
            let verdict = Verdict {
                kind,
                http_status: done.http_status,
            };
            let step = session
                .state
                .done_with_session(verdict, !session.operation.is_idle())
                .map_err(|_| Misuse::DoneTwice)?;
            if let DoneStatus::Unknown(status) = done.status {
                session.report(Misuse::UnknownStatus(status));
            }
            session.follow(now, step);
            Ok(())
        })
    }

    /// Refuses a command that could not even be read; it is reported like the others.
    pub fn refuse(&mut self, misuse: Misuse) -> Refusal {
        self.report(misuse);
        misuse.into()
    }

    /// Runs a command and reports one that is a misuse.
    fn guard<T>(
        &mut self,
        command: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        command(self).inspect_err(|refusal| {
            if let Refusal::Misuse(misuse) = refusal {
                self.report(*misuse);
            }
        })
    }

    fn ensure_open(&self, call: Callback) -> Result<(), Refusal> {
        if self.state.is_open() {
            Ok(())
        } else {
            Err(Misuse::AfterDone(call).into())
        }
    }

    fn ensure_nothing_pending(&self) -> Result<(), Refusal> {
        if self.operation.is_idle() {
            Ok(())
        } else {
            Err(Misuse::SynchronousWhilePending.into())
        }
    }

    /// A synchronous send.
    fn ensure_may_send(&self, call: Callback) -> Result<(), Refusal> {
        self.ensure_open(call)?;
        self.ensure_nothing_pending()?;
        self.ensure_sendable()
    }

    fn ensure_sendable(&self) -> Result<(), Refusal> {
        match self.response.closed() {
            Some(Cause::ClientGone) => Err(ClientFault::Gone.into()),
            Some(Cause::Cut | Cause::Disconnected | Cause::FileFailed | Cause::TimedOut) => {
                Err(HostFault::ConnectionClosed.into())
            }
            Some(Cause::Whole) => Err(Misuse::SendAfterFinal.into()),
            None if self.response.is_sealed() => Err(Misuse::SendAfterFinal.into()),
            None => Ok(()),
        }
    }

    /// An asynchronous operation.
    fn ensure_may_start(&self, call: Callback, own_callback: bool) -> Result<(), Refusal> {
        self.ensure_open(call)?;
        if !self.operation.is_idle() {
            return Err(Misuse::SecondAsyncOperation.into());
        }
        if !self.callback_set && !own_callback {
            return Err(Misuse::CompletionNotSet.into());
        }
        Ok(())
    }

    fn start_sending(&mut self, now: Instant, total: u64, queued: u64, last: bool) -> OperationId {
        let id = self.operation.start_sending(total, queued, last);
        self.finish_sent(now);
        self.watch_writes(now);
        id
    }

    /// Feeds the response and answers how many bytes that queued. What is refused half-way is as if
    /// it had never been begun.
    fn feed(
        &mut self,
        operation: Option<OperationId>,
        feed: impl FnOnce(&mut Response, &mut Sink<'_>) -> Result<(), Misuse>,
    ) -> Result<u64, Misuse> {
        let before = (self.response.clone(), self.outputs.len());
        let mut sink = Sink {
            operation,
            queued: 0,
            outputs: &mut self.outputs,
        };
        let fed = feed(&mut self.response, &mut sink);
        let queued = sink.queued;
        if fed.is_err() {
            self.response = before.0;
            self.outputs.truncate(before.1);
        }
        fed.map(|()| queued)
    }
}
