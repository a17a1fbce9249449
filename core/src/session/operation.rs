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

    /// Are bytes of it queued?
    pub(super) fn is_sending(&self) -> bool {
        matches!(self.inner, Inner::Sending { .. })
    }

    pub(super) fn name(&self) -> &'static str {
        match self.inner {
            Inner::Idle => "Idle",
            Inner::Reading { .. } => "Reading",
            Inner::Sending { .. } => "Sending",
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
        if let Inner::Sending { id, transfer } = &mut self.inner
            && *id == operation
        {
            transfer.outstanding = transfer.outstanding.saturating_sub(bytes);
        }
    }

    /// Completes a send of which nothing is left to be taken.
    pub(super) fn finish_sent(&mut self) -> Option<Finished> {
        let Inner::Sending { id, transfer } = &self.inner else {
            return None;
        };
        if transfer.outstanding > 0 || transfer.cancelled.is_some() {
            return None;
        }
        let finished = Finished {
            completion: Completion {
                operation: *id,
                data: Bytes::new(),
                bytes: transfer.total,
                error: Win32Error::SUCCESS,
            },
            last: transfer.last,
        };
        self.inner = Inner::Completing { id: *id };
        Some(finished)
    }

    /// Asks for the rest of a send to be dropped; the id to cancel, once.
    pub(super) fn cancel_send(&mut self, error: Win32Error) -> Option<OperationId> {
        let Inner::Sending { id, transfer } = &mut self.inner else {
            return None;
        };
        if transfer.cancelled.is_some() {
            return None;
        }
        transfer.cancelled = Some(error);
        Some(*id)
    }

    /// The rest of a cancelled send was dropped.
    pub(super) fn finish_cancelled(&mut self, operation: OperationId) -> Option<Completion> {
        let Inner::Sending { id, transfer } = &self.inner else {
            return None;
        };
        let error = transfer.cancelled.filter(|_| *id == operation)?;
        Some(self.fail(operation, error))
    }

    /// A send broke down by itself.
    pub(super) fn finish_failed(
        &mut self,
        operation: OperationId,
        error: Win32Error,
    ) -> Option<Completion> {
        let Inner::Sending { id, transfer } = &self.inner else {
            return None;
        };
        if *id != operation {
            return None;
        }
        let error = transfer.cancelled.unwrap_or(error);
        Some(self.fail(operation, error))
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
            _ => 0,
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
    pub(super) last: bool,
}
