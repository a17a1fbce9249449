use std::io;

use isapi_abi::{BOOL, DWORD, FALSE, HANDLE, LPDWORD, LPVOID, TRUE};
use isapi_core::session::{Done, FileRange, FileToken, FileTransmission, Misuse};
use isapi_core::win32::Win32Error;

use crate::completion::{CompletionRoutine, PendingCall, PendingFile};
use crate::decode::{Command, ReadRequest, TransmitFile, write};
use crate::file_transfer::prepare;
use crate::gate::{Failure, Visit};
use crate::shared::Shared;

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
    // SAFETY: the three pointers are the extension's, and mean what `request` says.
    let command = unsafe { Command::decode(request, buffer, size, data_type) }?;
    let shared = visit.shared();
    match command {
        Command::AppendLogParameter(text) => {
            Shared::update(shared, |inner, _| inner.session.append_log_parameter(text))?;
        }
        Command::AsyncRead(request) => {
            // SAFETY: the contract of this request code: the buffer is the operation's until the
            // callback has run.
            unsafe { async_read(visit, request) }?;
        }
        Command::CloseConnection => {
            Shared::update(shared, |inner, now| inner.session.close_connection(now))?;
        }
        Command::DoneWithSession(status) => {
            let done = Done {
                status,
                http_status: visit.http_status(),
            };
            Shared::update(shared, |inner, now| {
                inner.session.done_with_session(now, done)
            })?;
        }
        Command::IoCompletion(routine) => io_completion(visit, routine)?,
        Command::IsConnected(answer) => {
            let connected = Shared::update(shared, |inner, _| inner.session.query_connected())?
                && !shared.is_peer_gone();
            // SAFETY: `lpvBuffer` of this request points to a BOOL that the extension has for the
            // answer.
            unsafe { write(answer, as_bool(connected), "lpvBuffer") }?;
        }
        Command::IsKeepConn(answer) => {
            let keep = Shared::update(shared, |inner, _| inner.session.is_keep_conn())?;
            // SAFETY: as for `IsConnected`.
            unsafe { write(answer, as_bool(keep), "lpvBuffer") }?;
        }
        Command::ReportUnhealthy(reason) => {
            Shared::update(shared, |inner, _| inner.session.check_variable())?;
            let extension = shared.extension_name();
            shared.site().report_unhealthy(extension, reason.as_deref());
        }
        Command::SendRedirect(location) => {
            Shared::update(shared, |inner, now| {
                inner.session.send_redirect(now, request, location)
            })?;
        }
        Command::SendResponseHeader {
            head,
            body,
            keep_conn,
        } => {
            Shared::update(shared, |inner, now| {
                inner
                    .session
                    .send_response_header(now, request, head, body, keep_conn)
            })?;
        }
        Command::TransmitFile(request) => {
            // SAFETY: the handle is what the extension passed as `hFile`, and is open during this call.
            unsafe { transmit_file(visit, request) }?;
        }
    }
    Ok(())
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
        let (routine, buffer) = (inner.routine, Some(buffer));
        inner.pending = Some(PendingCall {
            operation,
            routine,
            buffer,
            file: None,
        });
        Ok(())
    })
}

/// The file is duplicated, measured, and where that is cheap read, before the session hears of
/// it: none of that happens under the lock.
///
/// # Safety
///
/// The handle of the request is what the extension passed as `hFile`, open during this call.
unsafe fn transmit_file(visit: &Visit, request: TransmitFile) -> Result<(), Failure> {
    let shared = visit.shared();
    let opened = match request.file {
        // SAFETY: the handle is what the extension passed as `hFile`.
        Some(handle) => Some(unsafe { open_file(visit, handle, &request) }?),
        None => None,
    };
    let (file, range) = opened.unzip();
    let transmission = FileTransmission {
        head: request.head,
        file: range,
        tail: request.tail,
        disconnect: request.disconnect,
        final_send: request.final_send,
        own_callback: request.routine.is_some(),
    };
    Shared::update(shared, |inner, now| {
        let operation = inner.session.transmit_file(now, transmission)?;
        let routine = request.routine.unwrap_or(inner.routine);
        inner.pending = Some(PendingCall {
            operation,
            routine,
            buffer: None,
            file,
        });
        Ok(())
    })
}

/// # Safety
///
/// `handle` is what the extension passed as `hFile`, open during this call.
unsafe fn open_file(
    visit: &Visit,
    handle: HANDLE,
    request: &TransmitFile,
) -> Result<(PendingFile, FileRange), Failure> {
    let shared = visit.shared();
    // SAFETY: the extension passed the handle as `hFile` and keeps it open during this call; the
    // backend makes a duplicate of its own.
    let file =
        unsafe { shared.runtime().backend().duplicate_file(handle) }.map_err(
            |error| match error {
                Win32Error::INVALID_HANDLE | Win32Error::INVALID_PARAMETER => {
                    Failure::Misuse(Misuse::InvalidFile)
                }
                other => Failure::Win32(other),
            },
        )?;
    let end = file.len().map_err(|error| unreadable(&error))?;
    let available = end
        .checked_sub(request.offset)
        .ok_or(Misuse::OffsetPastEnd)?;
    let length = request.length.unwrap_or(available);
    if length > available {
        return Err(Misuse::LengthPastEnd.into());
    }
    let prepared = prepare(&*file, request.offset, length, shared.mapped_files());
    // One file at a time, so that one token does.
    let token = FileToken(0);
    let range = FileRange {
        file: token,
        offset: request.offset,
        length,
    };
    Ok((
        PendingFile {
            token,
            file,
            prepared,
        },
        range,
    ))
}

fn unreadable(error: &io::Error) -> Failure {
    tracing::warn!("the length of a file to be sent cannot be had: {error}");
    Failure::Win32(Win32Error::READ_FAULT)
}
