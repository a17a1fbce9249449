use bytes::Bytes;
use isapi_core::session::{VectorElement, VectorSend};

use super::file::OpenFiles;
use crate::decode::{Element, IoMode, VectorRequest};
use crate::gate::{Failure, Visit};
use crate::loan::{Loan, copy_all};
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
    // SAFETY: the extension leaves the memory of an asynchronous vector alone until its callback,
    // which runs when nobody reads what is lent any more.
    let (loan, memory) = unsafe { lend_or_copy(visit, &request) }?;
    // What is refused, or has no place in the response, is dropped behind the lock and not under it.
    let kept = loan.is_some().then(|| memory.clone());
    let mut memory = memory.into_iter();
    let mut files = OpenFiles::new(shared);
    let mut elements = Vec::with_capacity(request.elements.len());
    for element in request.elements {
        elements.push(match element {
            Element::Memory(_) => VectorElement::Memory(memory.next().unwrap_or_default()),
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
        IoMode::Async => {
            let started = Shared::update(shared, |inner, now| {
                let operation = inner.session.vector_send_async(now, vector)?;
                inner.start(operation, loan);
                inner.files.extend(files);
                Ok(())
            });
            drop(kept);
            started
        }
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

/// The memory of a vector as bytes. Lent is that of an asynchronous one without files: a file that
/// fails ends its operation at once, whatever the connection still has of it.
///
/// # Safety
///
/// As for [`Loan::lend`] where the vector is asynchronous.
unsafe fn lend_or_copy(
    visit: &Visit,
    request: &VectorRequest<'_>,
) -> Result<(Option<Loan>, Vec<Bytes>), Failure> {
    let mut memory = Vec::with_capacity(request.elements.len());
    for element in &request.elements {
        if let Element::Memory(bytes) = element {
            memory.push(*bytes);
        }
    }
    let has_files = memory.len() < request.elements.len();
    if request.mode == IoMode::Sync || has_files {
        return Ok((None, copy_all(&memory)?));
    }
    // SAFETY: promised by the caller.
    Ok(unsafe { Loan::lend(visit, &memory) }?)
}
