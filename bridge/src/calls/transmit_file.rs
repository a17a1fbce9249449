use isapi_core::session::FileTransmission;

use super::file::OpenFiles;
use crate::completion::PendingCall;
use crate::decode::TransmitFile;
use crate::gate::{Failure, Visit};
use crate::shared::Shared;

/// `HSE_REQ_TRANSMIT_FILE`.
///
/// # Safety
///
/// The handle of the request is what the extension passed as `hFile`, open during this call.
pub(super) unsafe fn transmit_file(visit: &Visit, request: TransmitFile) -> Result<(), Failure> {
    let shared = visit.shared();
    let mut files = OpenFiles::new(shared);
    let range = match request.file {
        // SAFETY: the handle is what the extension passed as `hFile`.
        Some(handle) => Some(unsafe { files.add(handle, request.offset, request.length) }?),
        None => None,
    };
    let transmission = FileTransmission {
        head: request.head,
        file: range,
        tail: request.tail,
        disconnect: request.disconnect,
        final_send: request.final_send,
        own_callback: request.routine.is_some(),
    };
    let files = files.into_prepared();
    Shared::update(shared, |inner, now| {
        let operation = inner.session.transmit_file(now, transmission)?;
        let routine = request.routine.unwrap_or(inner.routine);
        inner.pending = Some(PendingCall::new(operation, routine));
        inner.files.extend(files);
        Ok(())
    })
}
