use bytes::Bytes;
use isapi_core::session::OperationId;

use super::Loan;
use crate::response_queue::ResponseQueue;

/// The loan of the operation that is pending, and what its session was told of it.
///
/// A session learns that the last byte was taken when the memory is back, and not before: that is what
/// completes an operation, and the extension may do with its memory what it likes then.
#[derive(Debug)]
pub(crate) struct PendingLoan {
    operation: OperationId,
    loan: Loan,
    /// Bytes that the response's consumer has taken.
    passed_on: u64,
    /// Those among them of which it got a copy: nobody counts how they go out.
    copied: u64,
    /// Bytes that the session knows to be taken.
    told: u64,
    is_cancelled: bool,
}

/// What became of a loan that is back.
#[derive(Debug)]
pub(crate) struct Returned {
    pub(crate) operation: OperationId,
    /// Bytes sent of which the session does not know yet.
    pub(crate) news: u64,
    /// Bytes that the connection has not sent before its end.
    pub(crate) lost: u64,
    /// The session waits for this to tell that the operation was cancelled.
    pub(crate) is_cancelled: bool,
}

impl PendingLoan {
    pub(crate) fn new(operation: OperationId, loan: Loan) -> Self {
        Self {
            operation,
            loan,
            passed_on: 0,
            copied: 0,
            told: 0,
            is_cancelled: false,
        }
    }

    pub(crate) fn loan(&self) -> &Loan {
        &self.loan
    }

    pub(crate) fn is_of(&self, operation: OperationId) -> bool {
        self.operation == operation
    }

    /// Are these bytes of an operation part of the loan?
    pub(crate) fn covers(&self, operation: Option<OperationId>, bytes: &Bytes) -> bool {
        operation == Some(self.operation) && self.loan.covers(bytes)
    }

    /// Queues bytes that it covers.
    pub(crate) fn queue(&self, data: Bytes, response: &mut ResponseQueue) {
        response.push_lent(self.operation, data, self.loan.clone());
    }

    /// The response's consumer has taken so many bytes of the loan.
    pub(crate) fn pass_on(&mut self, bytes: u64) {
        self.passed_on = self.passed_on.saturating_add(bytes);
    }

    /// The response's consumer has taken a copy of so many bytes.
    pub(crate) fn pass_on_copy(&mut self, bytes: u64) {
        self.pass_on(bytes);
        self.copied = self.copied.saturating_add(bytes);
    }

    /// Does anybody but the queue of the response have bytes of it?
    pub(crate) fn is_passed_on(&self) -> bool {
        self.passed_on > 0
    }

    /// The session is told that it was cancelled once the memory is back.
    pub(crate) fn cancel(&mut self) {
        self.is_cancelled = true;
    }

    /// Bytes that the kernel has taken, or of which a copy was taken, and the session does not know of;
    /// the operation they belong to.
    /// The last byte is never among them.
    pub(crate) fn progress(&mut self) -> Option<(OperationId, u64)> {
        let sent = self.gone().min(self.passed_on.saturating_sub(1));
        let news = sent.saturating_sub(self.told);
        self.told += news;
        (news > 0).then_some((self.operation, news))
    }

    /// Has the kernel taken all of it while somebody still keeps it?
    pub(crate) fn is_kept(&self) -> bool {
        let lent = self.passed_on - self.copied;
        lent > 0 && self.loan.counted() >= lent && !self.loan.is_returned()
    }

    /// Bytes that need the memory no more.
    fn gone(&self) -> u64 {
        self.loan.counted().saturating_add(self.copied)
    }

    /// What became of it, now that it is back.
    pub(crate) fn end(self) -> Returned {
        let sent = match self.loan.is_cut() {
            true => self.gone().min(self.passed_on),
            // What was not counted was copied, which is all that the operation waits for then.
            false => self.passed_on,
        };
        Returned {
            operation: self.operation,
            news: sent.saturating_sub(self.told),
            lost: self.passed_on - sent,
            is_cancelled: self.is_cancelled,
        }
    }
}
