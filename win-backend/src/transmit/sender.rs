//! A file that `TransmitFile` sends.

use std::io::{self, IoSlice};
use std::sync::Arc;

use isapi_bridge::{FileBlock, KernelFile, KernelSend, SocketRef};
use windows_sys::Win32::Foundation::{
    ERROR_CALL_NOT_IMPLEMENTED, ERROR_INVALID_FUNCTION, ERROR_NOT_SUPPORTED,
};
use windows_sys::Win32::Networking::WinSock::{WSAEINVAL, WSAEOPNOTSUPP};

use super::availability;
use super::operation::{Block, Operation};
use crate::open_file::OpenFile;

/// Sends an open file.
#[derive(Debug)]
pub(crate) struct TransmitFile {
    file: Arc<OpenFile>,
}

impl TransmitFile {
    pub(crate) fn new(file: Arc<OpenFile>) -> Self {
        Self { file }
    }
}

impl KernelFile for TransmitFile {
    fn send(&self, socket: SocketRef<'_>, block: &FileBlock<'_>) -> io::Result<KernelSend> {
        let block = Block {
            head: joined(block.head),
            file: Arc::clone(&self.file),
            offset: block.offset,
            length: block.length.min(FileBlock::MAX_LENGTH),
            tail: joined(block.tail),
        };
        match Operation::start(socket, block) {
            Ok(transmission) => Ok(KernelSend::Pending(Box::pin(transmission))),
            Err(error) if is_unsupported(&error) => {
                availability::refused(&error);
                Err(io::Error::new(io::ErrorKind::Unsupported, error))
            }
            Err(error) => Err(error),
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(offset, buffer)
    }
}

/// The system takes one buffer in front of the file and one behind it, and reads them later.
fn joined(slices: &[IoSlice<'_>]) -> Box<[u8]> {
    let mut joined = Vec::with_capacity(slices.iter().map(|slice| slice.len()).sum());
    for slice in slices {
        joined.extend_from_slice(slice);
    }
    joined.into()
}

/// Whether the socket's provider does not have the function, as one that another product has put in
/// front of the system's may not.
fn is_unsupported(error: &io::Error) -> bool {
    let Some(code) = error.raw_os_error() else {
        return false;
    };
    matches!(code, WSAEOPNOTSUPP | WSAEINVAL)
        || matches!(
            code.cast_unsigned(),
            ERROR_NOT_SUPPORTED | ERROR_CALL_NOT_IMPLEMENTED | ERROR_INVALID_FUNCTION
        )
}
