//! `HSE_TF_INFO`.

use bytes::Bytes;
use isapi_abi::{
    DWORD, HANDLE, HSE_IO_ASYNC, HSE_IO_DISCONNECT_AFTER_SEND, HSE_IO_FINAL_SEND, HSE_IO_NODELAY,
    HSE_IO_SEND_HEADERS, HSE_TF_INFO, LPVOID,
};
use isapi_core::session::{Misuse, TransmitHead};

use super::memory::{bounded_string, bytes, read};
use super::response_head::head_and_body;
use crate::completion::CompletionRoutine;

const KNOWN_FLAGS: DWORD = HSE_IO_ASYNC
    | HSE_IO_DISCONNECT_AFTER_SEND
    | HSE_IO_FINAL_SEND
    | HSE_IO_NODELAY
    | HSE_IO_SEND_HEADERS;

/// What `HSE_REQ_TRANSMIT_FILE` is to send
/// ([ms524981](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms524981(v=vs.90))).
#[derive(Debug)]
pub(crate) struct TransmitFile {
    /// The operation's own callback; without one the registered one is called, with its context.
    pub(crate) routine: Option<CompletionRoutine>,
    pub(crate) head: TransmitHead,
    /// NULL: head and tail only.
    pub(crate) file: Option<HANDLE>,
    pub(crate) offset: u64,
    /// None: up to the file's end.
    pub(crate) length: Option<u64>,
    pub(crate) tail: Bytes,
    pub(crate) disconnect: bool,
    pub(crate) final_send: bool,
}

impl TransmitFile {
    /// # Safety
    ///
    /// `info` is null or points to a filled `HSE_TF_INFO`.
    pub(super) unsafe fn decode(info: LPVOID) -> Result<Self, Misuse> {
        // SAFETY: `lpvBuffer` of `HSE_REQ_TRANSMIT_FILE`, which `Command::decode` hands on.
        let info = unsafe { read(info.cast::<HSE_TF_INFO>(), "lpvBuffer") }?;
        let flags = info.dwFlags;
        if flags & HSE_IO_ASYNC == 0 {
            return Err(Misuse::MissingAsyncFlag);
        }
        if flags & !KNOWN_FLAGS != 0 {
            return Err(Misuse::UnknownFlags(flags));
        }
        // SAFETY: in a filled `HSE_TF_INFO`, `pTail` is null or points to `TailLength` bytes; they
        // are copied during the extension's call.
        let tail = unsafe { bytes(info.pTail.cast(), info.TailLength, "pTail") }?;
        // SAFETY: the structure is filled by the caller's promise.
        let head = unsafe { head(&info) }?;
        let routine = info
            .pfnHseIO
            .map(|own| CompletionRoutine::new(Some(own), info.pContext));
        Ok(Self {
            routine,
            head,
            file: (!info.hFile.is_null()).then_some(info.hFile),
            offset: u64::from(info.Offset),
            length: (info.BytesToWrite != 0).then(|| u64::from(info.BytesToWrite)),
            tail: Bytes::copy_from_slice(tail),
            disconnect: flags & HSE_IO_DISCONNECT_AFTER_SEND != 0,
            final_send: flags & HSE_IO_FINAL_SEND != 0,
        })
    }
}

/// `pHead` is a NUL-terminated header block behind the status in `pszStatusCode` with
/// `HSE_IO_SEND_HEADERS`, else `HeadLength` bytes of the body.
///
/// # Safety
///
/// `info` was filled by the extension, for a call that lasts.
unsafe fn head(info: &HSE_TF_INFO) -> Result<TransmitHead, Misuse> {
    if info.dwFlags & HSE_IO_SEND_HEADERS == 0 {
        // SAFETY: without `HSE_IO_SEND_HEADERS`, `pHead` of a filled structure is null or points to
        // `HeadLength` bytes.
        let raw = unsafe { bytes(info.pHead.cast(), info.HeadLength, "pHead") }?;
        return Ok(TransmitHead::Raw(Bytes::copy_from_slice(raw)));
    }
    // SAFETY: with it, `pszStatusCode` is null or ends with a NUL.
    let status = unsafe { bounded_string(info.pszStatusCode, 0, "pszStatusCode") }?;
    // SAFETY: with it, `pHead` is null or ends with a NUL, or at a `HeadLength` that is not 0.
    let headers = unsafe { bounded_string(info.pHead.cast(), info.HeadLength, "pHead") }?;
    let (head, body) = head_and_body(status, headers)?;
    Ok(TransmitHead::Response(head, body))
}
