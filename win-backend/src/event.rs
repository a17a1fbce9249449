//! Events for overlapped operations.

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::System::Threading::{CreateEventW, SetEvent};

/// A manual-reset event. The system resets it when an operation with it begins, and sets it when the
/// operation is over.
#[derive(Debug)]
pub(crate) struct Event(OwnedHandle);

impl Event {
    pub(crate) fn new() -> io::Result<Self> {
        // SAFETY: no attributes and no name are passed.
        let event = unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) };
        if event.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the handle was just made and belongs to nobody else.
        Ok(Self(unsafe { OwnedHandle::from_raw_handle(event) }))
    }

    pub(crate) fn handle(&self) -> HANDLE {
        self.0.as_raw_handle()
    }

    /// The handle as an `OVERLAPPED` is given it. With its lowest bit set, the completion is queued to
    /// no port, whoever has associated the file or the socket with one
    /// ([`GetQueuedCompletionStatus`](https://learn.microsoft.com/en-us/windows/win32/api/ioapiset/nf-ioapiset-getqueuedcompletionstatus#remarks)).
    pub(crate) fn unqueued(&self) -> HANDLE {
        self.handle().map_addr(|address| address | 1)
    }

    pub(crate) fn set(&self) {
        // SAFETY: the handle is open. It is one of an event and may be set, so this cannot fail.
        unsafe { SetEvent(self.handle()) };
    }
}
