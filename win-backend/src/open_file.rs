//! A handle of our own to a file, read by position.

use std::cell::RefCell;
use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::mem;
use std::os::windows::io::{AsRawHandle, BorrowedHandle, FromRawHandle};
use std::process;
use std::ptr;
use std::sync::{Mutex, PoisonError};

use isapi_abi::HANDLE;
use isapi_abi::error::ERROR_NO_SYSTEM_RESOURCES;
use isapi_core::win32::Win32Error;
use windows_sys::Wdk::Foundation::{NtQueryObject, ObjectBasicInformation};
use windows_sys::Win32::Foundation::{
    ERROR_HANDLE_EOF, ERROR_INVALID_HANDLE, ERROR_IO_PENDING, ERROR_NOT_ENOUGH_MEMORY,
    ERROR_TOO_MANY_OPEN_FILES, GENERIC_READ, GetLastError, INVALID_HANDLE_VALUE, STATUS_PENDING,
    SetLastError,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_BEGIN, FILE_CURRENT, FILE_FLAG_OVERLAPPED, FILE_FLAG_SEQUENTIAL_SCAN, FILE_READ_DATA,
    FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_TYPE_DISK, FILE_TYPE_UNKNOWN,
    GetFileType, ReOpenFile, ReadFile, SetFilePointerEx,
};
use windows_sys::Win32::System::IO::{
    GetOverlappedResult, OVERLAPPED, OVERLAPPED_0, OVERLAPPED_0_0,
};
use windows_sys::Win32::System::WindowsProgramming::PUBLIC_OBJECT_BASIC_INFORMATION;

use crate::event::Event;

/// A file that is open for us, whatever becomes of the handle it came from.
///
/// It is opened anew (`ReOpenFile`), which gives it a position of its own. A file that cannot be,
/// because it was opened to be shared with nobody or is about to be deleted, is duplicated, and then
/// both handles have one position: reading at an offset would move it, so it is put back after every
/// read. An extension that reads by its position *while* the host sends such a file may read
/// elsewhere.
#[derive(Debug)]
pub(crate) struct OpenFile {
    file: File,
    has_own_position: bool,
}

/// Held while a position that is shared with an extension is elsewhere.
static SHARED_POSITION: Mutex<()> = Mutex::new(());

