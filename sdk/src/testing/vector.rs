//! Vectors, as the host in memory takes them.

use std::slice;

use isapi_abi::{
    HSE_IO_ASYNC, HSE_IO_DISCONNECT_AFTER_SEND, HSE_IO_FINAL_SEND, HSE_IO_SEND_HEADERS,
    HSE_IO_SYNC, HSE_RESPONSE_VECTOR, HSE_VECTOR_ELEMENT, HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE,
    HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER,
};

use crate::error::Win32Error;
use crate::testing::file::{FilePart, Handle};
use crate::testing::pointers::{bytes, string, to_usize};
use crate::testing::response_head;
use crate::testing::session::{Address, State, Transfer};

/// The most elements a vector may have.
const MOST_ELEMENTS: u32 = 65_535;

/// A vector that the extension has sent; from [`Exchange::vectors`](super::Exchange::vectors).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentVector {
    /// `HSE_IO_` flags of [`abi`](crate::abi).
    pub flags: u32,
    /// The status, where the vector carried the head.
    pub status: Option<String>,
    /// The bytes of each element.
    pub parts: Vec<Vec<u8>>,
}

/// A vector on its way.
#[derive(Debug)]
pub(super) struct Vector {
    flags: u32,
    head: Option<(String, String)>,
    elements: Vec<Element>,
}

#[derive(Debug)]
enum Element {
    File(FilePart),
    Memory { data: Address, size: usize },
}

/// `HSE_REQ_VECTOR_SEND`.
///
/// # Safety
///
/// What the vector points to is as its page says, until the completion of an asynchronous one.
/// Counterpart: `VectorForm`.
pub(super) unsafe fn send(
    state: &mut State,
    vector: &HSE_RESPONSE_VECTOR,
) -> Result<(), Win32Error> {
    // SAFETY: the same promise.
    let vector = unsafe { Vector::decode(vector) }?;
    if vector.head.is_some() {
        state.expect_no_head()?;
    }
    state.expect_open()?;
    if vector.flags & HSE_IO_ASYNC == 0 {
        state.expect_idle()?;
        // SAFETY: the call has not returned yet.
        return unsafe { vector.deliver(state) }.map(drop);
    }
    state.begin(None, Transfer::Vector(vector))
}

impl Vector {
    /// # Safety
    ///
    /// As for [`send`].
    unsafe fn decode(vector: &HSE_RESPONSE_VECTOR) -> Result<Vector, Win32Error> {
        const BOTH: u32 = HSE_IO_SYNC | HSE_IO_ASYNC;

        let sends_head = vector.dwFlags & HSE_IO_SEND_HEADERS != 0;
        let has_texts = [vector.pszStatus, vector.pszHeaders].map(|text| !text.is_null());
        let is_too_long = vector.nElementCount > MOST_ELEMENTS;
        if vector.dwFlags & BOTH == BOTH || has_texts != [sends_head; 2] || is_too_long {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        let elements = match to_usize(vector.nElementCount) {
            0 => &[],
            // SAFETY: the caller vouches for the array.
            count => unsafe { slice::from_raw_parts(vector.lpElementArray, count) },
        };
        // SAFETY: the caller vouches for texts, memory and files.
        let (head, elements) = unsafe {
            (
                sends_head.then(|| (string(vector.pszStatus), string(vector.pszHeaders))),
                elements.iter().map(|element| Element::decode(element)),
            )
        };
        if let Some((status, fields)) = &head {
            response_head::check(status, fields)?;
        }
        Ok(Vector {
            flags: vector.dwFlags,
            head,
            elements: elements.collect::<Result<_, _>>()?,
        })
    }

    /// Sends it, and records it; the bytes of its elements.
    ///
    /// # Safety
    ///
    /// Memory and files are still there.
    pub(super) unsafe fn deliver(self, state: &mut State) -> Result<usize, Win32Error> {
        let mut parts = Vec::new();
        for element in &self.elements {
            parts.push(match element {
                Element::File(part) => part.read()?,
                // SAFETY: the caller vouches for the memory.
                Element::Memory { data, size } => unsafe { bytes(data.0, *size) }.to_vec(),
            });
        }
        let sent = parts.concat();
        state.body.extend_from_slice(&sent);
        state.vectors.push(SentVector {
            flags: self.flags,
            status: self.head.as_ref().map(|(status, _)| status.clone()),
            parts,
        });
        state.head = self.head.or(state.head.take());
        state.disconnected |= self.flags & HSE_IO_DISCONNECT_AFTER_SEND != 0;
        state.is_complete |= self.flags & HSE_IO_FINAL_SEND != 0;
        Ok(sent.len())
    }
}

impl Element {
    /// # Safety
    ///
    /// Memory or file are there until the vector has been sent.
    unsafe fn decode(element: &HSE_VECTOR_ELEMENT) -> Result<Element, Win32Error> {
        match element.ElementType {
            HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER if element.cbSize != 0 => {
                let at =
                    |number| usize::try_from(number).map_err(|_| Win32Error::INVALID_PARAMETER);
                let begin = element.pvContext.cast::<u8>();
                Ok(Element::Memory {
                    data: Address(begin.wrapping_add(at(element.cbOffset)?).cast()),
                    size: at(element.cbSize)?,
                })
            }
            HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE if !element.pvContext.is_null() => {
                // SAFETY: it is not null, and the caller vouches for it.
                let handle = unsafe { Handle::new(element.pvContext) };
                let handle = handle.ok_or(Win32Error::INVALID_PARAMETER)?;
                FilePart::new(handle, element.cbOffset, element.cbSize).map(Element::File)
            }
            _ => Err(Win32Error::INVALID_PARAMETER),
        }
    }
}
