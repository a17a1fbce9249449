use bytes::Bytes;
use isapi_core::session::{VectorElement, VectorSend};
use isapi_core::win32::Win32Error;

use super::file::OpenFiles;
use crate::completion::PendingCall;
use crate::decode::{Element, IoMode, VectorRequest};
use crate::gate::{Failure, Visit};
use crate::shared::Shared;

/// `HSE_REQ_VECTOR_SEND`. A synchronous one returns when the client's side has taken its files, and
/// when there is room for more behind its memory.
///
/// # Safety
///
/// The handles of the request are what the extension passed as those of files, open during this
/// call.
pub(super) unsafe fn vector_send(visit: &Visit, request: VectorRequest<'_>) -> Result<(), Failure> {
    let shared = visit.shared();
    let mut files = OpenFiles::new(shared);
    let mut elements = Vec::with_capacity(request.elements.len());
    for element in request.elements {
        elements.push(match element {
            Element::Memory(bytes) => VectorElement::Memory(copy(bytes)?),
            Element::File {
                handle,
                offset,
                length,
            } => {
                // SAFETY: the handle is what the extension passed as that of a file.
                VectorElement::File(unsafe { files.add(handle, offset, length) }?)
            }
        });
    }
    let vector = VectorSend {
        head: request.head,
        elements,
        disconnect: request.disconnect,
        final_send: request.final_send,
    };
    let files = files.into_prepared();
    match request.mode {
        IoMode::Async => Shared::update(shared, |inner, now| {
            let operation = inner.session.vector_send_async(now, vector)?;
            inner.pending = Some(PendingCall::new(operation, inner.routine));
            inner.files.extend(files);
            Ok(())
        }),
        IoMode::Sync => {
            let has_file = !files.is_empty();
            Shared::update(shared, |inner, now| {
                inner.session.vector_send(now, vector)?;
                inner.files.extend(files);
                Ok::<_, Failure>(())
            })?;
            Shared::wait_for(shared, |inner, now| {
                inner.session.vector_sent(now, has_file)
            })?;
            Ok(())
        }
    }
}

/// Copied, so that the extension's memory is not read after this call, whatever becomes of it. An
/// element may say that it has any length: more than there is memory for is no reason to abort.
fn copy(bytes: &[u8]) -> Result<Bytes, Failure> {
    let mut copy = Vec::new();
    copy.try_reserve_exact(bytes.len())
        .map_err(|_| Win32Error::NOT_ENOUGH_MEMORY)?;
    copy.extend_from_slice(bytes);
    Ok(copy.into())
}
