//! `HSE_RESPONSE_VECTOR`.

use bytes::Bytes;
use isapi_abi::{
    DWORD, HANDLE, HSE_IO_ASYNC, HSE_IO_CACHE_RESPONSE, HSE_IO_DISCONNECT_AFTER_SEND,
    HSE_IO_FINAL_SEND, HSE_IO_NODELAY, HSE_IO_SEND_HEADERS, HSE_IO_SYNC,
    HSE_IO_TRY_SKIP_CUSTOM_ERRORS, HSE_RESPONSE_VECTOR, HSE_VECTOR_ELEMENT,
    HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE, HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER, LPVOID,
};
use isapi_core::response_head::ResponseHead;
use isapi_core::session::Misuse;

use super::IoMode;
use super::memory::{byte_slice, c_string, index, read};
use super::response_head::head_and_body;

/// A response is never taken from a cache, so that keeping it is a hint that is not followed, and no
/// page of the host's takes the place of a response.
const KNOWN_FLAGS: DWORD = HSE_IO_SYNC
    | HSE_IO_ASYNC
    | HSE_IO_DISCONNECT_AFTER_SEND
    | HSE_IO_SEND_HEADERS
    | HSE_IO_FINAL_SEND
    | HSE_IO_CACHE_RESPONSE
    | HSE_IO_TRY_SKIP_CUSTOM_ERRORS
    | HSE_IO_NODELAY;

/// The most elements a vector may have; IIS has the same limit.
const MOST_ELEMENTS: DWORD = 65_535;

/// What `HSE_REQ_VECTOR_SEND` is to send
/// ([ms525729](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525729(v=vs.90))).
#[derive(Debug)]
pub(crate) struct VectorRequest<'a> {
    pub(crate) mode: IoMode,
    pub(crate) head: Option<(ResponseHead, Bytes)>,
    pub(crate) elements: Vec<Element<'a>>,
    pub(crate) disconnect: bool,
    pub(crate) final_send: bool,
}

/// One element
/// ([ms525207](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525207(v=vs.90))).
#[derive(Debug)]
pub(crate) enum Element<'a> {
    /// Never empty.
    Memory(&'a [u8]),
    File {
        handle: HANDLE,
        offset: u64,
        /// None: up to the file's end.
        length: Option<u64>,
    },
}

impl VectorRequest<'_> {
    /// # Safety
    ///
    /// `info` is null or points to a filled `HSE_RESPONSE_VECTOR`, whose memory lives as long as
    /// the result.
    pub(super) unsafe fn decode(info: LPVOID) -> Result<Self, Misuse> {
        // SAFETY: null or such a structure, hence readable.
        let info = unsafe { read(info.cast::<HSE_RESPONSE_VECTOR>(), "lpvBuffer") }?;
        let flags = info.dwFlags;
        let mode = mode(flags)?;
        // SAFETY: the structure is filled by the caller's promise.
        let head = unsafe { head(&info) }?;
        // SAFETY: as for the head; the elements live as long as the result.
        let elements = unsafe { elements(&info) }?;
        Ok(Self {
            mode,
            head,
            elements,
            disconnect: flags & HSE_IO_DISCONNECT_AFTER_SEND != 0,
            final_send: flags & HSE_IO_FINAL_SEND != 0,
        })
    }
}

/// Synchronous unless the flags say otherwise; both ways at once mean nothing.
fn mode(flags: DWORD) -> Result<IoMode, Misuse> {
    if flags & !KNOWN_FLAGS != 0 {
        return Err(Misuse::UnknownFlags(flags));
    }
    match (flags & HSE_IO_SYNC != 0, flags & HSE_IO_ASYNC != 0) {
        (true, true) => Err(Misuse::UnknownFlags(flags)),
        (_, false) => Ok(IoMode::Sync),
        (false, true) => Ok(IoMode::Async),
    }
}

/// # Safety
///
/// `info` was filled by the extension, for a call that lasts.
unsafe fn head(info: &HSE_RESPONSE_VECTOR) -> Result<Option<(ResponseHead, Bytes)>, Misuse> {
    let wanted = info.dwFlags & HSE_IO_SEND_HEADERS != 0;
    if info.pszStatus.is_null() == wanted || info.pszHeaders.is_null() == wanted {
        return Err(Misuse::VectorHeadMismatch);
    }
    if !wanted {
        return Ok(None);
    }
    // SAFETY: in a filled structure, `pszStatus` is null or ends with a NUL.
    let status = unsafe { c_string(info.pszStatus, "pszStatus") }?;
    // SAFETY: and so is `pszHeaders`.
    let headers = unsafe { c_string(info.pszHeaders, "pszHeaders") }?;
    head_and_body(status, headers).map(Some)
}

/// # Safety
///
/// `info` was filled by the extension; its elements live as long as the result.
unsafe fn elements<'a>(info: &HSE_RESPONSE_VECTOR) -> Result<Vec<Element<'a>>, Misuse> {
    let count = info.nElementCount;
    if count > MOST_ELEMENTS {
        return Err(Misuse::InvalidArgument("nElementCount"));
    }
    if count > 0 && info.lpElementArray.is_null() {
        return Err(Misuse::NullPointer("lpElementArray"));
    }
    let element = |number: DWORD| {
        let place = info.lpElementArray.wrapping_add(index(number));
        // SAFETY: `lpElementArray` of a filled structure points to `nElementCount` elements; that
        // it is not null was checked.
        let element = unsafe { read(place, "lpElementArray") }?;
        // SAFETY: the elements are filled as well.
        unsafe { decode_element(&element, number) }
    };
    (0..count).map(element).collect()
}

/// # Safety
///
/// `element` was filled by the extension; the memory it names lives as long as the result.
unsafe fn decode_element<'a>(
    element: &HSE_VECTOR_ELEMENT,
    number: DWORD,
) -> Result<Element<'a>, Misuse> {
    match element.ElementType {
        HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER => {
            if element.pvContext.is_null() {
                return Err(Misuse::NullPointer("pvContext"));
            }
            // SAFETY: a memory element has `cbSize` bytes at `cbOffset` of `pvContext`.
            let bytes =
                unsafe { byte_slice(element.pvContext.cast(), element.cbOffset, element.cbSize) };
            bytes
                .filter(|bytes| !bytes.is_empty())
                .map(Element::Memory)
                .ok_or(Misuse::InvalidVectorElement(number))
        }
        HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE => Ok(Element::File {
            handle: element.pvContext,
            offset: element.cbOffset,
            length: (element.cbSize != 0).then_some(element.cbSize),
        }),
        _ => Err(Misuse::InvalidVectorElement(number)),
    }
}
