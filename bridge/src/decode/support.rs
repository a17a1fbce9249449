//! The arguments of `ServerSupportFunction`, request code by request code.

use std::mem;

use bytes::Bytes;
use http::HeaderValue;
use isapi_abi::{
    BOOL, DWORD, HSE_APPEND_LOG_PARAMETER, HSE_IO_ASYNC, HSE_REQ_ASYNC_READ_CLIENT,
    HSE_REQ_CLOSE_CONNECTION, HSE_REQ_DONE_WITH_SESSION, HSE_REQ_IO_COMPLETION,
    HSE_REQ_IS_CONNECTED, HSE_REQ_IS_KEEP_CONN, HSE_REQ_REPORT_UNHEALTHY,
    HSE_REQ_SEND_RESPONSE_HEADER, HSE_REQ_SEND_RESPONSE_HEADER_EX, HSE_REQ_SEND_URL,
    HSE_REQ_SEND_URL_REDIRECT_RESP, HSE_REQ_TRANSMIT_FILE, HSE_SEND_HEADER_EX_INFO, LPDWORD,
    LPVOID, PFN_HSE_IO_COMPLETION,
};
use isapi_core::response_head::{HeadError, ResponseHead};
use isapi_core::session::{DoneStatus, Misuse};

use super::memory::{c_string, counted_string, read};
use super::{ReadRequest, TransmitFile};
use crate::completion::CompletionRoutine;
use crate::report::escaped;

/// What an extension asks for with `ServerSupportFunction`.
#[derive(Debug)]
pub(crate) enum Command {
    AppendLogParameter(Bytes),
    AsyncRead(ReadRequest),
    CloseConnection,
    DoneWithSession(DoneStatus),
    IoCompletion(CompletionRoutine),
    IsConnected(*mut BOOL),
    IsKeepConn(*mut BOOL),
    /// The reason, escaped for a log.
    ReportUnhealthy(Option<String>),
    SendRedirect(HeaderValue),
    SendResponseHeader {
        head: ResponseHead,
        body: Bytes,
        keep_conn: bool,
    },
    TransmitFile(TransmitFile),
}

impl Command {
    /// Reads the arguments that `request` uses, and no others.
    ///
    /// # Safety
    ///
    /// Those that it uses are null or point to what Microsoft documents for it, and stay so until
    /// the extension's call of `thunks::ServerSupportFunction` returns.
    pub(crate) unsafe fn decode(
        request: DWORD,
        buffer: LPVOID,
        size: LPDWORD,
        data_type: LPDWORD,
    ) -> Result<Self, Misuse> {
        match request {
            HSE_REQ_SEND_URL_REDIRECT_RESP | HSE_REQ_SEND_URL => {
                // SAFETY: `lpvBuffer` is documented as a URL that ends with a NUL.
                unsafe { redirect(buffer) }
            }
            HSE_REQ_SEND_RESPONSE_HEADER => {
                // SAFETY: `lpvBuffer` is documented as the status and `lpdwDataType` as the header
                // block, both ending with a NUL.
                unsafe { send_header(buffer, data_type) }
            }
            HSE_REQ_DONE_WITH_SESSION => {
                // SAFETY: `lpvBuffer` is documented as an optional `DWORD`.
                Ok(unsafe { done(buffer) })
            }
            HSE_APPEND_LOG_PARAMETER => {
                // SAFETY: `lpvBuffer` is documented as a text that ends with a NUL.
                unsafe { append_log(buffer) }
            }
            HSE_REQ_IO_COMPLETION => {
                // SAFETY: `lpvBuffer` is documented as a completion routine.
                Ok(unsafe { io_completion(buffer, data_type) })
            }
            HSE_REQ_TRANSMIT_FILE => {
                // SAFETY: `lpvBuffer` is documented as a filled `HSE_TF_INFO`.
                unsafe { TransmitFile::decode(buffer) }.map(Self::TransmitFile)
            }
            HSE_REQ_IS_KEEP_CONN => answer(buffer).map(Self::IsKeepConn),
            HSE_REQ_ASYNC_READ_CLIENT => {
                // SAFETY: `lpvBuffer` is documented as a buffer of `*lpdwSize` bytes, and
                // `lpdwDataType` as flags.
                unsafe { async_read(buffer, size, data_type) }
            }
            HSE_REQ_SEND_RESPONSE_HEADER_EX => {
                // SAFETY: `lpvBuffer` is documented as a filled `HSE_SEND_HEADER_EX_INFO`.
                unsafe { send_header_ex(buffer) }
            }
            HSE_REQ_CLOSE_CONNECTION => Ok(Self::CloseConnection),
            HSE_REQ_IS_CONNECTED => answer(buffer).map(Self::IsConnected),
            HSE_REQ_REPORT_UNHEALTHY => {
                // SAFETY: `lpvBuffer` is documented as an optional text that ends with a NUL.
                Ok(unsafe { report_unhealthy(buffer) })
            }
            unknown => Err(Misuse::UnknownSupportRequest(unknown)),
        }
    }
}

