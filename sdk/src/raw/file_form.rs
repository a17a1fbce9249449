//! The C form of a file send.

use std::ptr;

use isapi_abi::{
    DWORD, HSE_IO_ASYNC, HSE_IO_DISCONNECT_AFTER_SEND, HSE_IO_SEND_HEADERS, HSE_REQ_TRANSMIT_FILE,
    HSE_TF_INFO, PVOID,
};

use crate::error::Win32Error;
use crate::file_send::FileSend;
use crate::header::HeaderBlock;
use crate::raw::ecb::length;
use crate::raw::form::{CompletionRoutine, Form};
use crate::raw::handle::Sendable;

/// An `HSE_TF_INFO`.
pub(crate) struct FileForm {
    head: Option<HeaderBlock>,
    file: Sendable,
    info: HSE_TF_INFO,
}

impl Form<FileSend> for FileForm {
    const CODE: DWORD = HSE_REQ_TRANSMIT_FILE;
    const NAMES_COMPLETION: bool = true;

    fn new(send: &FileSend) -> Result<FileForm, Win32Error> {
        let head = send.head.as_ref();
        let head = head.map(|head| HeaderBlock::new(&head.status, head.fields()));
        Ok(FileForm {
            head: head.transpose()?,
            file: Sendable::new(&send.file)?,
            info: EMPTY,
        })
    }

    fn fill(
        &mut self,
        send: &FileSend,
        completion: Option<CompletionRoutine>,
    ) -> Result<PVOID, Win32Error> {
        let mut info = HSE_TF_INFO {
            hFile: self.file.handle(&send.file),
            BytesToWrite: send.length,
            Offset: send.offset,
            pTail: send.tail.as_ptr().cast_mut().cast(),
            TailLength: length(&send.tail)?,
            ..EMPTY
        };
        if let Some(completion) = completion {
            info.pfnHseIO = Some(completion.function);
            info.pContext = completion.context;
            info.dwFlags |= HSE_IO_ASYNC;
        }
        if let Some(head) = &self.head {
            info.pszStatusCode = head.status.as_ptr();
            info.pHead = head.fields.as_ptr().cast_mut().cast();
            info.HeadLength = length(head.fields.as_bytes())?;
            info.dwFlags |= HSE_IO_SEND_HEADERS;
        }
        if send.disconnect {
            info.dwFlags |= HSE_IO_DISCONNECT_AFTER_SEND;
        }
        self.info = info;
        Ok((&raw mut self.info).cast())
    }
}

/// No file, no head, no tail.
const EMPTY: HSE_TF_INFO = HSE_TF_INFO {
    pfnHseIO: None,
    pContext: ptr::null_mut(),
    hFile: ptr::null_mut(),
    pszStatusCode: ptr::null(),
    BytesToWrite: 0,
    Offset: 0,
    pHead: ptr::null_mut(),
    HeadLength: 0,
    pTail: ptr::null_mut(),
    TailLength: 0,
    dwFlags: 0,
};
