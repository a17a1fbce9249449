//! The four callbacks of the host in memory, and the calls it makes.

use std::collections::BTreeMap;
use std::ffi::{CStr, c_char};
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::{Arc, Mutex, PoisonError};

use isapi_abi::{
    BOOL, DWORD, Entry, FALSE, HCONN, HSE_APPEND_LOG_PARAMETER, HSE_IO_ASYNC,
    HSE_IO_DISCONNECT_AFTER_SEND, HSE_IO_SEND_HEADERS, HSE_REQ_ASYNC_READ_CLIENT,
    HSE_REQ_DONE_WITH_SESSION, HSE_REQ_IO_COMPLETION, HSE_REQ_IS_CONNECTED, HSE_REQ_IS_KEEP_CONN,
    HSE_REQ_SEND_RESPONSE_HEADER_EX, HSE_REQ_SEND_URL_REDIRECT_RESP, HSE_REQ_TRANSMIT_FILE,
    HSE_SEND_HEADER_EX_INFO, HSE_STATUS_SUCCESS, HSE_TF_INFO, LPDWORD, LPSTR, LPVOID,
    PFN_HSE_IO_COMPLETION, TRUE,
};

use crate::error::Win32Error;
use crate::raw::last_error::set_last_error;
use crate::testing::file::Handle;
use crate::testing::session::{Address, Callback, FilePart, Session, State, Transfer};

/// The sessions that `ConnID`s name. Numbers are not used again, so a stale one names none.
static SESSIONS: Mutex<Sessions> = Mutex::new(Sessions {
    last: 0,
    live: BTreeMap::new(),
});

struct Sessions {
    last: usize,
    live: BTreeMap<usize, Arc<Session>>,
}

/// Gives the session a `ConnID` and calls `HttpExtensionProc`.
pub(super) fn call_extension(entry: Entry, session: &Arc<Session>) {
    let number = {
        let mut sessions = SESSIONS.lock().unwrap_or_else(PoisonError::into_inner);
        // Far apart, so that a number that is a little off names no other session.
        sessions.last += 1 << 16;
        let number = sessions.last;
        sessions.live.insert(number, Arc::clone(session));
        number
    };
    let ecb = session.memory.as_ptr();
    // SAFETY: the extension does not know the block yet.
    unsafe { (*ecb).ConnID = ptr::without_provenance_mut(number) };
    // SAFETY: the entry is that of an extension; the block lives until the session has been
    // forgotten, which happens only after it has ended.
    let status = unsafe { entry.http_extension_proc()(ecb) };
    session.returned(status);
}

/// Lets go of a session that has ended.
pub(super) fn forget(session: &Arc<Session>) {
    let mut sessions = SESSIONS.lock().unwrap_or_else(PoisonError::into_inner);
    sessions.live.retain(|_, live| !Arc::ptr_eq(live, session));
}

/// Does what the pending operation asks, then calls its completion.
pub(super) fn complete(session: &Arc<Session>) -> bool {
    let mut state = session.state();
    let Some(operation) = state.pending.take() else {
        return false;
    };
    let (bytes, error) = match transfer(&mut state, operation.transfer) {
        Ok(bytes) => (bytes, 0),
        Err(error) => (0, error.code()),
    };
    drop(state);
    call_back(session, operation.callback, bytes, error);
    true
}

/// Calls the completion of the pending operation with an error.
pub(super) fn fail(session: &Arc<Session>, error: Win32Error) -> bool {
    let Some(operation) = session.state().pending.take() else {
        return false;
    };
    call_back(session, operation.callback, 0, error.code());
    true
}

fn call_back(session: &Session, callback: Callback, bytes: usize, error: u32) {
    let bytes = DWORD::try_from(bytes).unwrap_or(DWORD::MAX);
    let ecb = session.memory.as_ptr();
    // SAFETY: the extension registered function and context for this one operation, which was
    // accepted and has not completed before; no lock is held.
    unsafe { (callback.function)(ecb, callback.context.0, bytes, error) }
}

/// Moves what an operation moves and counts it.
fn transfer(state: &mut State, transfer: Transfer) -> Result<usize, Win32Error> {
    match transfer {
        Transfer::Read { buffer, size } => {
            let data = state.take_unread(size);
            // SAFETY: the extension keeps `size` bytes there until the completion.
            unsafe { ptr::copy_nonoverlapping(data.as_ptr(), buffer.0.cast(), data.len()) };
            Ok(data.len())
        }
        Transfer::Write { data, size } => {
            // SAFETY: the extension keeps `size` bytes there until the completion.
            state.body.extend_from_slice(unsafe { bytes(data.0, size) });
            Ok(size)
        }
        Transfer::File {
            head,
            file,
            before,
            after,
        } => {
            let data = match &file {
                Some(part) => part.handle.read(part.offset, part.length),
                None => Ok(Vec::new()),
            };
            let data = data.map_err(|_| Win32Error::OPERATION_ABORTED)?;
            state.head = head.or(state.head.take());
            let sent = [before, data, after].concat();
            state.body.extend_from_slice(&sent);
            Ok(sent.len())
        }
    }
}

/// Finds the session of a call and gives FALSE its last error.
fn enter(conn: HCONN, call: impl FnOnce(&Session) -> Result<(), Win32Error>) -> BOOL {
    let session = {
        let sessions = SESSIONS.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.live.get(&conn.addr()).cloned()
    };
    let outcome = session
        .as_deref()
        .map_or(Err(Win32Error::INVALID_PARAMETER), call);
    drop(session);
    match outcome {
        Ok(()) => TRUE,
        Err(error) => {
            set_last_error(error.code());
            FALSE
        }
    }
}

