use isapi_abi::{
    BOOL, DWORD, FALSE, HSE_APP_FLAG_IN_PROCESS, HSE_TRACE_INFO, LPDWORD, LPVOID, TRUE,
};
use isapi_core::session::{Callback, Done, DoneStatus, HostFault, Refusal};

use super::cache::INVALIDATE;
use super::certificate::certificate;
use super::custom_error::custom_error;
use super::exec_url::{exec_url, exec_url_status};
use super::map_url::{map_url, map_url_ex, normalize};
use super::token::{anonymous_token, impersonation_token};
use super::transmit_file::transmit_file;
use super::vector_send::vector_send;
use crate::completion::{CompletionRoutine, PendingCall};
use crate::decode::{Command, HeaderCall, ReadRequest};
use crate::gate::{Failure, Visit};
use crate::shared::Shared;

/// The answer of `HSE_REQ_GET_TRACE_INFO`: no request is traced.
const NOT_TRACED: HSE_TRACE_INFO = HSE_TRACE_INFO {
    fTraceRequest: FALSE,
    TraceContextId: [0; 16],
    dwReserved1: 0,
    dwReserved2: 0,
};

/// `ServerSupportFunction`.
///
/// # Safety
///
/// Those of the three pointers that `request` uses are null or point to what it documents.
pub(crate) unsafe fn server_support_function(
    visit: &Visit,
    request: DWORD,
    buffer: LPVOID,
    size: LPDWORD,
    data_type: LPDWORD,
) -> Result<(), Failure> {
    let shared = visit.shared();
    let backend = shared.runtime().backend();
    // SAFETY: the three pointers are the extension's, and mean what `request` says.
    let command = unsafe { Command::decode(request, buffer, size, data_type, backend) }?;
    let ensure_open = || {
        let call = Callback::ServerSupportFunction(request);
        Shared::update(shared, |inner, _| inner.session.check_open(call))
    };
    // SAFETY: what the calls write to, read later and open are the pointers and handles that the
    // extension has passed for just that; the decoder has checked those that must not be null.
    unsafe {
        match command {
            Command::AnonymousToken(answer) => {
                ensure_open()?;
                anonymous_token(visit, &answer)?;
            }
            Command::AppendLogParameter(text) => {
                Shared::update(shared, |inner, _| inner.session.append_log_parameter(text))?;
            }
            Command::AsyncRead(request) => async_read(visit, request)?,
            Command::CacheInvalidationCallback(answer) => {
                ensure_open()?;
                answer.write(INVALIDATE)?;
            }
            Command::CancelIo => {
                Shared::update(shared, |inner, _| inner.session.cancel_io())?;
            }
            Command::Certificate(request) => {
                ensure_open()?;
                certificate(visit, &request)?;
            }
            Command::CloseConnection => {
                Shared::update(shared, |inner, now| inner.session.close_connection(now))?;
            }
            Command::CustomError(request) => {
                ensure_open()?;
                custom_error(visit, request)?;
            }
            Command::DoneWithSession(status) => done(visit, status)?,
            Command::ExecUrl(child) => exec_url(visit, request, child)?,
            Command::ExecUrlStatus(answer) => exec_url_status(visit, &answer)?,
            Command::ImpersonationToken(answer) => {
                ensure_open()?;
                impersonation_token(visit, &answer)?;
            }
            Command::IoCompletion(routine) => io_completion(visit, routine)?,
            Command::IsConnected(answer) => {
                let connected = Shared::update(shared, |inner, _| inner.session.query_connected())?
                    && !shared.is_peer_gone();
                answer.write(as_bool(connected))?;
            }
            Command::IsInProcess(answer) => {
                ensure_open()?;
                answer.write(HSE_APP_FLAG_IN_PROCESS)?;
            }
            Command::IsKeepConn(answer) => {
                let keep = Shared::update(shared, |inner, _| inner.session.is_keep_conn())?;
                answer.write(as_bool(keep))?;
            }
            Command::MapUrl(request) => {
                ensure_open()?;
                map_url(visit, &request)?;
            }
            Command::MapUrlEx(request) => {
                ensure_open()?;
                map_url_ex(visit, &request)?;
            }
            Command::NormalizeUrl(request) => {
                ensure_open()?;
                normalize(&request, backend)?;
            }
            Command::Nothing => ensure_open()?,
            Command::NotSupported => {
                ensure_open()?;
                return Err(Refusal::from(HostFault::NotSupported).into());
            }
            Command::ReportUnhealthy(reason) => {
                ensure_open()?;
                let extension = shared.extension_name();
                shared.site().report_unhealthy(extension, reason.as_deref());
            }
            Command::SendRedirect(location) => {
                Shared::update(shared, |inner, now| {
                    inner.session.send_redirect(now, request, location)
                })?;
            }
            Command::SendResponseHeader(call) => send_response_header(visit, request, call)?,
            Command::SetFlushFlag(on) => {
                Shared::update(shared, |inner, now| inner.session.set_flush_flag(now, on))?;
            }
            Command::TraceInfo(answer) => {
                ensure_open()?;
                answer.write(NOT_TRACED)?;
            }
            Command::TransmitFile(request) => transmit_file(visit, request)?,
            Command::VectorSend(request) => vector_send(visit, request)?,
        }
    }
    Ok(())
}

fn done(visit: &Visit, status: DoneStatus) -> Result<(), Refusal> {
    let done = Done {
        status,
        http_status: visit.http_status(),
    };
    Shared::update(visit.shared(), |inner, now| {
        inner.session.done_with_session(now, done)
    })
}

fn send_response_header(visit: &Visit, request: DWORD, call: HeaderCall) -> Result<(), Refusal> {
    let HeaderCall {
        head,
        body,
        keep_conn,
    } = call;
    Shared::update(visit.shared(), |inner, now| {
        let session = &mut inner.session;
        session.send_response_header(now, request, head, body, keep_conn)
    })
}

fn as_bool(value: bool) -> BOOL {
    if value { TRUE } else { FALSE }
}

fn io_completion(visit: &Visit, routine: CompletionRoutine) -> Result<(), Failure> {
    Shared::update(visit.shared(), |inner, _| {
        inner.session.io_completion(routine.is_set())?;
        inner.routine = routine;
        Ok(())
    })
}

/// # Safety
///
/// The extension leaves the request's buffer to the operation until its callback has run.
unsafe fn async_read(visit: &Visit, request: ReadRequest) -> Result<(), Failure> {
    // SAFETY: the extension leaves the buffer to the operation; `CompletionCall::run` fills it
    // right before the callback.
    let buffer = unsafe { request.into_async() };
    Shared::update(visit.shared(), |inner, now| {
        let operation = inner.session.read_client_async(now, buffer.capacity())?;
        inner.pending = Some(PendingCall {
            buffer: Some(buffer),
            ..PendingCall::new(operation, inner.routine)
        });
        Ok(())
    })
}
