//! `ServerSupportFunction` of the host in memory.

use std::ptr::NonNull;

use isapi_abi::{
    BOOL, DWORD, FALSE, HSE_APP_FLAG_IN_PROCESS, HSE_APPEND_LOG_PARAMETER, HSE_CUSTOM_ERROR_INFO,
    HSE_EXEC_UNICODE_URL_INFO, HSE_EXEC_URL_STATUS, HSE_IO_ASYNC, HSE_IO_DISCONNECT_AFTER_SEND,
    HSE_IO_SEND_HEADERS, HSE_REQ_ABORTIVE_CLOSE, HSE_REQ_ASYNC_READ_CLIENT, HSE_REQ_CANCEL_IO,
    HSE_REQ_CLOSE_CONNECTION, HSE_REQ_DONE_WITH_SESSION, HSE_REQ_EXEC_UNICODE_URL,
    HSE_REQ_GET_CERT_INFO_EX, HSE_REQ_GET_EXEC_URL_STATUS, HSE_REQ_IO_COMPLETION,
    HSE_REQ_IS_CONNECTED, HSE_REQ_IS_IN_PROCESS, HSE_REQ_IS_KEEP_CONN,
    HSE_REQ_MAP_UNICODE_URL_TO_PATH, HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX, HSE_REQ_NORMALIZE_URL,
    HSE_REQ_REPORT_UNHEALTHY, HSE_REQ_SEND_CUSTOM_ERROR, HSE_REQ_SEND_RESPONSE_HEADER_EX,
    HSE_REQ_SEND_URL_REDIRECT_RESP, HSE_REQ_SET_FLUSH_FLAG, HSE_REQ_TRANSMIT_FILE,
    HSE_REQ_VECTOR_SEND, HSE_RESPONSE_VECTOR, HSE_SEND_HEADER_EX_INFO, HSE_STATUS_SUCCESS,
    HSE_TF_INFO, LPDWORD, LPVOID, PFN_HSE_IO_COMPLETION, TRUE,
};

use crate::error::Win32Error;
use crate::testing::file::{FilePart, Handle};
use crate::testing::pointers::{bytes, string, to_usize};
use crate::testing::session::{Address, Callback, State, Transfer};
use crate::testing::{certificate, child, response_head, urls, vector};

/// # Safety
///
/// The three pointers are what the page of `code` asks for.
pub(super) unsafe fn support(
    state: &mut State,
    code: DWORD,
    buffer: LPVOID,
    size: LPDWORD,
    data_type: LPDWORD,
) -> Result<(), Win32Error> {
    // SAFETY: each arm takes what its code's page says, for which the caller vouches.
    unsafe {
        match code {
            HSE_REQ_SEND_URL_REDIRECT_RESP => state.send_redirect(string(buffer.cast())),
            HSE_APPEND_LOG_PARAMETER => {
                state.log.push_str(&string(buffer.cast()));
                Ok(())
            }
            HSE_REQ_SEND_RESPONSE_HEADER_EX => {
                let info = buffer.cast::<HSE_SEND_HEADER_EX_INFO>().read();
                let status = bytes(info.pszStatus.cast_mut().cast(), to_usize(info.cchStatus));
                let fields = bytes(info.pszHeader.cast_mut().cast(), to_usize(info.cchHeader));
                let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
                state.send_head(text(status), text(fields))
            }
            HSE_REQ_DONE_WITH_SESSION => {
                let status = buffer.cast::<DWORD>();
                state.done(if status.is_null() {
                    HSE_STATUS_SUCCESS
                } else {
                    status.read()
                })
            }
            HSE_REQ_IO_COMPLETION => {
                state.register(callback(buffer, data_type.cast()));
                Ok(())
            }
            HSE_REQ_ASYNC_READ_CLIENT if data_type.read() & HSE_IO_ASYNC != 0 => {
                let size = to_usize(size.read());
                state.begin(
                    None,
                    Transfer::Read {
                        buffer: Address(buffer),
                        size,
                    },
                )
            }
            HSE_REQ_TRANSMIT_FILE => transmit_file(state, &buffer.cast::<HSE_TF_INFO>().read()),
            HSE_REQ_VECTOR_SEND => {
                vector::send(state, &buffer.cast::<HSE_RESPONSE_VECTOR>().read())
            }
            HSE_REQ_EXEC_UNICODE_URL => {
                child::exec_url(state, &buffer.cast::<HSE_EXEC_UNICODE_URL_INFO>().read())
            }
            HSE_REQ_GET_EXEC_URL_STATUS => {
                let status = state.child_status.ok_or(Win32Error::NO_DATA)?;
                buffer.cast::<HSE_EXEC_URL_STATUS>().write(status);
                Ok(())
            }
            HSE_REQ_SEND_CUSTOM_ERROR => {
                child::send_custom_error(state, &buffer.cast::<HSE_CUSTOM_ERROR_INFO>().read())
            }
            HSE_REQ_MAP_UNICODE_URL_TO_PATH => urls::map(state, buffer, size),
            HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX => urls::map_ex(state, buffer, data_type.cast()),
            HSE_REQ_NORMALIZE_URL => urls::normalize(state, buffer.cast()),
            HSE_REQ_GET_CERT_INFO_EX => certificate::read(state, buffer.cast()),
            HSE_REQ_IS_IN_PROCESS => {
                buffer.cast::<DWORD>().write(HSE_APP_FLAG_IN_PROCESS);
                Ok(())
            }
            HSE_REQ_REPORT_UNHEALTHY => {
                state.unhealthy.push(string(buffer.cast()));
                Ok(())
            }
            HSE_REQ_SET_FLUSH_FLAG => {
                state.flushes = !buffer.is_null();
                Ok(())
            }
            HSE_REQ_CLOSE_CONNECTION => {
                state.close_connection();
                Ok(())
            }
            HSE_REQ_CANCEL_IO => {
                state.cancel_operation();
                Ok(())
            }
            HSE_REQ_ABORTIVE_CLOSE => Ok(()),
            HSE_REQ_IS_CONNECTED => {
                let answer = if state.is_closed { FALSE } else { TRUE };
                buffer.cast::<BOOL>().write(answer);
                Ok(())
            }
            HSE_REQ_IS_KEEP_CONN => {
                buffer.cast::<BOOL>().write(TRUE);
                Ok(())
            }
            _ => Err(Win32Error::INVALID_PARAMETER),
        }
    }
}

