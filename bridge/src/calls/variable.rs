use isapi_abi::{LPDWORD, LPSTR, LPVOID};
use isapi_core::session::{Callback, Misuse};
use isapi_core::variables;

use crate::decode::c_string;
use crate::encode;
use crate::gate::{Failure, Visit};
use crate::shared::Shared;

/// `GetServerVariable`.
///
/// # Safety
///
/// `name` is null or a NUL-terminated string; `size` is null or points to the size of `buffer`,
/// which is null or has room for that many bytes.
pub(crate) unsafe fn get_server_variable(
    visit: &Visit,
    name: LPSTR,
    buffer: LPVOID,
    size: LPDWORD,
) -> Result<(), Failure> {
    // SAFETY: `lpszVariableName` is null or a string of the extension's that outlives the call.
    let name = unsafe { c_string(name, "lpszVariableName") }?;
    if size.is_null() {
        return Err(Misuse::NullPointer("lpdwSize").into());
    }
    let shared = visit.shared();
    Shared::update(shared, |inner, _| {
        inner.session.check_open(Callback::GetServerVariable)
    })?;
    // The head never changes: it is read without the lock.
    let value = variables::lookup(shared.head(), shared.runtime().server(), name)
        .map_err(|error| error.win32())?;
    let answer = encode::variable(&value, shared.runtime().backend());
    // SAFETY: `size` is not null; the rest is the caller's promise.
    unsafe { encode::fill(&answer, buffer.cast(), size) }?;
    Ok(())
}
