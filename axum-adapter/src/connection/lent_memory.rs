//! Memory of extensions among the bytes of a connection.
//!
//! An extension whose memory is sent without a copy hears that it is sent when the last byte of it
//! is let go of. Something above the connection that keeps bytes until there are more of them, as
//! an encoder or a cache does, would have it wait for ever. So before memory is lent to a response,
//! its body sends a probe: an empty frame at an address of its own. Where hyper's end of the body
//! has seen the probe when the body is asked for the next frame, frames come through as they are;
//! elsewhere they are copies. A layer that passes the body on in a task of its own may be found to
//! be either.

use std::io::IoSlice;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use isapi_bridge::Loan;

/// Probes are empty, and here.
static PROBES: [u8; 256] = [0; 256];

/// An empty frame that tells whether frames come through; not the same as the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Probe(u8);

impl Probe {
    pub(crate) fn frame(self) -> Bytes {
        let place = usize::from(self.0);
        Bytes::from_static(&PROBES[place..place])
    }

    fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }

    fn is(self, data: &impl Buf) -> bool {
        !data.has_remaining() && std::ptr::eq(data.chunk().as_ptr(), self.frame().as_ptr())
    }
}

/// What a connection knows of lent memory. It serves one response at a time.
#[derive(Debug, Default)]
pub(super) struct LentMemory {
    loans: Vec<Loan>,
    /// The request that memory was last lent for.
    lent_by: u64,
    sent: u64,
    last_probe: Probe,
    has_probe_passed: bool,
    is_cut: bool,
}

impl LentMemory {
    /// The probe for a response to send.
    pub(super) fn probe(&mut self) -> Probe {
        self.last_probe = self.last_probe.next();
        self.has_probe_passed = false;
        self.last_probe
    }

    /// Has it come through?
    pub(super) fn has_passed(&self, probe: Probe) -> bool {
        self.last_probe == probe && self.has_probe_passed
    }

    /// hyper gets a frame.
    pub(super) fn frame_passed(&mut self, data: &impl Buf) {
        self.has_probe_passed |= self.last_probe.is(data);
    }

    /// Bytes of a loan are about to be sent for a request.
    pub(super) fn lend(&mut self, loan: Loan, request: u64) {
        self.lent_by = request;
        if self.is_cut {
            // What passes the body on may live longer than the connection.
            return loan.cut();
        }
        if !self.loans.iter().any(|known| known.is_same(&loan)) {
            self.loans.push(loan);
        }
    }

    /// The request that memory was last lent for.
    pub(super) fn lent_by(&self) -> u64 {
        self.lent_by
    }

    /// The kernel has taken the first `length` bytes of `bufs`.
    pub(super) fn count(&mut self, bufs: &[IoSlice<'_>], length: usize) {
        self.loans.retain(|loan| !loan.is_returned());
        if self.loans.is_empty() {
            return;
        }
        let mut left = length;
        for buf in bufs {
            let taken = &buf[..buf.len().min(left)];
            left -= taken.len();
            let counted = self.loans.iter().map(|loan| loan.count(taken));
            self.sent += counted.sum::<u64>();
            if left == 0 {
                break;
            }
        }
    }

    /// Ready when memory is wanted back that only the end of the connection gives back.
    pub(super) fn poll_recalled(&self, cx: &Context<'_>) -> Poll<()> {
        let recalled = self
            .loans
            .iter()
            .any(|loan| loan.poll_recalled(cx).is_ready());
        if recalled {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// Nothing more is sent, nor of what is lent from now on.
    pub(super) fn cut(&mut self) {
        self.is_cut = true;
        for loan in self.loans.drain(..) {
            loan.cut();
        }
    }

    /// How many bytes of lent memory the kernel has taken.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_told_from_other_empty_frames() {
        let mut memory = LentMemory::default();
        let first = memory.probe();
        let second = memory.probe();
        for other in [
            first.frame(),
            Bytes::new(),
            Bytes::from_static(&PROBES),
            Bytes::copy_from_slice(&second.frame()),
        ] {
            memory.frame_passed(&other);
            assert!(!memory.has_passed(second), "{other:?}");
        }
        memory.frame_passed(&second.frame());
        assert!(memory.has_passed(second));
        assert!(!memory.has_passed(first));
        let third = memory.probe();
        assert!(!memory.has_passed(second) && !memory.has_passed(third));
    }
}
