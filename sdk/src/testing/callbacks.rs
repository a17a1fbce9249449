//! The four callbacks of the host in memory, and the calls it makes.

use std::collections::BTreeMap;
use std::ptr;
use std::sync::{Arc, Mutex, PoisonError};

use isapi_abi::{BOOL, DWORD, Entry, FALSE, HCONN, HSE_IO_ASYNC, LPDWORD, LPSTR, LPVOID, TRUE};

use crate::error::Win32Error;
use crate::raw::last_error::set_last_error;
use crate::testing::child;
use crate::testing::pointers::{bytes, string, to_usize};
use crate::testing::session::{Address, Callback, Session, Transfer};
use crate::testing::support::support;

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
    let Some(operation) = session.state().pending.take() else {
        return false;
    };
    let outcome = match operation.broken {
        Some(error) => Err(error),
        None => transfer(session, operation.transfer),
    };
    let (bytes, error) = match outcome {
        Ok(bytes) => (bytes, 0),
        Err(error) => (0, error.code()),
    };
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
fn transfer(session: &Session, transfer: Transfer) -> Result<usize, Win32Error> {
    if let Transfer::Child(child) = transfer {
        let children = session.state().site.children.clone();
        // No lock is held while code of the test runs.
        let response = children.answer(&child);
        return Ok(child::deliver(&mut session.state(), &child, response));
    }
    let state = &mut *session.state();
    match transfer {
        Transfer::Child(_) => Ok(0),
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
            let data = file.map_or(Ok(Vec::new()), |part| part.read())?;
            state.head = head.or(state.head.take());
            let sent = [before, data, after].concat();
            state.body.extend_from_slice(&sent);
            Ok(sent.len())
        }
        // SAFETY: the extension keeps memory and files until the completion.
        Transfer::Vector(vector) => unsafe { vector.deliver(state) },
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
