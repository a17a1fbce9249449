use bytes::Bytes;
use http::HeaderValue;
use isapi_abi::*;
use isapi_core::session::{DoneStatus, Misuse};

use super::completion::{async_read, io_completion};
use super::memory::{c_string, read};
use super::response_head::redirect;
use super::{
    Answer, CertificateRequest, CustomError, Encoding, ExecUrl, HeaderCall, MapUrl, MapUrlEx,
    NormalizeUrl, ReadRequest, TransmitFile, VectorRequest,
};
use crate::Backend;
use crate::completion::CompletionRoutine;
use crate::report::escaped_text;

/// What an extension asks for with `ServerSupportFunction`.
#[derive(Debug)]
pub(crate) enum Command<'a> {
    AnonymousToken(Answer<HANDLE>),
    AppendLogParameter(Bytes),
    AsyncRead(ReadRequest),
    CacheInvalidationCallback(Answer<PFN_HSE_CACHE_INVALIDATION_CALLBACK>),
    CancelIo,
    Certificate(CertificateRequest),
    CloseConnection,
    CustomError(CustomError),
    DoneWithSession(DoneStatus),
    ExecUrl(ExecUrl),
    ExecUrlStatus(Answer<HSE_EXEC_URL_STATUS>),
    ImpersonationToken(Answer<HANDLE>),
    IoCompletion(CompletionRoutine),
    IsConnected(Answer<BOOL>),
    IsInProcess(Answer<DWORD>),
    IsKeepConn(Answer<BOOL>),
    MapUrl(MapUrl<'a>),
    MapUrlEx(MapUrlEx<'a>),
    NormalizeUrl(NormalizeUrl),
    /// What has nothing to do here: it is done as soon as it is asked.
    Nothing,
    /// What this platform does not have.
    NotSupported,
    /// The reason, escaped for a log.
    ReportUnhealthy(Option<String>),
    SendRedirect(HeaderValue),
    SendResponseHeader(HeaderCall),
    SetFlushFlag(bool),
    TraceInfo(Answer<HSE_TRACE_INFO>),
    TransmitFile(TransmitFile),
    VectorSend(VectorRequest<'a>),
}

impl<'a> Command<'a> {
    /// Reads the arguments that `request` uses, and no others. `backend` knows the encoding of 8-bit
    /// text.
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
        backend: &'a dyn Backend,
    ) -> Result<Self, Misuse> {
        let narrow = Encoding::Narrow(backend);
        // SAFETY: what is documented of the pointers stands with each request; it is what the
        // caller has promised.
        Ok(unsafe {
            match request {
                // A URL that ends with a NUL.
                HSE_REQ_SEND_URL_REDIRECT_RESP | HSE_REQ_SEND_URL => {
                    Self::SendRedirect(redirect(buffer)?)
                }
                // The status and the header block, both ending with a NUL.
                HSE_REQ_SEND_RESPONSE_HEADER => {
                    Self::SendResponseHeader(HeaderCall::decode(buffer, data_type)?)
                }
                // An optional `DWORD`.
                HSE_REQ_DONE_WITH_SESSION => Self::DoneWithSession(done(buffer)),
                // A URL that ends with a NUL, and the size of its buffer.
                HSE_REQ_MAP_URL_TO_PATH => Self::MapUrl(MapUrl::decode(buffer, size, narrow)?),
                HSE_REQ_MAP_UNICODE_URL_TO_PATH => {
                    Self::MapUrl(MapUrl::decode(buffer, size, Encoding::Utf16)?)
                }
                // A text that ends with a NUL.
                HSE_APPEND_LOG_PARAMETER => Self::AppendLogParameter(log_parameter(buffer)?),
                // A completion routine, and anything.
                HSE_REQ_IO_COMPLETION => Self::IoCompletion(io_completion(buffer, data_type)),
                // A filled `HSE_TF_INFO`.
                HSE_REQ_TRANSMIT_FILE => Self::TransmitFile(TransmitFile::decode(buffer)?),
                // A buffer of `*lpdwSize` bytes, and flags.
                HSE_REQ_ASYNC_READ_CLIENT => Self::AsyncRead(async_read(buffer, size, data_type)?),
                // A URL that ends with a NUL, and an `HSE_URL_MAPEX_INFO` or its UTF-16 form.
                HSE_REQ_MAP_URL_TO_PATH_EX => {
                    Self::MapUrlEx(MapUrlEx::decode(buffer, data_type, narrow)?)
                }
                HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX => {
                    Self::MapUrlEx(MapUrlEx::decode(buffer, data_type, Encoding::Utf16)?)
                }
                // A `CERT_CONTEXT_EX` whose buffer has the size that it says.
                HSE_REQ_GET_CERT_INFO_EX => Self::Certificate(CertificateRequest::decode(buffer)?),
                // A filled `HSE_SEND_HEADER_EX_INFO`.
                HSE_REQ_SEND_RESPONSE_HEADER_EX => {
                    Self::SendResponseHeader(HeaderCall::decode_ex(buffer)?)
                }
                // A filled `HSE_EXEC_URL_INFO`, or its UTF-16 form.
                HSE_REQ_EXEC_URL => Self::ExecUrl(ExecUrl::decode(buffer, backend)?),
                HSE_REQ_EXEC_UNICODE_URL => {
                    Self::ExecUrl(ExecUrl::decode_unicode(buffer, backend)?)
                }
                // A filled `HSE_CUSTOM_ERROR_INFO`.
                HSE_REQ_SEND_CUSTOM_ERROR => Self::CustomError(CustomError::decode(buffer)?),
                // An optional text that ends with a NUL.
                HSE_REQ_REPORT_UNHEALTHY => Self::ReportUnhealthy(reason(buffer, backend)),
                // A URL that ends with a NUL.
                HSE_REQ_NORMALIZE_URL => Self::NormalizeUrl(NormalizeUrl::decode(buffer, backend)?),
                // A filled `HSE_RESPONSE_VECTOR`.
                HSE_REQ_VECTOR_SEND => Self::VectorSend(VectorRequest::decode(buffer)?),
                _ => return Self::without_memory(request, buffer, size, data_type),
            }
        })
    }

    /// The requests that read nothing from the extension's memory.
    fn without_memory(
        request: DWORD,
        buffer: LPVOID,
        size: LPDWORD,
        data_type: LPDWORD,
    ) -> Result<Self, Misuse> {
        Ok(match request {
            HSE_REQ_ABORTIVE_CLOSE => Self::Nothing,
            HSE_REQ_CANCEL_IO => Self::CancelIo,
            HSE_REQ_CLOSE_CONNECTION => Self::CloseConnection,
            // The value itself, not a pointer to it.
            HSE_REQ_SET_FLUSH_FLAG => Self::SetFlushFlag(!buffer.is_null()),

            HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK => {
                Self::CacheInvalidationCallback(Answer::at(buffer, "lpvBuffer")?)
            }
            HSE_REQ_GET_EXEC_URL_STATUS => Self::ExecUrlStatus(Answer::at(buffer, "lpvBuffer")?),
            HSE_REQ_GET_TRACE_INFO => Self::TraceInfo(Answer::at(buffer, "lpvBuffer")?),
            HSE_REQ_IS_CONNECTED => Self::IsConnected(Answer::at(buffer, "lpvBuffer")?),
            HSE_REQ_IS_IN_PROCESS => Self::IsInProcess(Answer::at(buffer, "lpvBuffer")?),
            HSE_REQ_IS_KEEP_CONN => Self::IsKeepConn(Answer::at(buffer, "lpvBuffer")?),

            HSE_REQ_GET_IMPERSONATION_TOKEN => {
                Self::ImpersonationToken(Answer::at(buffer, "lpvBuffer")?)
            }
            // The path is in `lpvBuffer`, the token goes where `lpdwSize` points.
            HSE_REQ_GET_ANONYMOUS_TOKEN | HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN => {
                not_null(buffer, "lpvBuffer")?;
                Self::AnonymousToken(Answer::at(size, "lpdwSize")?)
            }

            // Nothing of a module's rights is kept, so that nothing has to be read again.
            HSE_REQ_REFRESH_ISAPI_ACL => {
                not_null(buffer, "lpvBuffer")?;
                Self::Nothing
            }

            HSE_REQ_GET_SSPI_INFO => {
                not_null(buffer, "lpvBuffer")?;
                not_null(data_type, "lpdwDataType")?;
                Self::NotSupported
            }
            HSE_REQ_GET_TRACE_INFO_EX
            | HSE_REQ_RAISE_TRACE_EVENT
            | HSE_REQ_GET_CONFIG_OBJECT
            | HSE_REQ_GET_WORKER_PROCESS_SETTINGS
            | HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK
            | HSE_REQ_GET_CHANNEL_BINDING_TOKEN => Self::NotSupported,

            unknown => return Err(Misuse::UnknownSupportRequest(unknown)),
        })
    }
}

fn not_null<T>(pointer: *mut T, name: &'static str) -> Result<(), Misuse> {
    if pointer.is_null() {
        return Err(Misuse::NullPointer(name));
    }
    Ok(())
}

/// The status is optional.
///
/// # Safety
///
/// `status` is null or points to a `DWORD`.
unsafe fn done(status: LPVOID) -> DoneStatus {
    // SAFETY: null or a readable `DWORD`, whatever its alignment.
    let status = unsafe { read(status.cast::<DWORD>(), "") }.ok();
    DoneStatus::from_raw(status)
}

/// # Safety
///
/// `text` is null or ends with a NUL.
unsafe fn log_parameter(text: LPVOID) -> Result<Bytes, Misuse> {
    // SAFETY: the same promise; the result is copied before the call returns.
    let text = unsafe { c_string(text.cast(), "lpvBuffer") }?;
    Ok(Bytes::copy_from_slice(text))
}

/// The reason is optional.
///
/// # Safety
///
/// `reason` is null or ends with a NUL.
unsafe fn reason(reason: LPVOID, backend: &dyn Backend) -> Option<String> {
    // SAFETY: the same promise; the result is copied before the call returns.
    let reason = unsafe { c_string(reason.cast(), "") }.ok();
    reason.map(|reason| escaped_text(reason, backend))
}
