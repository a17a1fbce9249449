//! Memory of an extension that goes to the kernel without a copy.

mod pending;

use std::fmt;
use std::ops::Range;
use std::sync::Arc as StdArc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use isapi_core::win32::Win32Error;

pub(crate) use pending::PendingLoan;

use crate::completion::DueCompletion;
use crate::dispatch::Placement;
use crate::gate::Visit;
use crate::response_queue::remember;
use crate::shared::Shared;
use crate::sync::Arc;

/// Less than that is copied: a loan has its price as well.
const LEAST: usize = 16 * 1024;

/// Memory that an extension has lent to one asynchronous operation, as the connection that sends it
/// sees it.
///
/// The extension has its memory back when the last [`Bytes`] over it is dropped; only then is its
/// operation over. That they are dropped says nothing of what became of them, so the connection
/// [counts](Self::count) what the kernel has taken, and says when it [will count no more](Self::cut).
/// What is dropped uncounted without that was copied by somebody in between, and counts as sent.
///
/// A clone is another handle of the same loan. It keeps no memory.
#[derive(Clone)]
pub struct Loan(StdArc<Terms>);

struct Terms {
    /// The addresses of what was lent; they do not overlap unless the extension lent something twice.
    memory: Vec<Range<usize>>,
    counted: AtomicU64,
    cut: AtomicBool,
    returned: AtomicBool,
    recall: Mutex<Recall>,
}

#[derive(Default)]
struct Recall {
    is_due: bool,
    waker: Option<Waker>,
}

impl Loan {
    /// The bytes for an operation to send: each part of `memory` itself, lent, where the transport
    /// allows it and it is worth while, else a copy.
    ///
    /// When the last of those that are lent is dropped, the request is told where its completions run.
    ///
    /// # Errors
    ///
    /// There is not enough memory for the copies.
    ///
    /// # Safety
    ///
    /// `memory` stays readable and unchanged until nobody reads what is lent any more: until
    /// [`is_returned`](Self::is_returned).
    pub(crate) unsafe fn lend(
        visit: &Visit,
        memory: &[&[u8]],
    ) -> Result<(Option<Self>, Vec<Bytes>), Win32Error> {
        let lent = memory.iter().filter(|bytes| is_worth_while(visit, bytes));
        let lent: Vec<_> = lent.map(|bytes| addresses(bytes)).collect();
        if lent.is_empty() {
            return Ok((None, copy_all(memory)?));
        }
        let loan = Self(StdArc::new(Terms {
            memory: lent,
            counted: AtomicU64::new(0),
            cut: AtomicBool::new(false),
            returned: AtomicBool::new(false),
            recall: Mutex::default(),
        }));
        let back = StdArc::new(GiveBack {
            loan: loan.clone(),
            shared: Arc::clone(visit.shared()),
            placement: visit
                .ecb()
                .map_or(Placement::Pool, |ecb| ecb.extension().placement()),
        });
        let lend = |bytes: &&[u8]| match is_worth_while(visit, bytes) {
            true => Ok(Bytes::from_owner(LentMemory {
                start: bytes.as_ptr(),
                length: bytes.len(),
                _back: StdArc::clone(&back),
            })),
            false => copy(bytes),
        };
        let bytes = memory.iter().map(lend).collect::<Result<_, _>>()?;
        Ok((Some(loan), bytes))
    }

    /// The kernel has taken these bytes, which may be anybody's; how many of them were lent.
    pub fn count(&self, taken: &[u8]) -> u64 {
        if !self.covers(taken) {
            return 0;
        }
        let taken = u64::try_from(taken.len()).unwrap_or(u64::MAX);
        self.0.counted.fetch_add(taken, Ordering::Relaxed);
        taken
    }

    /// Nothing more will be counted, since the connection ends. To be said before it lets go of the
    /// bytes that it has not sent.
    pub fn cut(&self) {
        self.0.cut.store(true, Ordering::Relaxed);
    }

