//! Running another URL in place of the request's own (ms525758).

use crate::{DWORD, HANDLE, LPSTR, LPVOID, LPWSTR, USHORT};

constants! {
    pub(crate) TABLE;

    /// Head calls of the child are not sent.
    HSE_EXEC_URL_NO_HEADERS: DWORD = 0x02;
    /// The extension that asks is left out when the URL is mapped.
    HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR: DWORD = 0x04;
    /// The child does not see the conditions and ranges of the request.
    HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE: DWORD = 0x10;
    /// The child's errors keep their own bodies.
    HSE_EXEC_URL_DISABLE_CUSTOM_ERROR: DWORD = 0x20;
    /// The child serves a server-side include.
    HSE_EXEC_URL_SSI_CMD: DWORD = 0x40;
    /// The child's response may be kept for later requests.
    HSE_EXEC_URL_HTTP_CACHE_ELIGIBLE: DWORD = 0x80;
}

/// Whom the child runs as (ms525958).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_EXEC_URL_USER_INFO {
    /// The user's token.
    pub hImpersonationToken: HANDLE,
    /// The child's `REMOTE_USER`.
    pub pszCustomUserName: LPSTR,
    /// The child's `AUTH_TYPE`.
    pub pszCustomAuthType: LPSTR,
}

/// Pointer to an [`HSE_EXEC_URL_USER_INFO`].
pub type LPHSE_EXEC_URL_USER_INFO = *mut HSE_EXEC_URL_USER_INFO;

/// The child's request body (ms524707).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_EXEC_URL_ENTITY_INFO {
    /// Length of the body, in bytes.
    pub cbAvailable: DWORD,
    /// The body.
    pub lpbData: LPVOID,
}

/// Pointer to an [`HSE_EXEC_URL_ENTITY_INFO`].
pub type LPHSE_EXEC_URL_ENTITY_INFO = *mut HSE_EXEC_URL_ENTITY_INFO;

/// How the child ended (ms525017).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_EXEC_URL_STATUS {
    /// The HTTP status.
    pub uHttpStatusCode: USHORT,
    /// The second part of a status such as 404.3.
    pub uHttpSubStatus: USHORT,
    /// 0 or a Win32 code.
    pub dwWin32Error: DWORD,
}

/// Pointer to an [`HSE_EXEC_URL_STATUS`].
pub type LPHSE_EXEC_URL_STATUS = *mut HSE_EXEC_URL_STATUS;

/// What to run, for [`HSE_REQ_EXEC_URL`](crate::HSE_REQ_EXEC_URL) (ms525511).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_EXEC_URL_INFO {
    /// The URL; null is the request's own.
    pub pszUrl: LPSTR,
    /// The method; null is the request's own.
    pub pszMethod: LPSTR,
    /// All header fields of the child; null is the request's own.
    pub pszChildHeaders: LPSTR,
    /// The user; null is the request's own.
    pub pUserInfo: LPHSE_EXEC_URL_USER_INFO,
    /// The body; null is what is left of the request's own.
    pub pEntity: LPHSE_EXEC_URL_ENTITY_INFO,
    /// `HSE_EXEC_URL_` flags.
    pub dwExecUrlFlags: DWORD,
}

/// Pointer to an [`HSE_EXEC_URL_INFO`].
pub type LPHSE_EXEC_URL_INFO = *mut HSE_EXEC_URL_INFO;

/// [`HSE_EXEC_URL_USER_INFO`] with the name in UTF-16.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_EXEC_UNICODE_URL_USER_INFO {
    /// The user's token.
    pub hImpersonationToken: HANDLE,
    /// The child's `REMOTE_USER`.
    pub pszCustomUserName: LPWSTR,
    /// The child's `AUTH_TYPE`.
    pub pszCustomAuthType: LPSTR,
}

/// Pointer to an [`HSE_EXEC_UNICODE_URL_USER_INFO`].
pub type LPHSE_EXEC_UNICODE_URL_USER_INFO = *mut HSE_EXEC_UNICODE_URL_USER_INFO;

/// [`HSE_EXEC_URL_INFO`] with the URL in UTF-16, for
/// [`HSE_REQ_EXEC_UNICODE_URL`](crate::HSE_REQ_EXEC_UNICODE_URL).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_EXEC_UNICODE_URL_INFO {
    /// The URL; null is the request's own.
    pub pszUrl: LPWSTR,
    /// The method; null is the request's own.
    pub pszMethod: LPSTR,
    /// All header fields of the child; null is the request's own.
    pub pszChildHeaders: LPSTR,
    /// The user; null is the request's own.
    pub pUserInfo: LPHSE_EXEC_UNICODE_URL_USER_INFO,
    /// The body; null is what is left of the request's own.
    pub pEntity: LPHSE_EXEC_URL_ENTITY_INFO,
    /// `HSE_EXEC_URL_` flags.
    pub dwExecUrlFlags: DWORD,
}

/// Pointer to an [`HSE_EXEC_UNICODE_URL_INFO`].
pub type LPHSE_EXEC_UNICODE_URL_INFO = *mut HSE_EXEC_UNICODE_URL_INFO;
