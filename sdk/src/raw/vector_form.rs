//! The C form of a vector.

use std::ptr;

use isapi_abi::{
    DWORD, HSE_IO_ASYNC, HSE_IO_DISCONNECT_AFTER_SEND, HSE_IO_FINAL_SEND, HSE_IO_SEND_HEADERS,
    HSE_IO_SYNC, HSE_REQ_VECTOR_SEND, HSE_RESPONSE_VECTOR, HSE_VECTOR_ELEMENT,
    HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE, HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER, PVOID,
};

use crate::error::Win32Error;
use crate::header::HeaderBlock;
use crate::raw::form::{CompletionRoutine, Form};
use crate::raw::handle::Sendable;
use crate::vector_send::{VectorPart, VectorSend};

/// An `HSE_RESPONSE_VECTOR`.
pub(crate) struct VectorForm {
    head: Option<HeaderBlock>,
    /// For each part that is a file, in order.
    files: Vec<Sendable>,
    elements: Vec<HSE_VECTOR_ELEMENT>,
    vector: HSE_RESPONSE_VECTOR,
}

impl Form<VectorSend> for VectorForm {
    const CODE: DWORD = HSE_REQ_VECTOR_SEND;

    fn new(send: &VectorSend) -> Result<VectorForm, Win32Error> {
        let head = send.head.as_ref();
        let head = head.map(|head| HeaderBlock::new(&head.status, head.fields()));
        let files = send.parts.iter().filter_map(|part| match part {
            VectorPart::Memory(_) => None,
            VectorPart::File { file, .. } => Some(Sendable::new(file)),
        });
        Ok(VectorForm {
            head: head.transpose()?,
            files: files.collect::<Result<_, _>>()?,
            elements: Vec::new(),
            vector: EMPTY,
        })
    }

    fn fill(
        &mut self,
        send: &VectorSend,
        completion: Option<CompletionRoutine>,
    ) -> Result<PVOID, Win32Error> {
        let mut files = self.files.iter();
        self.elements = send
            .parts
            .iter()
            .filter_map(|part| element(part, &mut files))
            .collect();
        let mut vector = HSE_RESPONSE_VECTOR {
            dwFlags: if completion.is_some() {
                HSE_IO_ASYNC
            } else {
                HSE_IO_SYNC
            },
            nElementCount: DWORD::try_from(self.elements.len())
                .map_err(|_| Win32Error::INVALID_PARAMETER)?,
            lpElementArray: self.elements.as_mut_ptr(),
            ..EMPTY
        };
        if let Some(head) = &self.head {
            vector.pszStatus = head.status.as_ptr().cast_mut();
            vector.pszHeaders = head.fields.as_ptr().cast_mut();
            vector.dwFlags |= HSE_IO_SEND_HEADERS;
        }
        if send.is_final {
            vector.dwFlags |= HSE_IO_FINAL_SEND;
        }
        if send.disconnect {
            vector.dwFlags |= HSE_IO_DISCONNECT_AFTER_SEND;
        }
        self.vector = vector;
        Ok((&raw mut self.vector).cast())
    }
}

/// One part; none for memory without a byte, which has no form of its own.
fn element<'a>(
    part: &VectorPart,
    files: &mut impl Iterator<Item = &'a Sendable>,
) -> Option<HSE_VECTOR_ELEMENT> {
    match part {
        VectorPart::Memory(data) if data.is_empty() => None,
        VectorPart::Memory(data) => Some(HSE_VECTOR_ELEMENT {
            ElementType: HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER,
            pvContext: data.as_ptr().cast_mut().cast(),
            cbOffset: 0,
            cbSize: u64::try_from(data.len()).ok()?,
        }),
        VectorPart::File {
            file,
            offset,
            length,
        } => Some(HSE_VECTOR_ELEMENT {
            ElementType: HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE,
            pvContext: files.next()?.handle(file),
            cbOffset: *offset,
            cbSize: *length,
        }),
    }
}

/// No head and no element.
const EMPTY: HSE_RESPONSE_VECTOR = HSE_RESPONSE_VECTOR {
    dwFlags: 0,
    pszStatus: ptr::null_mut(),
    pszHeaders: ptr::null_mut(),
    nElementCount: 0,
    lpElementArray: ptr::null_mut(),
};