/// A registered completion; a null function takes the registration back.
///
/// # Safety
///
/// `function` is null or a completion callback.
unsafe fn callback(function: LPVOID, context: LPVOID) -> Option<Callback> {
    let function = NonNull::new(function)?;
    // SAFETY: the caller vouches for what the pointer is; pointers to data and to functions have
    // one size on every platform the interface is for.
    let function = unsafe { std::mem::transmute::<NonNull<_>, PFN_HSE_IO_COMPLETION>(function) };
    Some(Callback {
        function,
        context: Address(context),
    })
}

/// # Safety
///
/// What `info` points to is as its page says.
unsafe fn transmit_file(state: &mut State, info: &HSE_TF_INFO) -> Result<(), Win32Error> {
    if info.dwFlags & HSE_IO_ASYNC == 0 {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    state.expect_open()?;
    let sends_head = info.dwFlags & HSE_IO_SEND_HEADERS != 0;
    if sends_head {
        state.expect_no_head()?;
    }
    // SAFETY: the caller vouches for the structure's texts, buffers and file.
    let (head, before, after, file) = unsafe {
        let before = bytes(info.pHead, to_usize(info.HeadLength)).to_vec();
        let head = sends_head.then(|| {
            (
                string(info.pszStatusCode),
                String::from_utf8_lossy(&before).into_owned(),
            )
        });
        let after = bytes(info.pTail, to_usize(info.TailLength)).to_vec();
        (
            head,
            if sends_head { Vec::new() } else { before },
            after,
            file_part(info)?,
        )
    };
    if let Some((status, fields)) = &head {
        response_head::check(status, fields)?;
    }
    let own = info.pfnHseIO.map(|function| Callback {
        function,
        context: Address(info.pContext),
    });
    state.begin(
        own,
        Transfer::File {
            head,
            file,
            before,
            after,
        },
    )?;
    state.disconnected = info.dwFlags & HSE_IO_DISCONNECT_AFTER_SEND != 0;
    Ok(())
}

/// The range to send; none for a null handle.
///
/// # Safety
///
/// `hFile` is null or a file that stays open until the operation has completed.
unsafe fn file_part(info: &HSE_TF_INFO) -> Result<Option<FilePart>, Win32Error> {
    if info.hFile.is_null() {
        return Ok(None);
    }
    // SAFETY: it is not null, and the caller vouches for it.
    let handle = unsafe { Handle::new(info.hFile) }.ok_or(Win32Error::INVALID_PARAMETER)?;
    FilePart::new(handle, info.Offset.into(), info.BytesToWrite.into()).map(Some)
}
