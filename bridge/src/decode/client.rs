//! The arguments of `WriteClient` and `ReadClient`.

use isapi_abi::{BYTE, DWORD, HSE_IO_ASYNC, HSE_IO_NODELAY, HSE_IO_SYNC, LPDWORD, LPVOID};
use isapi_core::session::Misuse;

use super::memory::{bytes, read};
use crate::completion::ReadBuffer;

/// Whether a call waits or answers through a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IoMode {
    Async,
    Sync,
}

impl IoMode {
    /// Reads the flags of `WriteClient`; 0 means synchronous, and both ways at once mean nothing.
    pub(crate) fn from_flags(flags: DWORD) -> Result<Self, Misuse> {
        // A hint about Nagle's algorithm, which is off here anyway.
        match flags & !HSE_IO_NODELAY {
            0 | HSE_IO_SYNC => Ok(Self::Sync),
            HSE_IO_ASYNC => Ok(Self::Async),
            _ => Err(Misuse::UnknownFlags(flags)),
        }
    }
}

/// What `WriteClient` is to send.
#[derive(Debug)]
pub(crate) struct WriteRequest<'a> {
    pub(crate) data: &'a [u8],
    pub(crate) mode: IoMode,
}

impl WriteRequest<'_> {
    /// # Safety
    ///
    /// `length` is null or points to the number of bytes at `buffer`, which live as long as the
    /// result.
    pub(crate) unsafe fn decode(
        buffer: LPVOID,
        length: LPDWORD,
        flags: DWORD,
    ) -> Result<Self, Misuse> {
        let mode = IoMode::from_flags(flags)?;
        // SAFETY: `lpdwBytes` of `thunks::WriteClient`, null or readable.
        let length = unsafe { read(length, "lpdwBytes") }?;
        // SAFETY: `Buffer` of `thunks::WriteClient`, whose length was just read. The result borrows
        // it no longer than `calls::write_client` runs, which is during the extension's call.
        let data = unsafe { bytes(buffer.cast(), length, "Buffer") }?;
        Ok(Self { data, mode })
    }
}

/// Where a read is to put its data.
#[derive(Debug)]
pub(crate) struct ReadRequest {
    start: *mut BYTE,
    capacity: usize,
}

impl ReadRequest {
    /// # Safety
    ///
    /// `size` is null or points to the number of writable bytes at `buffer`.
    pub(crate) unsafe fn decode(buffer: LPVOID, size: LPDWORD) -> Result<Self, Misuse> {
        // SAFETY: `lpdwSize` of `thunks::ReadClient`, or of `ServerSupportFunction` with
        // `HSE_REQ_ASYNC_READ_CLIENT`, null or readable.
        let capacity = unsafe { read(size, "lpdwSize") }?;
        if buffer.is_null() && capacity > 0 {
            return Err(Misuse::NullPointer("lpvBuffer"));
        }
        let capacity = usize::try_from(capacity).unwrap_or(usize::MAX);
        Ok(Self {
            start: buffer.cast(),
            capacity,
        })
    }

    /// The buffer of a synchronous read.
    pub(crate) fn start(&self) -> *mut BYTE {
        self.start
    }

    pub(crate) fn capacity(&self) -> usize {
        self.capacity
    }

    /// # Safety
    ///
    /// The extension leaves the buffer to the operation until its callback has run.
    pub(crate) unsafe fn into_async(self) -> ReadBuffer {
        // SAFETY: `decode` was promised that the buffer has that capacity, and the caller's promise
        // keeps it so until `CompletionCall` has run the callback.
        unsafe { ReadBuffer::new(self.start, self.capacity) }
    }
}
