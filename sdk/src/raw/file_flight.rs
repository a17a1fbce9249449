//! A file send on its way: the safe form and the C form side by side.

use std::fs::File;
use std::ptr;

use isapi_abi::{
    HANDLE, HSE_IO_ASYNC, HSE_IO_DISCONNECT_AFTER_SEND, HSE_IO_SEND_HEADERS, HSE_TF_INFO,
    PFN_HSE_IO_COMPLETION, PVOID,
};

use crate::error::Win32Error;
use crate::file_send::FileSend;
use crate::header::HeaderBlock;
use crate::raw::ecb::length;

/// A file send and the C form of it.
pub(crate) struct FileFlight {
    pub(crate) send: FileSend,
    head: Option<HeaderBlock>,
    /// Stands in for the file where its own descriptor cannot be said in a `HANDLE`.
    duplicate: Option<File>,
    info: HSE_TF_INFO,
}

impl FileFlight {
    pub(crate) fn new(send: FileSend) -> Result<FileFlight, (Win32Error, FileSend)> {
        let head = match send
            .head
            .as_ref()
            .map(|head| HeaderBlock::new(&head.status, head.fields()))
        {
            Some(Err(error)) => return Err((error, send)),
            Some(Ok(head)) => Some(head),
            None => None,
        };
        let duplicate = match duplicate_if_unsendable(&send.file) {
            Ok(duplicate) => duplicate,
            Err(error) => return Err((error, send)),
        };
        Ok(FileFlight {
            send,
            head,
            duplicate,
            info: EMPTY,
        })
    }

    /// Points the structure at the other fields, which therefore must not move any more.
    pub(crate) fn fill(
        &mut self,
        completion: PFN_HSE_IO_COMPLETION,
        context: PVOID,
    ) -> Result<*mut HSE_TF_INFO, Win32Error> {
        let send = &self.send;
        let mut info = HSE_TF_INFO {
            pfnHseIO: Some(completion),
            pContext: context,
            hFile: handle(self.duplicate.as_ref().unwrap_or(&send.file)),
            BytesToWrite: send.length,
            Offset: send.offset,
            pTail: send.tail.as_ptr().cast_mut().cast(),
            TailLength: length(&send.tail)?,
            dwFlags: HSE_IO_ASYNC,
            ..EMPTY
        };
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
        Ok(&raw mut self.info)
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

/// The file as the host takes it: the number of its descriptor in the place of a pointer.
#[cfg(unix)]
fn handle(file: &File) -> HANDLE {
    use std::os::fd::AsRawFd;

    usize::try_from(file.as_raw_fd()).map_or(ptr::null_mut(), ptr::without_provenance_mut)
}

/// The file as the host takes it.
#[cfg(windows)]
fn handle(file: &File) -> HANDLE {
    use std::os::windows::io::AsRawHandle;

    file.as_raw_handle()
}

/// A null `HANDLE` says "no file", so descriptor 0 needs another number.
fn duplicate_if_unsendable(file: &File) -> Result<Option<File>, Win32Error> {
    if !handle(file).is_null() {
        return Ok(None);
    }
    // The standard library duplicates to descriptors above the standard streams.
    file.try_clone()
        .map(Some)
        .map_err(|_| Win32Error::GEN_FAILURE)
}

#[cfg(all(test, unix))]
mod tests {
    use std::mem::ManuallyDrop;
    use std::os::fd::FromRawFd;

    use super::*;

    #[test]
    fn descriptor_zero_is_sent_under_another_number() {
        // SAFETY: the standard library opens descriptor 0 before `main` if nobody has;
        // `ManuallyDrop` leaves it open.
        let file = ManuallyDrop::new(unsafe { File::from_raw_fd(0) });
        assert!(handle(&file).is_null());

        let duplicate = duplicate_if_unsendable(&file).unwrap().unwrap();
        assert!(!handle(&duplicate).is_null());
        assert!(duplicate_if_unsendable(&duplicate).unwrap().is_none());
    }
}
