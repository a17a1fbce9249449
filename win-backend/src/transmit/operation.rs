//! One overlapped `TransmitFile`.

use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::fmt;
use std::future::Future;
use std::io;
use std::os::windows::io::{AsRawSocket, RawSocket};
use std::pin::Pin;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use isapi_bridge::SocketRef;
use windows_sys::Win32::Foundation::{
    ERROR_HANDLE_EOF, ERROR_IO_PENDING, HANDLE, RtlNtStatusToDosError,
};
use windows_sys::Win32::Networking::WinSock::{SOCKET, TRANSMIT_FILE_BUFFERS, TransmitFile};
use windows_sys::Win32::System::IO::{CancelIoEx, OVERLAPPED};
use windows_sys::Win32::System::Threading::{
    INFINITE, RegisterWaitForSingleObject, UnregisterWait, WT_EXECUTEINWAITTHREAD,
    WT_EXECUTEONLYONCE,
};

use crate::event::Event;
use crate::open_file::{OpenFile, overlapped};

/// What one call sends.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) head: Box<[u8]>,
    pub(super) file: Arc<OpenFile>,
    pub(super) offset: u64,
    pub(super) length: usize,
    pub(super) tail: Box<[u8]>,
}

impl Block {
    fn total(&self) -> usize {
        self.head.len() + self.length + self.tail.len()
    }
}

/// A `TransmitFile` with all that the system needs for it, which is at the same address until the
/// system is done with it.
///
/// It has two owners. One is the [`Transmission`], whose drop cancels what is still under way. The other
/// is the wait for the event, which ends when the system is done, whatever became of the first. So it is
/// neither freed too early nor waited for.
///
/// Which is why the socket need not be owned: closing it cancels the operation too. A handle that has
/// been closed and given away again, and is then asked to cancel this operation, knows none of that
/// address.
pub(super) struct Operation {
    block: Block,
    socket: RawSocket,
    event: Event,
    /// The system's, from the start to the event.
    overlapped: UnsafeCell<OVERLAPPED>,
    buffers: TRANSMIT_FILE_BUFFERS,
    /// The registration of the wait; null before it.
    wait: AtomicPtr<c_void>,
    progress: Mutex<Progress>,
}

#[derive(Debug)]
enum Progress {
    UnderWay(Option<Waker>),
    Over,
}

// SAFETY: the pointers in `buffers` point to memory of `block` that is never moved or written, the
// handles are the process's, and `overlapped` is read by `result` only, when the system is done with it.
unsafe impl Send for Operation {}
// SAFETY: as above; all else that changes is behind a lock or atomic.
unsafe impl Sync for Operation {}

impl Operation {
    /// Begins to send.
    ///
    /// # Errors
    ///
    /// What the system says. Nothing was sent then.
    pub(super) fn start(socket: SocketRef<'_>, block: Block) -> io::Result<Transmission> {
        let lengths = (
            u32::try_from(block.head.len()),
            u32::try_from(block.length),
            u32::try_from(block.tail.len()),
        );
        let (Ok(head), Ok(length), Ok(tail)) = lengths else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let event = Event::new()?;
        let operation = Arc::new(Self {
            overlapped: UnsafeCell::new(overlapped(block.offset, event.unqueued())),
            buffers: TRANSMIT_FILE_BUFFERS {
                Head: block.head.as_ptr().cast_mut().cast(),
                HeadLength: head,
                Tail: block.tail.as_ptr().cast_mut().cast(),
                TailLength: tail,
            },
            socket: socket.as_raw_socket(),
            event,
            block,
            wait: AtomicPtr::new(ptr::null_mut()),
            progress: Mutex::new(Progress::UnderWay(None)),
        });
        operation.await_event()?;
        // SAFETY: socket and file are open. The system may use the structure and the buffers until it
        // sets the event: they belong to `operation`, which the wait owns until then.
        let begun = unsafe {
            TransmitFile(
                handle_of(operation.socket),
                operation.block.file.handle(),
                length,
                0,
                operation.overlapped.get(),
                &operation.buffers,
                0,
            )
        };
        let error = io::Error::last_os_error();
        if begun == 0 && error.raw_os_error().map(i32::cast_unsigned) != Some(ERROR_IO_PENDING) {
            // The system will not: this ends the wait, which lets go of the operation.
            operation.event.set();
            return Err(error);
        }
        Ok(Transmission(operation))
    }

