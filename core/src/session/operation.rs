//! The one asynchronous operation that a session may have.

use bytes::Bytes;

use super::{Completion, OperationId};
use crate::win32::Win32Error;

/// Whether an operation is outstanding, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct AsyncOperation {
    next: u64,
    inner: Inner,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Inner {
    Idle,
    /// Waits for body data.
    Reading {
        id: OperationId,
        max: usize,
    },
    /// Waits for its bytes to be taken.
    Sending {
        id: OperationId,
        transfer: Transfer,
    },
    /// Waits for a child request and for the bytes it has sent so far to be taken.
    Executing {
        id: OperationId,
        child: Child,
    },
    /// It is over; its callback has not been entered yet.
    Completing {
        id: OperationId,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Transfer {
    /// What the callback is told when all goes well.
    total: u64,
    /// Queued and not yet taken.
    outstanding: u64,
    /// Set when the driver was told to drop what is queued.
    cancelled: Option<Win32Error>,
    /// The response ends with this operation.
    last: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Child {
    /// `HSE_EXEC_URL_NO_HEADERS`.
    no_headers: bool,
    /// Bytes that it sent.
    total: u64,
    /// Queued and not yet taken.
    outstanding: u64,
    /// It waits for the parent's body.
    reads: bool,
    /// It is over: what the callback is told.
    ended: Option<Win32Error>,
    /// It broke off.
    cut: bool,
    /// Set when the driver was told to drop it.
    cancelled: Option<Win32Error>,
}

impl AsyncOperation {
    pub(super) fn new() -> Self {
        Self {
            next: 1,
            inner: Inner::Idle,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        matches!(self.inner, Inner::Idle)
    }

    pub(super) fn is_reading(&self) -> bool {
        matches!(self.inner, Inner::Reading { .. })
    }

    /// Does it wait for a child?
    pub(super) fn is_executing(&self) -> bool {
        matches!(self.inner, Inner::Executing { .. })
    }

    /// Are bytes of it queued?
    pub(super) fn is_sending(&self) -> bool {
        match &self.inner {
            Inner::Sending { .. } => true,
            Inner::Executing { child, .. } => child.outstanding > 0,
            Inner::Idle | Inner::Reading { .. } | Inner::Completing { .. } => false,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        match self.inner {
            Inner::Idle => "Idle",
            Inner::Reading { .. } => "Reading",
            Inner::Sending { .. } => "Sending",
            Inner::Executing { .. } => "Executing",
            Inner::Completing { .. } => "Completing",
        }
    }

    /// The id that the next operation will have; it is used up when one starts.
    pub(super) fn next_id(&self) -> OperationId {
        OperationId(self.next)
    }

    /// The caller has checked that none is outstanding.
    pub(super) fn start_reading(&mut self, max: usize) -> OperationId {
        let id = self.take_id();
        self.inner = Inner::Reading { id, max };
        id
    }

    /// Like [`start_reading`](Self::start_reading); the bytes were queued under
    /// [`next_id`](Self::next_id).
    pub(super) fn start_sending(&mut self, total: u64, queued: u64, last: bool) -> OperationId {
        let id = self.take_id();
        let transfer = Transfer {
            total,
            outstanding: queued,
            cancelled: None,
            last,
        };
        self.inner = Inner::Sending { id, transfer };
        id
    }

    /// Like [`start_reading`](Self::start_reading).
    pub(super) fn start_executing(&mut self, no_headers: bool) -> OperationId {
        let id = self.take_id();
        let child = Child {
            no_headers,
            total: 0,
            outstanding: 0,
            reads: false,
            ended: None,
            cut: false,
            cancelled: None,
        };
        self.inner = Inner::Executing { id, child };
        id
    }

    /// How much a pending read may bring.
    pub(super) fn read_capacity(&self) -> Option<usize> {
        match self.inner {
            Inner::Reading { max, .. } => Some(max),
            _ => None,
        }
    }

    pub(super) fn finish_read(&mut self, data: Bytes, error: Win32Error) -> Option<Completion> {
        let Inner::Reading { id, .. } = self.inner else {
            return None;
        };
        self.inner = Inner::Completing { id };
        let bytes = data.len() as u64;
        Some(Completion {
            operation: id,
            data,
            bytes,
            error,
        })
    }

    /// Bytes of `operation` were taken.
    pub(super) fn taken(&mut self, operation: OperationId, bytes: u64) {
        let (id, outstanding) = match &mut self.inner {
            Inner::Sending { id, transfer } => (id, &mut transfer.outstanding),
            Inner::Executing { id, child } => (id, &mut child.outstanding),
            Inner::Idle | Inner::Reading { .. } | Inner::Completing { .. } => return,
        };
        if *id == operation {
            *outstanding = outstanding.saturating_sub(bytes);
        }
    }

    /// The child that may still send, if `operation` executes one.
    fn child(&mut self, operation: OperationId) -> Option<&mut Child> {
        match &mut self.inner {
            Inner::Executing { id, child } if *id == operation => {
                Some(child).filter(|child| child.ended.is_none() && child.cancelled.is_none())
            }
            _ => None,
        }
    }

    /// Is the head of its child sent?
    pub(super) fn wants_child_head(&mut self, operation: OperationId) -> bool {
        self.child(operation).is_some_and(|child| !child.no_headers)
    }

    /// Its child's bytes that wait to be taken; `None` when no child of it may send any more.
    pub(super) fn child_outstanding(&self, operation: OperationId) -> Option<u64> {
        match &self.inner {
            Inner::Executing { id, child }
                if *id == operation && child.ended.is_none() && child.cancelled.is_none() =>
            {
                Some(child.outstanding)
            }
            _ => None,
        }
    }

    pub(super) fn child_sent(&mut self, operation: OperationId, total: u64, queued: u64) {
        if let Some(child) = self.child(operation) {
            child.total += total;
            child.outstanding += queued;
        }
    }

    /// Its child waits for the parent's body, or has got some; whether there is such a child.
    pub(super) fn child_reads(&mut self, operation: OperationId, reads: bool) -> bool {
        let child = self.child(operation);
        child.map(|child| child.reads = reads).is_some()
    }

    pub(super) fn is_child_reading(&self) -> bool {
        matches!(&self.inner, Inner::Executing { child, .. } if child.reads)
    }

    /// Its child is over; whether that is news. One that broke off has an error.
    pub(super) fn child_ended(&mut self, operation: OperationId, cut: Option<Win32Error>) -> bool {
        let child = self.child(operation);
        child
            .map(|child| {
                child.ended = Some(cut.unwrap_or(Win32Error::SUCCESS));
                child.cut = cut.is_some();
                child.reads = false;
            })
            .is_some()
    }

    /// Completes a send, or a child that ended, of which nothing is left to be taken.
    pub(super) fn finish_sent(&mut self) -> Option<Finished> {
        let (id, bytes, error, end) = match &self.inner {
            Inner::Sending { id, transfer }
                if transfer.outstanding == 0 && transfer.cancelled.is_none() =>
            {
                let end = transfer.last.then_some(SendEnd::Last);
                (*id, transfer.total, Win32Error::SUCCESS, end)
            }
            Inner::Executing { id, child }
                if child.outstanding == 0 && child.cancelled.is_none() =>
            {
                let end = child.cut.then_some(SendEnd::Cut);
                (*id, child.total, child.ended?, end)
            }
            _ => return None,
        };
        self.inner = Inner::Completing { id };
        Some(Finished {
            completion: Completion {
                operation: id,
                data: Bytes::new(),
                bytes,
                error,
            },
            end,
        })
    }

    /// Asks for the rest of a send, or for a child, to be dropped; the id to cancel, once.
    pub(super) fn cancel_send(&mut self, error: Win32Error) -> Option<OperationId> {
        let (id, cancelled) = match &mut self.inner {
            Inner::Sending { id, transfer } => (*id, &mut transfer.cancelled),
            Inner::Executing { id, child } => {
                child.reads = false;
                (*id, &mut child.cancelled)
            }
            Inner::Idle | Inner::Reading { .. } | Inner::Completing { .. } => return None,
        };
        if cancelled.is_some() {
            return None;
        }
        *cancelled = Some(error);
        Some(id)
    }

    /// The rest of what was cancelled was dropped.
    pub(super) fn finish_cancelled(&mut self, operation: OperationId) -> Option<Completion> {
        let (id, cancelled) = self.sending()?;
        let error = cancelled.filter(|_| id == operation)?;
        Some(self.fail(operation, error))
    }

    /// A send, or what a child has sent, broke down by itself.
    pub(super) fn finish_failed(
        &mut self,
        operation: OperationId,
        error: Win32Error,
    ) -> Option<Completion> {
        let (id, cancelled) = self.sending()?;
        if id != operation {
            return None;
        }
        Some(self.fail(operation, cancelled.unwrap_or(error)))
    }

    /// The operation that sends, and what it was cancelled with.
    fn sending(&self) -> Option<(OperationId, Option<Win32Error>)> {
        match &self.inner {
            Inner::Sending { id, transfer } => Some((*id, transfer.cancelled)),
            Inner::Executing { id, child } => Some((*id, child.cancelled)),
            Inner::Idle | Inner::Reading { .. } | Inner::Completing { .. } => None,
        }
    }

    /// The callback of `operation` is being entered: the next operation may start.
    pub(super) fn completion_started(&mut self, operation: OperationId) -> bool {
        let started = self.inner == Inner::Completing { id: operation };
        if started {
            self.inner = Inner::Idle;
        }
        started
    }

    fn fail(&mut self, id: OperationId, error: Win32Error) -> Completion {
        let bytes = match &self.inner {
            Inner::Sending { transfer, .. } => transfer.total.saturating_sub(transfer.outstanding),
            Inner::Executing { child, .. } => child.total.saturating_sub(child.outstanding),
            Inner::Idle | Inner::Reading { .. } | Inner::Completing { .. } => 0,
        };
        self.inner = Inner::Completing { id };
        Completion {
            operation: id,
            data: Bytes::new(),
            bytes,
            error,
        }
    }

    fn take_id(&mut self) -> OperationId {
        let id = self.next_id();
        self.next += 1;
        id
    }
}

/// A send that came through.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) completion: Completion,
    /// The response ends with it.
    pub(super) end: Option<SendEnd>,
}

/// How a response ends with a send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SendEnd {
    /// A child broke off.
    Cut,
    /// It was the last send.
    Last,
}
