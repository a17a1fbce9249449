//! Reading what an extension passed as `hFile`.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;

use isapi_abi::HANDLE;

use crate::error::Win32Error;

/// A file of the extension's, open until the operation has completed.
#[derive(Debug)]
pub(super) struct Handle(ManuallyDrop<File>);

impl Handle {
    /// # Safety
    ///
    /// `handle` is not null, and the file stays open as long as the value is used.
    #[cfg(unix)]
    pub(super) unsafe fn new(handle: HANDLE) -> Option<Handle> {
        use std::os::fd::FromRawFd;

        let descriptor = handle.addr().try_into().ok()?;
        // SAFETY: the caller vouches for the descriptor, which `ManuallyDrop` leaves open.
        Some(Handle(ManuallyDrop::new(unsafe {
            File::from_raw_fd(descriptor)
        })))
    }

    /// # Safety
    ///
    /// `handle` is not null, and the file stays open as long as the value is used.
    #[cfg(windows)]
    pub(super) unsafe fn new(handle: HANDLE) -> Option<Handle> {
        use std::os::windows::io::FromRawHandle;

        // SAFETY: the caller vouches for the handle, which `ManuallyDrop` leaves open.
        Some(Handle(ManuallyDrop::new(unsafe {
            File::from_raw_handle(handle)
        })))
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    /// The bytes of a range.
    fn read(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let length = usize::try_from(length).map_err(|_| io::ErrorKind::InvalidInput)?;
        let mut data = vec![0; length];
        let mut filled = 0;
        while filled < length {
            let at = offset + u64::try_from(filled).map_err(|_| io::ErrorKind::InvalidInput)?;
            match self.read_at(&mut data[filled..], at)? {
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                read => filled += read,
            }
        }
        Ok(data)
    }

    #[cfg(unix)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&*self.0, buffer, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&*self.0, buffer, offset)
    }
}

/// A range of an extension's file.
#[derive(Debug)]
pub(super) struct FilePart {
    handle: Handle,
    offset: u64,
    length: u64,
}

impl FilePart {
    /// A `length` of 0 is the rest of the file.
    pub(super) fn new(handle: Handle, offset: u64, length: u64) -> Result<FilePart, Win32Error> {
        let size = handle.length().map_err(|_| Win32Error::INVALID_PARAMETER)?;
        let rest = size.checked_sub(offset);
        let rest = rest.ok_or(Win32Error::INVALID_PARAMETER)?;
        let length = if length == 0 { rest } else { length };
        if length > rest {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        Ok(FilePart {
            handle,
            offset,
            length,
        })
    }

    /// The bytes; a file that has become shorter breaks the operation off.
    pub(super) fn read(&self) -> Result<Vec<u8>, Win32Error> {
        self.handle
            .read(self.offset, self.length)
            .map_err(|_| Win32Error::OPERATION_ABORTED)
    }
}
