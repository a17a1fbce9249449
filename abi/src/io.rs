//! How a send or a read is to be done, and what is called when it is done.

use crate::{DWORD, LPEXTENSION_CONTROL_BLOCK, PVOID};

constants! {
    pub(crate) TABLE;

    /// The call returns when the operation is done.
    HSE_IO_SYNC: DWORD = 0x0000_0001;
    /// The call returns at once; the completion callback follows.
    HSE_IO_ASYNC: DWORD = 0x0000_0002;
    /// The connection is closed behind this send.
    HSE_IO_DISCONNECT_AFTER_SEND: DWORD = 0x0000_0004;
    /// The send carries the response head.
    HSE_IO_SEND_HEADERS: DWORD = 0x0000_0008;
    /// Small segments are sent at once.
    HSE_IO_NODELAY: DWORD = 0x0000_1000;
    /// No send follows this one.
    HSE_IO_FINAL_SEND: DWORD = 0x0000_0010;
    /// The server may keep this response for later requests.
    HSE_IO_CACHE_RESPONSE: DWORD = 0x0000_0020;
    /// The server does not put its own page in place of this response.
    HSE_IO_TRY_SKIP_CUSTOM_ERRORS: DWORD = 0x0000_0040;
}

functions! {
    /// The callback of an asynchronous operation (ms525003).
    ///
    /// It runs once for each operation whose start answered [`TRUE`](crate::TRUE), on any thread,
    /// possibly before the call that started it has returned. `cbIO` is the number of bytes
    /// moved, `dwError` 0 or a Win32 code.
    ///
    /// # Safety
    ///
    /// `pECB` is the request's control block, still in force, and `pContext` what was registered.
    PFN_HSE_IO_COMPLETION(
        pECB: LPEXTENSION_CONTROL_BLOCK,
        pContext: PVOID,
        cbIO: DWORD,
        dwError: DWORD,
    );
}
