//! The lifecycle of a session. Only this file may name its states.

use super::{Ending, ProcReturn, ProcStatus};

/// Where a request is in its life.
///
/// ```text
///                 client gone
///  ReadingAhead ----------------------------------------------------.
///       | invoke                                                     |
///       v            PENDING               DONE / nothing pending     v
///    InProc ----------------> Pending ---------------------------> Ended
///     |  |  \                    |                                  ^ ^ ^
///     |  |   \ final return, nothing pending                        | | |
///     |  |    '-----------------------------------------------------' | |
///     |  | DONE, nothing pending       return                         | |
///     |  '------------------> DoneEarly ------------------------------' |
///     | DONE or final return     ^                                      |
///     |    while an operation    | operation over, call still running   |
///     v        is pending        |                                      |
///    Closing --------------------'--------------------------------------'
///   (from Pending too)                  operation over, call returned
/// ```
///
/// DONE is `HSE_REQ_DONE_WITH_SESSION`, PENDING the return of `HSE_STATUS_PENDING`, a final return
/// any other. Labels are what the extension does, unless they say otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    inner: Inner,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Inner {
    /// The read-ahead is being collected; `HttpExtensionProc` has not been called.
    ReadingAhead,
    /// `HttpExtensionProc` is running.
    InProc,
    /// It returned `HSE_STATUS_PENDING`: the extension owns the request.
    Pending,
    /// The extension ended the session while an operation was pending.
    Closing { returned: bool, verdict: Verdict },
    /// The session ended before `HttpExtensionProc` has returned.
    DoneEarly(Ending),
    /// The call has returned, if it was made, and the session has ended.
    Ended(Ending),
}

/// What the extension ended its session with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Verdict {
    pub(super) kind: VerdictKind,
    /// `dwHttpStatusCode` at that moment.
    pub(super) http_status: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum VerdictKind {
    Error,
    HostFailed,
    Panicked,
    Success,
}

/// What a transition asks of the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a transition that is not followed leaves the session half-way"]
pub(super) enum Step {
    /// Answer the client by this verdict now, then tell [`State::concluded`].
    Conclude(Verdict),
    /// The pending operation has to be over first.
    Cancel,
    /// Nothing.
    Stay,
}

/// `HSE_REQ_DONE_WITH_SESSION` where the session is ended already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AlreadyDone;

impl State {
    pub(super) fn new() -> Self {
        Self {
            inner: Inner::ReadingAhead,
        }
    }

    pub(super) fn is_reading_ahead(&self) -> bool {
        matches!(self.inner, Inner::ReadingAhead)
    }

    /// May the extension use its callbacks?
    pub(super) fn is_open(&self) -> bool {
        matches!(self.inner, Inner::InProc | Inner::Pending)
    }

    /// The end, once the call has returned as well.
    pub(super) fn ending(&self) -> Option<Ending> {
        match self.inner {
            Inner::Ended(ending) => Some(ending),
            _ => None,
        }
    }

    /// A name for docs and logs.
    pub(super) fn name(&self) -> &'static str {
        match self.inner {
            Inner::ReadingAhead => "ReadingAhead",
            Inner::InProc => "InProc",
            Inner::Pending => "Pending",
            Inner::Closing {
                returned: false, ..
            } => "Closing (in call)",
            Inner::Closing { returned: true, .. } => "Closing",
            Inner::DoneEarly(_) => "DoneEarly",
            Inner::Ended(_) => "Ended",
        }
    }

    /// The read-ahead is there: true once, when the call is to be made.
    pub(super) fn invoke(&mut self) -> bool {
        let ready = self.is_reading_ahead();
        if ready {
            self.inner = Inner::InProc;
        }
        ready
    }

    /// The request is over before the call was made.
    pub(super) fn abandon(&mut self, ending: Ending) {
        if self.is_reading_ahead() {
            self.inner = Inner::Ended(ending);
        }
    }

    /// `HttpExtensionProc` returned, or could not be called.
    pub(super) fn proc_return(&mut self, returned: ProcReturn, operation_pending: bool) -> Step {
        match self.inner {
            Inner::InProc if returned.status == ProcStatus::Pending => {
                self.inner = Inner::Pending;
                Step::Stay
            }
            Inner::InProc => self.end(Verdict::of_return(returned), true, operation_pending),
            Inner::Closing { verdict, .. } => {
                self.inner = Inner::Closing {
                    returned: true,
                    verdict,
                };
                Step::Stay
            }
            Inner::DoneEarly(ending) => {
                self.inner = Inner::Ended(ending);
                Step::Stay
            }
            // The call is made once, so that it returns once; a late input is harmless.
            Inner::ReadingAhead | Inner::Pending | Inner::Ended(_) => Step::Stay,
        }
    }

    /// The call could not be made.
    pub(super) fn invoke_failed(&mut self, verdict: Verdict, operation_pending: bool) -> Step {
        match self.inner {
            Inner::InProc => self.end(verdict, true, operation_pending),
            _ => self.proc_return(
                ProcReturn {
                    status: ProcStatus::Error,
                    http_status: verdict.http_status,
                },
                operation_pending,
            ),
        }
    }

    /// `HSE_REQ_DONE_WITH_SESSION`.
    pub(super) fn done_with_session(
        &mut self,
        verdict: Verdict,
        operation_pending: bool,
    ) -> Result<Step, AlreadyDone> {
        match self.inner {
            Inner::InProc => Ok(self.end(verdict, false, operation_pending)),
            Inner::Pending => Ok(self.end(verdict, true, operation_pending)),
            Inner::ReadingAhead | Inner::Closing { .. } | Inner::DoneEarly(_) | Inner::Ended(_) => {
                Err(AlreadyDone)
            }
        }
    }

    /// The last operation's callback is on its way.
    pub(super) fn operation_over(&mut self) -> Step {
        match self.inner {
            Inner::Closing { verdict, .. } => Step::Conclude(verdict),
            _ => Step::Stay,
        }
    }

    /// The client was answered as [`Step::Conclude`] asked; this is what it came to.
    pub(super) fn concluded(&mut self, ending: Ending) {
        self.inner = match self.inner {
            Inner::Closing {
                returned: false, ..
            } => Inner::DoneEarly(ending),
            _ => Inner::Ended(ending),
        };
    }

    fn end(&mut self, verdict: Verdict, returned: bool, operation_pending: bool) -> Step {
        // Closing is passed through even with nothing pending: `concluded` leaves it at once.
        self.inner = Inner::Closing { returned, verdict };
        if operation_pending {
            Step::Cancel
        } else {
            Step::Conclude(verdict)
        }
    }
}

impl Verdict {
    fn of_return(returned: ProcReturn) -> Self {
        let kind = match returned.status {
            ProcStatus::Success | ProcStatus::SuccessAndKeepConn => VerdictKind::Success,
            ProcStatus::Error | ProcStatus::Unknown(_) | ProcStatus::Pending => VerdictKind::Error,
            ProcStatus::Panicked => VerdictKind::Panicked,
        };
        Self {
            kind,
            http_status: returned.http_status,
        }
    }
}