    /// Makes the event's wait an owner. It is begun before the operation is: behind it, a failure would
    /// leave nobody to keep the memory that the system writes to.
    fn await_event(self: &Arc<Self>) -> io::Result<()> {
        let owner = Arc::into_raw(Arc::clone(self));
        let mut wait: HANDLE = ptr::null_mut();
        // SAFETY: the event is open for as long as the operation lives, which the wait owns. The
        // callback is given the pointer it expects, once: the event is set once.
        let registered = unsafe {
            RegisterWaitForSingleObject(
                &mut wait,
                self.event.handle(),
                Some(event_set),
                owner.cast(),
                INFINITE,
                WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD,
            )
        };
        if registered == 0 {
            let error = io::Error::last_os_error();
            // SAFETY: the counterpart of `into_raw` above; there is no wait that could have it.
            drop(unsafe { Arc::from_raw(owner) });
            return Err(error);
        }
        // This thread owns the operation too, so it is stored before the last owner goes.
        self.wait.store(wait, Ordering::Release);
        Ok(())
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What it came to, once it is over.
    fn result(&self) -> io::Result<usize> {
        // SAFETY: the system is done with the structure: its event was set.
        let (status, sent) = unsafe {
            let overlapped = &*self.overlapped.get();
            (overlapped.Internal, overlapped.InternalHigh)
        };
        // An NTSTATUS, which has 32 bits.
        let status = u32::try_from(status & 0xFFFF_FFFF)
            .unwrap_or(u32::MAX)
            .cast_signed();
        let total = self.block.total();
        tracing::debug!(bytes = sent, of = total, status, "TransmitFile is done");
        if status == 0 && sent == total {
            return Ok(sent);
        }
        // SAFETY: it takes any value.
        let code = unsafe { RtlNtStatusToDosError(status) };
        if status == 0 || code == ERROR_HANDLE_EOF || self.has_file_shrunk() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Err(io::Error::from_raw_os_error(code.cast_signed()))
    }

    fn has_file_shrunk(&self) -> bool {
        let end = u64::try_from(self.block.length)
            .unwrap_or(u64::MAX)
            .saturating_add(self.block.offset);
        self.block.file.len().is_ok_and(|length| length < end)
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("file", &self.block.file)
            .field("offset", &self.block.offset)
            .field("length", &self.block.length)
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}

impl Drop for Operation {
    fn drop(&mut self) {
        let wait = *self.wait.get_mut();
        if !wait.is_null() {
            // SAFETY: the counterpart of `RegisterWaitForSingleObject`, once. The wait is over, or this
            // is the end of its callback, where it answers that the callback still runs and frees the
            // registration behind it.
            unsafe { UnregisterWait(wait) };
        }
    }
}

/// The system is done with the operation that `owner` owns.
///
/// # Safety
///
/// `owner` comes from [`Arc::into_raw`] and is not used again.
unsafe extern "system" fn event_set(owner: *mut c_void, _timed_out: bool) {
    // SAFETY: the promise is the caller's.
    let operation = unsafe { Arc::from_raw(owner.cast_const().cast::<Operation>()) };
    let before = std::mem::replace(&mut *operation.progress(), Progress::Over);
    if let Progress::UnderWay(Some(waker)) = before {
        waker.wake();
    }
}

/// A block that is being sent: its number of bytes when it is. Dropped before, it is cancelled.
#[derive(Debug)]
pub(super) struct Transmission(Arc<Operation>);

impl Future for Transmission {
    type Output = io::Result<usize>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut progress = self.0.progress();
        match &mut *progress {
            Progress::Over => {
                drop(progress);
                Poll::Ready(self.0.result())
            }
            Progress::UnderWay(Some(waker)) => {
                waker.clone_from(cx.waker());
                Poll::Pending
            }
            Progress::UnderWay(none) => {
                *none = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Transmission {
    fn drop(&mut self) {
        let is_over = match &mut *self.0.progress() {
            Progress::Over => true,
            Progress::UnderWay(waker) => {
                *waker = None;
                false
            }
        };
        if !is_over {
            // SAFETY: the structure is alive; the system compares its address with those of the
            // socket's operations. It may find none: the operation ends at any time.
            unsafe { CancelIoEx(handle_of_socket(self.0.socket), self.0.overlapped.get()) };
        }
    }
}

fn handle_of(socket: RawSocket) -> SOCKET {
    // Both are as wide as a pointer.
    usize::try_from(socket).unwrap_or(usize::MAX)
}

fn handle_of_socket(socket: RawSocket) -> HANDLE {
    ptr::without_provenance_mut(handle_of(socket))
}
