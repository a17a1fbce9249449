//! Files that extensions send.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use isapi_abi::HANDLE;
use isapi_bridge::{FileAddresses, SendableFile};
use isapi_core::win32::Win32Error;

use crate::open_file::OpenFile;
use crate::reserved_addresses::ReservedAddresses;
use crate::transmit::{self, TransmitFile};

/// A handle of our own to a file that an extension asked to be sent.
///
/// The extension may close its own at once, and its file position is not moved: everything is read by
/// position, in a way that [`OpenFile`] describes.
///
/// # Never mapped
///
/// A view of a file would keep everybody from truncating, replacing and deleting it
/// (`ERROR_USER_MAPPED_FILE`) for as long as it is kept for the next request. Nobody reads the bytes
/// of a file that the kernel sends, so what goes through the HTTP library is a range of addresses
/// alone, with nothing behind it, and the file stays as free as its handle leaves it.
#[derive(Debug)]
pub(crate) struct HandleFile {
    file: Arc<OpenFile>,
}

impl HandleFile {
    /// Takes a handle of our own to the file behind `handle` (`HSE_TF_INFO::hFile`).
    ///
    /// # Errors
    ///
    /// * `ERROR_INVALID_HANDLE` (6) for what is no open handle, null, `INVALID_HANDLE_VALUE` and the
    ///   pseudo-handles of a process and its thread among it, and for one of no file at all;
    /// * `ERROR_INVALID_PARAMETER` (87) for what is no regular file, since a pipe, a console, a socket
    ///   or a directory has no length and no positions, and for what is not open for reading;
    /// * `ERROR_NO_SYSTEM_RESOURCES` (1450) when the process can open no more files.
    ///
    /// # Safety
    ///
    /// `handle` is a value an extension passed as a file: if it is an open handle at all, its owner
    /// allows the host to send it and keeps it open during this call.
    pub(crate) unsafe fn duplicate(handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        // SAFETY: the promise is the caller's, in the same words.
        let file = unsafe { OpenFile::duplicate(handle) }?;
        Ok(Arc::new(Self {
            file: Arc::new(file),
        }))
    }

    /// Addresses for a range of the file, whatever sends it.
    fn addresses(&self, offset: u64, length: u64) -> Option<Bytes> {
        let end = offset.checked_add(length)?;
        if length == 0 || end > self.len().ok()? {
            return None;
        }
        let reserved = ReservedAddresses::new(usize::try_from(length).ok()?).ok()?;
        let range = reserved.as_slice().as_ptr_range();
        let sender = Arc::new(TransmitFile::new(Arc::clone(&self.file)));
        let registered =
            FileAddresses::register(range.start.addr()..range.end.addr(), sender, offset);
        Some(Bytes::from_owner(StandIn {
            _registered: registered,
            reserved,
        }))
    }
}

impl SendableFile for HandleFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(offset, buf)
    }

    /// Only where `TransmitFile` can have a handle that shares its position with nobody.
    fn map(&self, offset: u64, length: u64) -> Option<Bytes> {
        if !self.file.has_own_position() || !transmit::is_available() {
            return None;
        }
        self.addresses(offset, length)
    }
}

/// Addresses that stand for a range of a file, the owner behind a [`Bytes`].
struct StandIn {
    /// Before the addresses: once they are free they may be anybody's.
    _registered: FileAddresses,
    reserved: ReservedAddresses,
}

impl AsRef<[u8]> for StandIn {
    fn as_ref(&self) -> &[u8] {
        self.reserved.as_slice()
    }
}

#[cfg(test)]
mod tests;
