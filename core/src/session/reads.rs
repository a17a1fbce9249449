//! Reading the request's body.

use std::time::Instant;

use bytes::Bytes;

use super::{Callback, ClientFault, OperationId, Outcome, Refusal, Session, Timer, Wait};

impl Session {
    /// Synchronous `ReadClient`
    /// ([ms525214](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525214(v=vs.90))).
    ///
    /// Answers up to `max` bytes; none at the end of the body, also when it was cut or the client
    /// is gone. Blocked on [`Wait::Body`].
    ///
    /// # Errors
    ///
    /// [`ClientFault::ReadTimedOut`], after which the read may be tried again, or a [`Misuse`](super::Misuse).
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
    /// The completion brings up to `max` bytes; none at the end, with `ERROR_OPERATION_ABORTED` where
    /// the body was cut.
    ///
    /// # Errors
    ///
    /// A [`Misuse`](super::Misuse); then there is no completion.
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
}
