//! Calls that the host must refuse, made past the SDK, and the last errors they leave.

use std::ffi::{CStr, c_void};
use std::{io, ptr};

use isapi_sdk::abi::{
    BOOL, DWORD, EXTENSION_CONTROL_BLOCK, FALSE, HCONN, HSE_IO_ASYNC, HSE_IO_SYNC,
    HSE_REQ_ASYNC_READ_CLIENT,
};
use isapi_sdk::{Request, Status};

use crate::IntoStatus;
use crate::synchronous::{block, respond};

pub(crate) fn show(request: &Request<'_>) -> Status {
    let calls = Calls {
        block: block(request),
    };
    let own = calls.block.ConnID;
    let (small_buffer, needed) = calls.variable(own, c"REQUEST_METHOD", 1);
    let cases = [
        (
            "unknown-variable",
            calls.variable(own, c"NO_SUCH_VARIABLE", 1).0,
        ),
        ("small-buffer", small_buffer),
        ("needed-size", needed),
        (
            "forged-connection",
            calls
                .variable(own.wrapping_byte_add(1), c"REQUEST_METHOD", 0)
                .0,
        ),
        ("unknown-request", calls.unknown_request()),
        ("write-without-callback", calls.write_async()),
        ("read-without-callback", calls.read_async(HSE_IO_ASYNC)),
        ("read-not-async", calls.read_async(HSE_IO_SYNC)),
    ];
    let text: String = cases
        .iter()
        .map(|(case, code)| format!("{case} {code}\n"))
        .collect();
    respond(request, "200 OK", &text).into_status()
}

/// The request's callbacks, called as they are.
///
/// A host that accepts one of the asynchronous calls has no callback to complete it with, so the
/// one byte they pass is static.
struct Calls {
    block: EXTENSION_CONTROL_BLOCK,
}

/// Where the refused calls point.
static mut BYTE: u8 = 0;

impl Calls {
    /// The code of `GetServerVariable` with room for `size` bytes, at most 1, and the size after.
    fn variable(&self, conn: HCONN, name: &CStr, mut size: DWORD) -> (u32, u32) {
        let get_server_variable = self.block.GetServerVariable.expect("a callback");
        let name = name.as_ptr().cast_mut();
        // SAFETY: the name ends with a NUL, and there is room for one byte; a foreign `ConnID` is
        // what the host has to recognise.
        let code = code(|| unsafe { get_server_variable(conn, name, byte(), &mut size) });
        (code, size)
    }

    /// The code of a request that does not exist.
    fn unknown_request(&self) -> u32 {
        self.support(5000, ptr::null_mut(), ptr::null_mut(), ptr::null_mut())
    }

    /// The code of an asynchronous write.
    fn write_async(&self) -> u32 {
        let write_client = self.block.WriteClient.expect("a callback");
        let conn = self.block.ConnID;
        let mut size = 1;
        // SAFETY: there is one byte.
        code(|| unsafe { write_client(conn, byte(), &mut size, HSE_IO_ASYNC) })
    }

    /// The code of a read with these flags.
    fn read_async(&self, mut flags: DWORD) -> u32 {
        let mut size = 1;
        self.support(HSE_REQ_ASYNC_READ_CLIENT, byte(), &mut size, &mut flags)
    }

    fn support(
        &self,
        request: DWORD,
        buffer: *mut c_void,
        size: *mut DWORD,
        flags: *mut DWORD,
    ) -> u32 {
        let support = self.block.ServerSupportFunction.expect("a callback");
        let conn = self.block.ConnID;
        // SAFETY: the two callers pass what the page of the request asks for, if it has one.
        code(|| unsafe { support(conn, request, buffer, size, flags) })
    }
}

fn byte() -> *mut c_void {
    (&raw mut BYTE).cast()
}

/// The last error of a call that answers FALSE; 0 of one that does not.
fn code(call: impl FnOnce() -> BOOL) -> u32 {
    if call() != FALSE {
        return 0;
    }
    io::Error::last_os_error()
        .raw_os_error()
        .unwrap_or(0)
        .cast_unsigned()
}
