//! The block that describes one request to the extension, and the callbacks in it.

use crate::{BOOL, CHAR, DWORD, HCONN, LPBYTE, LPDWORD, LPSTR, LPVOID};

constants! {
    pub(crate) TABLE;

    /// Room for an extension's log text, in bytes.
    HSE_LOG_BUFFER_LEN: usize = 80;
}

/// One request as an extension sees it (ms525658).
///
/// It stays at its address from the call of `HttpExtensionProc` until the extension has returned
/// and, where it returned [`HSE_STATUS_PENDING`](crate::HSE_STATUS_PENDING), has ended the request.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct EXTENSION_CONTROL_BLOCK {
    /// Size of this structure, in bytes.
    pub cbSize: DWORD,
    /// Version of the server's interface: major in the high word, minor in the low one.
    pub dwVersion: DWORD,
    /// Names the request in every callback.
    pub ConnID: HCONN,
    /// Written by the extension: the HTTP status for the log.
    pub dwHttpStatusCode: DWORD,
    /// Written by the extension: text for the log. It need not end with a NUL.
    pub lpszLogData: [CHAR; HSE_LOG_BUFFER_LEN],
    /// The HTTP method.
    pub lpszMethod: LPSTR,
    /// The text behind the `?`, not decoded.
    pub lpszQueryString: LPSTR,
    /// The decoded path behind the module's name.
    pub lpszPathInfo: LPSTR,
    /// [`Self::lpszPathInfo`] as a path of the file system.
    pub lpszPathTranslated: LPSTR,
    /// Length of the request body in bytes, what is in [`Self::lpbData`] included; `0xFFFF_FFFF`
    /// where it is unknown or does not fit.
    pub cbTotalBytes: DWORD,
    /// Bytes of the body in [`Self::lpbData`].
    pub cbAvailable: DWORD,
    /// The first bytes of the body. The rest comes through [`Self::ReadClient`].
    pub lpbData: LPBYTE,
    /// The Content-Type of the request body.
    pub lpszContentType: LPSTR,
    /// Reads a server variable.
    pub GetServerVariable: Option<PFN_GETSERVERVARIABLE>,
    /// Sends bytes to the client.
    pub WriteClient: Option<PFN_WRITECLIENT>,
    /// Reads more of the request body.
    pub ReadClient: Option<PFN_READCLIENT>,
    /// Everything else: a request code and its arguments.
    pub ServerSupportFunction: Option<PFN_SERVERSUPPORTFUNCTION>,
}

/// Pointer to an [`EXTENSION_CONTROL_BLOCK`].
pub type LPEXTENSION_CONTROL_BLOCK = *mut EXTENSION_CONTROL_BLOCK;

functions! {
    /// The mandatory export `HttpExtensionProc`: called once for each request, from any thread
    /// (ms525010).
    ///
    /// Answers one of the `HSE_STATUS_` values.
    ///
    /// # Safety
    ///
    /// The argument points to a control block that lives as that type says.
    PFN_HTTPEXTENSIONPROC(pECB: LPEXTENSION_CONTROL_BLOCK) -> DWORD;

    /// The callback `GetServerVariable` (ms525335).
    ///
    /// `lpdwSize` carries the size of the buffer in and the length of the value, its NUL
    /// included, out.
    ///
    /// # Safety
    ///
    /// `lpszVariableName` ends with a NUL and `lpvBuffer` has room for `*lpdwSize` bytes.
    PFN_GETSERVERVARIABLE(
        hConn: HCONN,
        lpszVariableName: LPSTR,
        lpvBuffer: LPVOID,
        lpdwSize: LPDWORD,
    ) -> BOOL;

    /// The callback `WriteClient` (ms525515).
    ///
    /// `dwReserved` carries [`HSE_IO_SYNC`](crate::HSE_IO_SYNC) or
    /// [`HSE_IO_ASYNC`](crate::HSE_IO_ASYNC).
    ///
    /// # Safety
    ///
    /// `Buffer` holds `*lpdwBytes` readable bytes, for an asynchronous write until its completion.
    PFN_WRITECLIENT(ConnID: HCONN, Buffer: LPVOID, lpdwBytes: LPDWORD, dwReserved: DWORD) -> BOOL;

    /// The callback `ReadClient` (ms525214).
    ///
    /// `lpdwSize` carries the size of the buffer in and the bytes read out; 0 is the end of the
    /// body.
    ///
    /// # Safety
    ///
    /// `lpvBuffer` has room for `*lpdwSize` bytes.
    PFN_READCLIENT(hConn: HCONN, lpvBuffer: LPVOID, lpdwSize: LPDWORD) -> BOOL;

    /// The callback `ServerSupportFunction` (ms525975).
    ///
    /// # Safety
    ///
    /// The three pointers are what the page of the request code `dwHSERequest` asks for.
    PFN_SERVERSUPPORTFUNCTION(
        hConn: HCONN,
        dwHSERequest: DWORD,
        lpvBuffer: LPVOID,
        lpdwSize: LPDWORD,
        lpdwDataType: LPDWORD,
    ) -> BOOL;
}
