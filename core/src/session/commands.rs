//! What an extension asks through a callback.

use std::time::Instant;

use bytes::Bytes;

use super::response::Cause;
use super::state::{Verdict, VerdictKind};
use super::{Callback, ClientFault, Done, DoneStatus, HostFault, Misuse, Output, Refusal, Session};
use crate::win32::Win32Error;

impl Session {
    /// May a callback be used now that asks nothing of the session, such as `GetServerVariable`?
    ///
    /// # Errors
    ///
    /// [`Misuse::AfterDone`].
    pub fn check_open(&mut self, call: Callback) -> Result<(), Refusal> {
        self.guard(|session| session.ensure_open(call))
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

    /// `HSE_REQ_CANCEL_IO`: a pending operation completes with `ERROR_OPERATION_ABORTED`. What a send
    /// has not sent by then is dropped, and the response cut; a child that has sent nothing leaves the
    /// response to the extension. With nothing pending, which a caller cannot rule out, nothing
    /// happens.
    ///
    /// # Errors
    ///
    /// [`Misuse::AfterDone`].
    pub fn cancel_io(&mut self) -> Result<(), Refusal> {
        self.guard(|session| {
            session.ensure_open(Callback::ServerSupportFunction(1049))?;
            session.cancel_read(Win32Error::OPERATION_ABORTED);
            session.cancel_send(Win32Error::OPERATION_ABORTED);
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
    pub(super) fn guard<T>(
        &mut self,
        command: impl FnOnce(&mut Self) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        command(self).inspect_err(|refusal| {
            if let Refusal::Misuse(misuse) = refusal {
                self.report(*misuse);
            }
        })
    }

    pub(super) fn ensure_open(&self, call: Callback) -> Result<(), Refusal> {
        if self.state.is_open() {
            Ok(())
        } else {
            Err(Misuse::AfterDone(call).into())
        }
    }

    pub(super) fn ensure_nothing_pending(&self) -> Result<(), Refusal> {
        if self.operation.is_idle() {
            Ok(())
        } else {
            Err(Misuse::SynchronousWhilePending.into())
        }
    }

    /// A synchronous send.
    pub(super) fn ensure_may_send(&self, call: Callback) -> Result<(), Refusal> {
        self.ensure_open(call)?;
        self.ensure_nothing_pending()?;
        self.ensure_sendable()
    }

    pub(super) fn ensure_sendable(&self) -> Result<(), Refusal> {
        match self.response.closed() {
            Some(Cause::ClientGone) => Err(ClientFault::Gone.into()),
            Some(Cause::Cut | Cause::Disconnected | Cause::FileFailed(_) | Cause::TimedOut) => {
                Err(HostFault::ConnectionClosed.into())
            }
            Some(Cause::Whole) => Err(Misuse::SendAfterFinal.into()),
            None if self.response.is_sealed() => Err(Misuse::SendAfterFinal.into()),
            None => Ok(()),
        }
    }

    /// An asynchronous operation.
    pub(super) fn ensure_may_start(
        &self,
        call: Callback,
        own_callback: bool,
    ) -> Result<(), Refusal> {
        self.ensure_open(call)?;
        if !self.operation.is_idle() {
            return Err(Misuse::SecondAsyncOperation.into());
        }
        if !self.callback_set && !own_callback {
            return Err(Misuse::CompletionNotSet.into());
        }
        Ok(())
    }
}
