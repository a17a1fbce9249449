//! Addresses with nothing behind them.

use std::io;
use std::ptr::{self, NonNull};
use std::slice;

use windows_sys::Win32::System::Memory::{
    MEM_RELEASE, MEM_RESERVE, PAGE_NOACCESS, VirtualAlloc, VirtualFree,
};

/// A range of addresses that the process can use for nothing else. It takes no memory, and whoever
/// reads there faults.
#[derive(Debug)]
pub(crate) struct ReservedAddresses {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: nothing is stored there that belongs to a thread.
unsafe impl Send for ReservedAddresses {}
// SAFETY: as above; there is nothing to change.
unsafe impl Sync for ReservedAddresses {}

impl ReservedAddresses {
    /// # Errors
    ///
    /// There is no free range of that length, or it is too long for a slice.
    pub(crate) fn new(length: usize) -> io::Result<Self> {
        if isize::try_from(length).is_err() {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        // SAFETY: a new range is asked for, so none that is in use is touched.
        let start = unsafe { VirtualAlloc(ptr::null(), length, MEM_RESERVE, PAGE_NOACCESS) };
        match NonNull::new(start.cast()) {
            Some(start) => Ok(Self { start, length }),
            None => Err(io::Error::last_os_error()),
        }
    }

    /// The addresses as a slice, which is what HTTP libraries pass on. Its bytes must not be read.
    pub(crate) fn as_slice(&self) -> &[u8] {
        // SAFETY: the range was reserved in one piece, is not longer than `isize::MAX`, and is this
        // value's as long as the slice is borrowed. By the letter it would have to be readable, and it
        // is not. Whoever comes by this slice has promised to give it to nobody but the kernel
        // (`SendableFile::map`), and the compiler makes up no reads of a slice: its type does not say
        // that there is a byte.
        unsafe { slice::from_raw_parts(self.start.as_ptr(), self.length) }
    }
}

impl Drop for ReservedAddresses {
    fn drop(&mut self) {
        // SAFETY: the counterpart of `VirtualAlloc` above, once; releasing takes the length as 0.
        unsafe { VirtualFree(self.start.as_ptr().cast(), 0, MEM_RELEASE) };
    }
}
