//! The four functions in every control block. They are all an extension can call.
//!
//! Each one goes through the gate, which is why none of them can unwind, and why a
//! `ConnID` that is stale or made up is an answer and not a crash.

#![allow(
    non_snake_case,
    reason = "the names are those of the control block's fields"
)]

use isapi_abi::{BOOL, DWORD, HCONN, LPDWORD, LPSTR, LPVOID};
use isapi_core::session::Callback;

use crate::calls;
use crate::gate;

/// `GetServerVariable`
/// ([ms525335](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525335(v=vs.90))).
///
/// # Safety
///
/// `name` is null or a NUL-terminated string; `size` is null or points to the size of `buffer`,
/// which has room for that many bytes.
pub(crate) unsafe extern "system" fn GetServerVariable(
    conn: HCONN,
    name: LPSTR,
    buffer: LPVOID,
    size: LPDWORD,
) -> BOOL {
    gate::enter(conn, Callback::GetServerVariable, |visit| {
        // SAFETY: name, buffer and size are the extension's, as this function documents them.
        unsafe { calls::get_server_variable(visit, name, buffer, size) }
    })
}

/// `WriteClient`
/// ([ms525515](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525515(v=vs.90))).
///
/// # Safety
///
/// `bytes` is null or points to the number of readable bytes at `buffer`.
pub(crate) unsafe extern "system" fn WriteClient(
    conn: HCONN,
    buffer: LPVOID,
    bytes: LPDWORD,
    flags: DWORD,
) -> BOOL {
    gate::enter(conn, Callback::WriteClient, |visit| {
        // SAFETY: buffer and length are the extension's, as this function documents them.
        unsafe { calls::write_client(visit, buffer, bytes, flags) }
    })
}

/// `ReadClient`
/// ([ms525214](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525214(v=vs.90))).
///
/// # Safety
///
/// `size` is null or points to the number of writable bytes at `buffer`.
pub(crate) unsafe extern "system" fn ReadClient(
    conn: HCONN,
    buffer: LPVOID,
    size: LPDWORD,
) -> BOOL {
    gate::enter(conn, Callback::ReadClient, |visit| {
        // SAFETY: buffer and size are the extension's, as this function documents them.
        unsafe { calls::read_client(visit, buffer, size) }
    })
}

/// `ServerSupportFunction`
/// ([ms525975](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525975(v=vs.90))).
///
/// # Safety
///
/// Those of the three pointers that `request` uses are null or point to what it documents.
pub(crate) unsafe extern "system" fn ServerSupportFunction(
    conn: HCONN,
    request: DWORD,
    buffer: LPVOID,
    size: LPDWORD,
    data_type: LPDWORD,
) -> BOOL {
    gate::enter(conn, Callback::ServerSupportFunction(request), |visit| {
        // SAFETY: the three pointers are the extension's, and mean what `request` says.
        unsafe { calls::server_support_function(visit, request, buffer, size, data_type) }
    })
}