impl OpenFile {
    /// # Errors
    ///
    /// Those of [`HandleFile::duplicate`](crate::file::HandleFile::duplicate).
    ///
    /// # Safety
    ///
    /// Nobody closes `handle` during this call, if it is an open handle at all.
    pub(crate) unsafe fn duplicate(handle: HANDLE) -> Result<Self, Win32Error> {
        // Negative values are the pseudo-handles, INVALID_HANDLE_VALUE among them.
        if handle.addr().cast_signed() <= 0 {
            return Err(Win32Error::INVALID_HANDLE);
        }
        // SAFETY: the call answers an error for what is no handle; otherwise the caller keeps it open.
        if unsafe { file_type(handle) }? != FILE_TYPE_DISK {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        // SAFETY: it is an open handle, as was just seen, and the caller keeps it open.
        let original = unsafe { BorrowedHandle::borrow_raw(handle) };
        if !may_read(original) {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        let file = match reopen(original) {
            Ok(file) => Self {
                file,
                has_own_position: true,
            },
            Err(reason) => {
                tracing::debug!(%reason, "a file to be sent is not opened anew but duplicated");
                let duplicate = original.try_clone_to_owned();
                Self {
                    file: File::from(duplicate.map_err(|error| exhausted_or_invalid(&error))?),
                    has_own_position: false,
                }
            }
        };
        // Of a volume there is no metadata.
        if file
            .file
            .metadata()
            .is_ok_and(|metadata| metadata.is_file())
        {
            Ok(file)
        } else {
            Err(Win32Error::INVALID_PARAMETER)
        }
    }

    /// Whether the file's position is shared with no other handle.
    pub(crate) fn has_own_position(&self) -> bool {
        self.has_own_position
    }

    pub(crate) fn handle(&self) -> HANDLE {
        self.file.as_raw_handle()
    }

    pub(crate) fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Reads at most `buffer.len()` bytes from `offset` on; 0 means the file's end.
    ///
    /// Only bytes that the file still has when they have been read: nothing is promised of a read beside
    /// which somebody else cuts the file, and under Wine it is no better than the `pread(2)` below it.
    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.read_at_position(offset, buffer)?;
        if read == 0 {
            return Ok(0);
        }
        let left = self.len()?.saturating_sub(offset);
        Ok(usize::try_from(left).map_or(read, |left| read.min(left)))
    }

    fn read_at_position(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        if self.has_own_position {
            return self.read(offset, buffer);
        }
        let _held = SHARED_POSITION
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = self.seek(0, FILE_CURRENT)?;
        let read = self.read(offset, buffer);
        self.seek(before, FILE_BEGIN)?;
        read
    }

    fn seek(&self, distance: i64, from: u32) -> io::Result<i64> {
        let mut position = 0;
        // SAFETY: the handle is open, and the position is written to a variable of that type.
        if unsafe { SetFilePointerEx(self.handle(), distance, &mut position, from) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(position)
    }

    /// An overlapped read that is waited for; on a handle that is not overlapped, a read.
    fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let length = u32::try_from(buffer.len()).unwrap_or(u32::MAX);
        let buffer = buffer.as_mut_ptr();
        with_event(|event| {
            let mut overlapped = overlapped(offset, event.unqueued());
            // The system writes there while it reads: nothing else refers to it.
            let overlapped = &raw mut overlapped;
            let mut read = 0;
            // SAFETY: the handle is open. The buffer is as long as that and borrowed, and the
            // structure lives, until the operation is over: it is waited for below.
            let done =
                unsafe { ReadFile(self.handle(), buffer, length, ptr::null_mut(), overlapped) };
            let error = io::Error::last_os_error();
            let result = if done == 0 && code(&error) != ERROR_IO_PENDING {
                Err(error)
            } else {
                // SAFETY: the operation was begun with this handle and this structure.
                match unsafe { GetOverlappedResult(self.handle(), overlapped, &mut read, 1) } {
                    0 => Err(io::Error::last_os_error()),
                    _ => Ok(()),
                }
            };
            // SAFETY: the structure is alive; its field is an integer that the system may be writing.
            let status = unsafe { ptr::read_volatile(&raw const (*overlapped).Internal) };
            if status == usize::try_from(STATUS_PENDING).unwrap_or(usize::MAX) {
                // The wait itself has failed, which nothing can make it do. The system would write
                // into a stack frame that is gone.
                process::abort();
            }
            match result {
                Ok(()) => Ok(usize::try_from(read).unwrap_or(usize::MAX)),
                Err(error) if code(&error) == ERROR_HANDLE_EOF => Ok(0),
                Err(error) => Err(error),
            }
        })
    }
}

/// The structure for an operation at `offset`.
pub(crate) fn overlapped(offset: u64, event: HANDLE) -> OVERLAPPED {
    OVERLAPPED {
        Internal: 0,
        InternalHigh: 0,
        Anonymous: OVERLAPPED_0 {
            Anonymous: OVERLAPPED_0_0 {
                Offset: u32::try_from(offset & u64::from(u32::MAX)).unwrap_or(0),
                OffsetHigh: u32::try_from(offset >> 32).unwrap_or(0),
            },
        },
        hEvent: event,
    }
}

/// Lends the event of the thread: making one for each read would cost two system calls.
fn with_event<R>(read: impl FnOnce(&Event) -> io::Result<R>) -> io::Result<R> {
    thread_local! {
        static EVENT: RefCell<Option<Event>> = const { RefCell::new(None) };
    }
    EVENT.with_borrow_mut(|event| match event {
        Some(event) => read(event),
        none => read(none.insert(Event::new()?)),
    })
}

/// # Safety
///
/// Nobody closes `handle` during this call, if it is an open handle at all.
unsafe fn file_type(handle: HANDLE) -> Result<u32, Win32Error> {
    // SAFETY: it sets a thread's variable.
    unsafe { SetLastError(0) };
    // SAFETY: it takes any value; the caller answers for whose handle it is.
    let kind = unsafe { GetFileType(handle) };
    // SAFETY: it reads a thread's variable.
    if kind == FILE_TYPE_UNKNOWN && unsafe { GetLastError() } == ERROR_INVALID_HANDLE {
        return Err(Win32Error::INVALID_HANDLE);
    }
    Ok(kind)
}

/// Whether the handle was opened for reading. Opening the file anew would not tell: it asks what the
/// process may do with the file, not what this handle may.
fn may_read(handle: BorrowedHandle<'_>) -> bool {
    let mut information = PUBLIC_OBJECT_BASIC_INFORMATION::default();
    let Ok(length) = u32::try_from(mem::size_of_val(&information)) else {
        return false;
    };
    // SAFETY: the handle is open, and the buffer is a structure of the class's type and length.
    let status = unsafe {
        NtQueryObject(
            handle.as_raw_handle(),
            ObjectBasicInformation,
            (&raw mut information).cast::<c_void>(),
            length,
            ptr::null_mut(),
        )
    };
    status >= 0 && information.GrantedAccess & FILE_READ_DATA != 0
}

fn reopen(handle: BorrowedHandle<'_>) -> io::Result<File> {
    let share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
    let flags = FILE_FLAG_OVERLAPPED | FILE_FLAG_SEQUENTIAL_SCAN;
    // SAFETY: the handle is open, the rest are plain values.
    let file = unsafe { ReOpenFile(handle.as_raw_handle(), GENERIC_READ, share, flags) };
    if file == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the handle was just opened and belongs to nobody else.
    Ok(unsafe { File::from_raw_handle(file) })
}

fn exhausted_or_invalid(error: &io::Error) -> Win32Error {
    match code(error) {
        ERROR_TOO_MANY_OPEN_FILES | ERROR_NOT_ENOUGH_MEMORY | ERROR_NO_SYSTEM_RESOURCES => {
            Win32Error::new(ERROR_NO_SYSTEM_RESOURCES)
        }
        _ => Win32Error::INVALID_HANDLE,
    }
}

fn code(error: &io::Error) -> u32 {
    error.raw_os_error().map_or(0, i32::cast_unsigned)
}
