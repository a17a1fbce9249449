//! Files that extensions send: descriptors of our own, read by position.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, RawFd};
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use isapi_abi::HANDLE;
use isapi_abi::error::ERROR_NO_SYSTEM_RESOURCES;
use isapi_bridge::{ReadyRange, SendableFile, WantedRange};
use isapi_core::win32::Win32Error;
use rustix::fs::{FileType, fstat};

use crate::file_range::file_range;
use crate::mapping::{MappingCache, Measured};
use crate::positional_read;

/// A descriptor of our own to a file that an extension asked to be sent.
///
/// It shares the open file with the extension's, so the extension may close its own at once, and the
/// host never moves its file position: everything is read by position.
#[derive(Debug)]
pub(crate) struct DescriptorFile {
    file: File,
    /// When it was handed over.
    measured: Measured,
}

impl DescriptorFile {
    /// Duplicates the descriptor inside `handle` (`HSE_TF_INFO::hFile`), close-on-exec.
    ///
    /// # Errors
    ///
    /// * `ERROR_INVALID_HANDLE` (6) for what is no open descriptor, null and
    ///   `INVALID_HANDLE_VALUE` among it;
    /// * `ERROR_INVALID_PARAMETER` (87) for what is open but no regular file, since a pipe or a socket
    ///   has no length and no positions, and for what is not open for reading;
    /// * `ERROR_NO_SYSTEM_RESOURCES` (1450) when the process may open no more files.
    ///
    /// # Safety
    ///
    /// `handle` is a value an extension passed as a file: if it is an open descriptor at all, its
    /// owner allows the host to send it.
    pub(crate) unsafe fn duplicate(handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        let descriptor = descriptor(handle).ok_or(Win32Error::INVALID_HANDLE)?;
        // SAFETY: the borrow lasts for one fcntl(2), which answers EBADF where nothing is open under
        // that number. The caller answers for whose descriptor it is.
        let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
        let file = File::from(
            borrowed
                .try_clone_to_owned()
                .map_err(|error| win32(&error))?,
        );
        let status = fstat(&file).map_err(|error| win32(&error.into()))?;
        let is_file = FileType::from_raw_mode(status.st_mode).is_file();
        if !is_file || file.read_at(&mut [], 0).is_err() {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        let measured = Measured::of(&status);
        Ok(Arc::new(Self { file, measured }))
    }
}

impl SendableFile for DescriptorFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.measured.length)
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        positional_read::read_at(&self.file, offset, buf)
    }

    fn map(&self, offset: u64, length: u64) -> Option<Bytes> {
        let cache = MappingCache::global();
        cache.slice(
            self.file.as_fd(),
            self.measured,
            offset,
            length,
            Instant::now(),
        )
    }
}

/// A range of the file behind `handle`, without a descriptor of our own.
///
/// `None` where [`DescriptorFile::duplicate`] has to say what there is.
///
/// # Safety
///
/// As for [`DescriptorFile::duplicate`].
pub(crate) unsafe fn range_of(handle: HANDLE, wanted: &WantedRange) -> Option<ReadyRange> {
    let descriptor = descriptor(handle)?;
    // SAFETY: the borrow lasts for system calls that answer EBADF where nothing is open under that
    // number. The caller answers for whose descriptor it is.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    file_range(borrowed, wanted)
}

/// The descriptor number in a `HANDLE`; `None` for null ("no file"), so descriptor 0 cannot be sent,
/// and for everything that is no descriptor number.
fn descriptor(handle: HANDLE) -> Option<RawFd> {
    RawFd::try_from(handle.addr())
        .ok()
        .filter(|&descriptor| descriptor > 0)
}

fn win32(error: &io::Error) -> Win32Error {
    match error.raw_os_error() {
        Some(EBADF) => Win32Error::INVALID_HANDLE,
        Some(EMFILE | ENFILE) => Win32Error::new(ERROR_NO_SYSTEM_RESOURCES),
        _ => Win32Error::READ_FAULT,
    }
}

// The same numbers on every Unix that Rust runs on.
const EBADF: i32 = 9;
const ENFILE: i32 = 23;
const EMFILE: i32 = 24;

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::ptr;

    use super::*;
    use crate::test_file::TestFile;

    fn handle(descriptor: RawFd) -> HANDLE {
        ptr::without_provenance_mut(usize::try_from(descriptor).unwrap())
    }

    fn duplicate(handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        // SAFETY: the tests pass descriptors of their own, or numbers that are none.
        unsafe { DescriptorFile::duplicate(handle) }
    }

    #[test]
    fn a_file_that_is_not_open_for_reading_cannot_be_sent() {
        let path = TestFile::with(b"0123456789");
        let file = path.append();
        let refused = duplicate(handle(file.as_raw_fd())).unwrap_err();
        assert_eq!(refused, Win32Error::INVALID_PARAMETER);
    }

    #[test]
    fn the_copy_outlives_the_extensions_descriptor() {
        let path = TestFile::with(b"0123456789");
        let file = path.open();
        let copy = duplicate(handle(file.as_raw_fd())).unwrap();
        drop(file);
        drop(path);
        let mut buf = [0; 4];
        assert_eq!(copy.len().unwrap(), 10);
        assert_eq!(copy.read_at(8, &mut buf).unwrap(), 2);
        assert_eq!(&buf[..2], b"89");
        assert_eq!(copy.map(3, 4).unwrap(), &b"3456"[..]);
    }

    #[test]
    fn the_extensions_file_position_stays() {
        use std::io::{Read, Seek};
        let path = TestFile::with(b"0123456789");
        let mut file = path.open();
        file.read_exact(&mut [0; 3]).unwrap();
        let copy = duplicate(handle(file.as_raw_fd())).unwrap();
        copy.read_at(5, &mut [0; 2]).unwrap();
        assert_eq!(file.stream_position().unwrap(), 3);
    }

    #[test]
    fn no_descriptor_is_refused() {
        let invalid: HANDLE = ptr::without_provenance_mut(usize::MAX);
        let big: HANDLE = ptr::without_provenance_mut(i32::MAX.unsigned_abs() as usize + 1);
        for handle in [ptr::null_mut(), invalid, big, handle(i32::MAX)] {
            assert_eq!(duplicate(handle).unwrap_err(), Win32Error::INVALID_HANDLE);
        }
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        let directory = File::open(std::env::temp_dir()).unwrap();
        let (reader, _writer) = io::pipe().unwrap();
        for descriptor in [directory.as_raw_fd(), reader.as_raw_fd()] {
            let error = duplicate(handle(descriptor)).unwrap_err();
            assert_eq!(error, Win32Error::INVALID_PARAMETER);
        }
    }
}
