//! Files that extensions send: handles of our own, read by position.

use std::fs::File;
use std::io;
use std::os::windows::fs::FileExt;
use std::os::windows::io::FromRawHandle;
use std::sync::Arc;

use bytes::Bytes;
use isapi_abi::HANDLE;
use isapi_bridge::SendableFile;
use isapi_core::win32::Win32Error;
use windows_sys::Win32::Foundation::{GENERIC_READ, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_SHARE_DELETE, FILE_SHARE_READ, FILE_SHARE_WRITE, FILE_TYPE_DISK, GetFileType, ReOpenFile,
};

/// A handle of our own to a file that an extension asked to be sent.
///
/// It is opened anew and not duplicated: a duplicate would share the extension's file position.
#[derive(Debug)]
pub(crate) struct HandleFile {
    file: File,
}

impl HandleFile {
    /// Opens the file behind `handle` (`HSE_TF_INFO::hFile`) once more.
    ///
    /// # Errors
    ///
    /// * `ERROR_INVALID_HANDLE` (6) for what is no open handle;
    /// * `ERROR_INVALID_PARAMETER` (87) for what is no file on a disk.
    ///
    /// # Safety
    ///
    /// `handle` is a value an extension passed as a file: if it is an open handle at all, its owner
    /// allows the host to send it.
    pub(crate) unsafe fn duplicate(handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        if handle.is_null() || handle == INVALID_HANDLE_VALUE {
            return Err(Win32Error::INVALID_HANDLE);
        }
        let share = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;
        // SAFETY: it takes plain values, and answers an error for what is no handle. The caller
        // answers for whose handle it is.
        let fresh = unsafe { ReOpenFile(handle, GENERIC_READ, share, 0) };
        if fresh == INVALID_HANDLE_VALUE {
            return Err(Win32Error::INVALID_HANDLE);
        }
        // SAFETY: the handle was just opened and belongs to nobody else.
        let file = unsafe { File::from_raw_handle(fresh) };
        // SAFETY: the handle is open.
        if unsafe { GetFileType(fresh) } != FILE_TYPE_DISK || !is_regular(&file) {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        Ok(Arc::new(Self { file }))
    }
}

fn is_regular(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file())
}

impl SendableFile for HandleFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.file.seek_read(buf, offset)
    }

    fn map(&self, _offset: u64, _length: u64) -> Option<Bytes> {
        None
    }
}