    /// Ready when the operation is cancelled: the connection has to end at once, so that the memory comes
    /// back. The last waker is remembered.
    pub fn poll_recalled(&self, cx: &Context<'_>) -> Poll<()> {
        let mut recall = self.recall_state();
        if recall.is_due {
            return Poll::Ready(());
        }
        remember(&mut recall.waker, cx);
        Poll::Pending
    }

    /// Asks the connection for the memory; whom to wake for that.
    pub(crate) fn recall(&self) -> Option<Waker> {
        let mut recall = self.recall_state();
        recall.is_due = true;
        recall.waker.take()
    }

    fn recall_state(&self) -> MutexGuard<'_, Recall> {
        // The lock is held for a few loads and stores.
        let recall = &self.0.recall;
        recall.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many bytes the kernel has taken.
    #[must_use]
    pub fn counted(&self) -> u64 {
        self.0.counted.load(Ordering::Relaxed)
    }

    /// Can nobody read the memory any more?
    #[must_use]
    pub fn is_returned(&self) -> bool {
        // With the store in `GiveBack::drop`: whoever sees it sees all that was counted.
        self.0.returned.load(Ordering::Acquire)
    }

    /// Are these two handles of the same loan?
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        StdArc::ptr_eq(&self.0, &other.0)
    }

    fn is_cut(&self) -> bool {
        self.0.cut.load(Ordering::Relaxed)
    }

    /// Do these bytes lie in what was lent?
    fn covers(&self, bytes: &[u8]) -> bool {
        let bytes = addresses(bytes);
        let mut memory = self.0.memory.iter();
        memory.any(|lent| lent.start <= bytes.start && bytes.end <= lent.end)
    }
}

impl fmt::Debug for Loan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loan")
            .field("memory", &self.0.memory)
            .field("counted", &self.counted())
            .field("is_cut", &self.is_cut())
            .field("is_returned", &self.is_returned())
            .finish()
    }
}

/// Can this memory be lent, and should it be?
pub(crate) fn is_worth_while(visit: &Visit, memory: &[u8]) -> bool {
    memory.len() >= LEAST && visit.shared().lends_memory()
}

/// Copies, so that the extension's memory is not read after its call, whatever becomes of it.
pub(crate) fn copy_all(memory: &[&[u8]]) -> Result<Vec<Bytes>, Win32Error> {
    memory.iter().map(|bytes| copy(bytes)).collect()
}

/// An extension may say that its memory has any length: more than there is memory for is no reason to
/// abort.
pub(crate) fn copy(bytes: &[u8]) -> Result<Bytes, Win32Error> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len())
        .map_err(|_| Win32Error::NOT_ENOUGH_MEMORY)?;
    copy.extend_from_slice(bytes);
    Ok(copy.into())
}

fn addresses(bytes: &[u8]) -> Range<usize> {
    let pointers = bytes.as_ptr_range();
    pointers.start.addr()..pointers.end.addr()
}

/// The owner of bytes that are the extension's.
struct LentMemory {
    start: *const u8,
    length: usize,
    _back: StdArc<GiveBack>,
}

// SAFETY: the memory is only read, and whoever called `Loan::lend` promised that nobody writes to it
// meanwhile; which thread reads it does not matter then.
unsafe impl Send for LentMemory {}

impl AsRef<[u8]> for LentMemory {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the caller of `Loan::lend` promised that the memory stays readable and unchanged
        // for as long as there are bytes which this owns; `start` and `length` are those of a slice.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

/// Dropped with the last bytes of a loan, on whatever thread and under whatever lock that is: so it
/// takes no lock of a request and leaves the rest to whoever runs completions.
struct GiveBack {
    loan: Loan,
    shared: Arc<Shared>,
    placement: Placement,
}

impl Drop for GiveBack {
    fn drop(&mut self) {
        self.loan.0.returned.store(true, Ordering::Release);
        DueCompletion::of_loan(&self.shared).dispatch(self.placement);
    }
}