/// # Safety
///
/// As `PFN_GETSERVERVARIABLE` says; counterpart: `Ecb::server_variable`.
pub(super) unsafe extern "system" fn get_server_variable(
    conn: HCONN,
    name: LPSTR,
    buffer: LPVOID,
    size: LPDWORD,
) -> BOOL {
    enter(conn, |session| {
        // SAFETY: the extension passes a text that ends with a NUL.
        let name = unsafe { string(name) };
        let mut value = session.call("GetServerVariable", |state| {
            Ok(state
                .variable(&name)
                .ok_or(Win32Error::INVALID_INDEX)?
                .to_vec())
        })?;
        value.push(0);
        // SAFETY: the extension passes the size of its buffer, and takes the length there.
        let room = unsafe { size.replace(DWORD::try_from(value.len()).unwrap_or(DWORD::MAX)) };
        if usize::try_from(room).is_ok_and(|room| room < value.len()) {
            return Err(Win32Error::INSUFFICIENT_BUFFER);
        }
        // SAFETY: the buffer has room for the value.
        unsafe { ptr::copy_nonoverlapping(value.as_ptr(), buffer.cast(), value.len()) };
        Ok(())
    })
}

/// # Safety
///
/// As `PFN_WRITECLIENT` says; counterparts: `Ecb::write_client` and `operation::write`.
pub(super) unsafe extern "system" fn write_client(
    conn: HCONN,
    buffer: LPVOID,
    size: LPDWORD,
    flags: DWORD,
) -> BOOL {
    enter(conn, |session| {
        // SAFETY: the extension passes the size of its data.
        let size = to_usize(unsafe { size.read() });
        session.call("WriteClient", |state| {
            if flags & HSE_IO_ASYNC != 0 {
                return state.begin(
                    None,
                    Transfer::Write {
                        data: Address(buffer),
                        size,
                    },
                );
            }
            // SAFETY: the extension passes so many readable bytes.
            state.write(unsafe { bytes(buffer, size) })
        })
    })
}

/// # Safety
///
/// As `PFN_READCLIENT` says; counterpart: `Ecb::read_client`.
pub(super) unsafe extern "system" fn read_client(
    conn: HCONN,
    buffer: LPVOID,
    size: LPDWORD,
) -> BOOL {
    enter(conn, |session| {
        // SAFETY: the extension passes the size of its buffer.
        let room = to_usize(unsafe { size.read() });
        let data = session.call("ReadClient", |state| state.read(room))?;
        // SAFETY: at most `room` bytes go into the buffer, and the extension takes the count.
        unsafe {
            ptr::copy_nonoverlapping(data.as_ptr(), buffer.cast(), data.len());
            size.write(DWORD::try_from(data.len()).unwrap_or(DWORD::MAX));
        }
        Ok(())
    })
}

/// # Safety
///
/// As `PFN_SERVERSUPPORTFUNCTION` says; counterparts: `Ecb` and `operation`.
pub(super) unsafe extern "system" fn server_support_function(
    conn: HCONN,
    code: DWORD,
    buffer: LPVOID,
    size: LPDWORD,
    data_type: LPDWORD,
) -> BOOL {
    enter(conn, |session| {
        let name = format!("ServerSupportFunction {code}");
        // SAFETY: the extension passes what the page of the code asks for.
        session.call(&name, |state| unsafe {
            support(state, code, buffer, size, data_type)
        })
    })
}

/// # Safety
///
/// The three pointers are what the page of `code` asks for.
unsafe fn support(
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
            HSE_REQ_IS_CONNECTED | HSE_REQ_IS_KEEP_CONN => {
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
    if info.dwFlags & HSE_IO_ASYNC == 0 || state.disconnected {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    let sends_head = info.dwFlags & HSE_IO_SEND_HEADERS != 0;
    if sends_head && (state.head.is_some() || !state.body.is_empty()) {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    // SAFETY: the caller vouches for the structure's texts, buffers and file.
    let (head, before, after, file) = unsafe {
        let before = bytes(info.pHead, to_usize(info.HeadLength)).to_vec();
        let head = sends_head.then(|| {
            (
                string(info.pszStatusCode.cast_mut()),
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
    let size = handle.length().map_err(|_| Win32Error::INVALID_PARAMETER)?;
    let offset = u64::from(info.Offset);
    let rest = size
        .checked_sub(offset)
        .ok_or(Win32Error::INVALID_PARAMETER)?;
    let length = if info.BytesToWrite == 0 {
        rest
    } else {
        info.BytesToWrite.into()
    };
    if length > rest {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    Ok(Some(FilePart {
        handle,
        offset,
        length,
    }))
}

/// # Safety
///
/// `text` is null or ends with a NUL.
unsafe fn string(text: *mut c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller vouches for the NUL.
    unsafe { CStr::from_ptr(text) }
        .to_string_lossy()
        .into_owned()
}

/// # Safety
///
/// `data` has `size` readable bytes for as long as the slice is used.
unsafe fn bytes<'a>(data: LPVOID, size: usize) -> &'a [u8] {
    if size == 0 {
        return &[];
    }
    // SAFETY: the caller vouches for the bytes.
    unsafe { slice::from_raw_parts(data.cast(), size) }
}

fn to_usize(size: DWORD) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