/// The size that comes with the URL is not read: the URL ends with a NUL, and authors leave the
/// size unset.
///
/// # Safety
///
/// `url` is null or ends with a NUL.
unsafe fn redirect(url: LPVOID) -> Result<Command, Misuse> {
    // SAFETY: the same promise; the result is copied before the call returns.
    let url = unsafe { c_string(url.cast(), "lpvBuffer") }?;
    let location =
        HeaderValue::from_bytes(url).map_err(|_| Misuse::MalformedHead(HeadError::InvalidValue))?;
    Ok(Command::SendRedirect(location))
}

/// `HSE_REQ_SEND_RESPONSE_HEADER`: both strings end with a NUL, both may be missing. There is no
/// way to say whether the connection is to be kept; the framing decides, as on IIS 7.
///
/// # Safety
///
/// Each is null or ends with a NUL.
unsafe fn send_header(status: LPVOID, headers: LPDWORD) -> Result<Command, Misuse> {
    let text = |pointer: LPVOID| {
        if pointer.is_null() {
            return Ok(&[][..]);
        }
        // SAFETY: `text` is called with `status` and `headers` alone, which end with a NUL.
        unsafe { c_string(pointer.cast(), "") }
    };
    response_header(text(status)?, text(headers.cast())?, true)
}

/// `HSE_REQ_SEND_RESPONSE_HEADER_EX`: both strings have the length that is given.
///
/// # Safety
///
/// `info` is null or points to a filled `HSE_SEND_HEADER_EX_INFO`.
unsafe fn send_header_ex(info: LPVOID) -> Result<Command, Misuse> {
    // SAFETY: null or such a structure, hence readable.
    let info = unsafe { read(info.cast::<HSE_SEND_HEADER_EX_INFO>(), "lpvBuffer") }?;
    // SAFETY: in a filled structure, `pszStatus` is null or points to `cchStatus` bytes.
    let status = unsafe { counted_string(info.pszStatus, info.cchStatus, "pszStatus") }?;
    // SAFETY: and `pszHeader` is null or points to `cchHeader` bytes.
    let headers = unsafe { counted_string(info.pszHeader, info.cchHeader, "pszHeader") }?;
    response_header(status, headers, info.fKeepConn != 0)
}

fn response_header(status: &[u8], headers: &[u8], keep_conn: bool) -> Result<Command, Misuse> {
    let (head, used) =
        ResponseHead::from_header_call(Some(status), headers).map_err(Misuse::MalformedHead)?;
    let body = Bytes::copy_from_slice(headers.get(used..).unwrap_or_default());
    Ok(Command::SendResponseHeader {
        head,
        body,
        keep_conn,
    })
}

/// The status is optional.
///
/// # Safety
///
/// `status` is null or points to a `DWORD`.
unsafe fn done(status: LPVOID) -> Command {
    // SAFETY: null or a readable `DWORD`, whatever its alignment.
    let status = unsafe { read(status.cast::<DWORD>(), "") }.ok();
    Command::DoneWithSession(DoneStatus::from_raw(status))
}

/// # Safety
///
/// `text` is null or ends with a NUL.
unsafe fn append_log(text: LPVOID) -> Result<Command, Misuse> {
    // SAFETY: the same promise; the result is copied before the call returns.
    let text = unsafe { c_string(text.cast(), "lpvBuffer") }?;
    Ok(Command::AppendLogParameter(Bytes::copy_from_slice(text)))
}

/// The context is never followed, only handed back.
///
/// # Safety
///
/// `function` is null or a completion routine.
unsafe fn io_completion(function: LPVOID, context: LPDWORD) -> Command {
    let function = (!function.is_null()).then(|| {
        // SAFETY: not null, hence a completion routine by the caller's promise. Function and
        // data pointers have the same size on every platform that ISAPI runs on.
        unsafe { mem::transmute::<LPVOID, PFN_HSE_IO_COMPLETION>(function) }
    });
    Command::IoCompletion(CompletionRoutine::new(function, context.cast()))
}

/// # Safety
///
/// `size` is null or points to the number of writable bytes at `buffer`; `flags` is null or
/// readable.
unsafe fn async_read(buffer: LPVOID, size: LPDWORD, flags: LPDWORD) -> Result<Command, Misuse> {
    // SAFETY: the same promise.
    let request = unsafe { ReadRequest::decode(buffer, size) }?;
    // SAFETY: null or readable.
    let flags = unsafe { read(flags, "lpdwDataType") }?;
    if flags & HSE_IO_ASYNC == 0 {
        return Err(Misuse::MissingAsyncFlag);
    }
    if flags != HSE_IO_ASYNC {
        return Err(Misuse::UnknownFlags(flags));
    }
    Ok(Command::AsyncRead(request))
}

/// The reason is optional.
///
/// # Safety
///
/// `reason` is null or ends with a NUL.
unsafe fn report_unhealthy(reason: LPVOID) -> Command {
    // SAFETY: the same promise; the result is copied before the call returns.
    let reason = unsafe { c_string(reason.cast(), "") }.ok();
    Command::ReportUnhealthy(reason.map(escaped))
}

/// Where a yes or no goes.
fn answer(buffer: LPVOID) -> Result<*mut BOOL, Misuse> {
    if buffer.is_null() {
        return Err(Misuse::NullPointer("lpvBuffer"));
    }
    Ok(buffer.cast())
}
