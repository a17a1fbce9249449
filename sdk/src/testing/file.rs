//! Reading what an extension passed as `hFile`.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;

use isapi_abi::HANDLE;

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

    pub(super) fn length(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    /// The bytes of a range.
    pub(super) fn read(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
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
