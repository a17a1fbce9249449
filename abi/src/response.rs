//! The structures with which an extension sends: head, file, vector, error page.

use crate::{
    BOOL, CHAR, DWORD, HANDLE, HRESULT, LPCSTR, LPSTR, LPWSTR, PFN_HSE_IO_COMPLETION, PVOID,
    ULONGLONG, USHORT,
};

constants! {
    pub(crate) TABLE;

    /// [`HSE_VECTOR_ELEMENT::pvContext`] is a pointer to memory.
    HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER: DWORD = 0;
    /// [`HSE_VECTOR_ELEMENT::pvContext`] is a file handle.
    HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE: DWORD = 1;

    /// The extension runs in the server's worker process.
    HSE_APP_FLAG_IN_PROCESS: DWORD = 0;
    /// The extension runs in a process of its own.
    HSE_APP_FLAG_ISOLATED_OOP: DWORD = 1;
    /// The extension runs in a process shared with others.
    HSE_APP_FLAG_POOLED_OOP: DWORD = 2;
}

/// The response head for
/// [`HSE_REQ_SEND_RESPONSE_HEADER_EX`](crate::HSE_REQ_SEND_RESPONSE_HEADER_EX) (ms524709).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_SEND_HEADER_EX_INFO {
    /// The status, such as `200 OK`.
    pub pszStatus: LPCSTR,
    /// The header fields, each ended by CRLF, and an empty line.
    pub pszHeader: LPCSTR,
    /// Length of [`Self::pszStatus`], in bytes, without a NUL.
    pub cchStatus: DWORD,
    /// Length of [`Self::pszHeader`], in bytes, without a NUL.
    pub cchHeader: DWORD,
    /// Whether the extension wants the connection kept.
    pub fKeepConn: BOOL,
}

/// Pointer to an [`HSE_SEND_HEADER_EX_INFO`].
pub type LPHSE_SEND_HEADER_EX_INFO = *mut HSE_SEND_HEADER_EX_INFO;

/// A file to send with [`HSE_REQ_TRANSMIT_FILE`](crate::HSE_REQ_TRANSMIT_FILE) (ms524981).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_TF_INFO {
    /// Called on completion; where it is null, the registered callback is.
    pub pfnHseIO: Option<PFN_HSE_IO_COMPLETION>,
    /// Context for [`Self::pfnHseIO`].
    pub pContext: PVOID,
    /// The file. It belongs to the extension and stays open until the completion.
    pub hFile: HANDLE,
    /// The status, for [`HSE_IO_SEND_HEADERS`](crate::HSE_IO_SEND_HEADERS).
    pub pszStatusCode: LPCSTR,
    /// Bytes of the file to send; 0 is all of it from [`Self::Offset`].
    pub BytesToWrite: DWORD,
    /// Where in the file to begin, in bytes.
    pub Offset: DWORD,
    /// What goes before the file: the header fields with
    /// [`HSE_IO_SEND_HEADERS`](crate::HSE_IO_SEND_HEADERS), else raw bytes.
    pub pHead: PVOID,
    /// Length of [`Self::pHead`], in bytes.
    pub HeadLength: DWORD,
    /// Raw bytes that go behind the file.
    pub pTail: PVOID,
    /// Length of [`Self::pTail`], in bytes.
    pub TailLength: DWORD,
    /// `HSE_IO_` flags.
    pub dwFlags: DWORD,
}

/// Pointer to an [`HSE_TF_INFO`].
pub type LPHSE_TF_INFO = *mut HSE_TF_INFO;

/// One part of an [`HSE_RESPONSE_VECTOR`] (ms525207).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_VECTOR_ELEMENT {
    /// One of the `HSE_VECTOR_ELEMENT_TYPE_` values.
    pub ElementType: DWORD,
    /// The memory or the file.
    pub pvContext: PVOID,
    /// Where in the memory or file to begin, in bytes.
    pub cbOffset: ULONGLONG,
    /// How many bytes to send.
    pub cbSize: ULONGLONG,
}

/// Pointer to an [`HSE_VECTOR_ELEMENT`].
pub type LPHSE_VECTOR_ELEMENT = *mut HSE_VECTOR_ELEMENT;

/// A response of several parts, for [`HSE_REQ_VECTOR_SEND`](crate::HSE_REQ_VECTOR_SEND) (ms525729).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_RESPONSE_VECTOR {
    /// `HSE_IO_` flags.
    pub dwFlags: DWORD,
    /// The status, for [`HSE_IO_SEND_HEADERS`](crate::HSE_IO_SEND_HEADERS).
    pub pszStatus: LPSTR,
    /// The header fields, for [`HSE_IO_SEND_HEADERS`](crate::HSE_IO_SEND_HEADERS).
    pub pszHeaders: LPSTR,
    /// Number of elements.
    pub nElementCount: DWORD,
    /// The elements.
    pub lpElementArray: LPHSE_VECTOR_ELEMENT,
}

/// Pointer to an [`HSE_RESPONSE_VECTOR`].
pub type LPHSE_RESPONSE_VECTOR = *mut HSE_RESPONSE_VECTOR;

/// The error page for [`HSE_REQ_SEND_CUSTOM_ERROR`](crate::HSE_REQ_SEND_CUSTOM_ERROR) (ms525792).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_CUSTOM_ERROR_INFO {
    /// The status, such as `404 Not Found`.
    pub pszStatus: *mut CHAR,
    /// The second part of a status such as 404.3.
    pub uHttpSubError: USHORT,
    /// Whether the completion callback is to be called.
    pub fAsync: BOOL,
}

/// Pointer to an [`HSE_CUSTOM_ERROR_INFO`].
pub type LPHSE_CUSTOM_ERROR_INFO = *mut HSE_CUSTOM_ERROR_INFO;

functions! {
    /// Drops a URL's response from the server's cache (ms525602).
    ///
    /// # Safety
    ///
    /// `pszUrl` ends with a NUL.
    PFN_HSE_CACHE_INVALIDATION_CALLBACK(pszUrl: LPWSTR) -> HRESULT;
}
