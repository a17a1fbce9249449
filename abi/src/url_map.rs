//! What the server knows about a URL: its path and its access flags.

use crate::{CHAR, DWORD, MAX_PATH, WCHAR};

constants! {
    pub(crate) TABLE;

    /// Files may be read.
    HSE_URL_FLAGS_READ: DWORD = 0x0000_0001;
    /// Files may be written.
    HSE_URL_FLAGS_WRITE: DWORD = 0x0000_0002;
    /// Programs and extensions may be run.
    HSE_URL_FLAGS_EXECUTE: DWORD = 0x0000_0004;
    /// TLS is asked for.
    HSE_URL_FLAGS_SSL: DWORD = 0x0000_0008;
    /// Responses must not be kept.
    HSE_URL_FLAGS_DONT_CACHE: DWORD = 0x0000_0010;
    /// A client certificate is accepted.
    HSE_URL_FLAGS_NEGO_CERT: DWORD = 0x0000_0020;
    /// A client certificate is asked for.
    HSE_URL_FLAGS_REQUIRE_CERT: DWORD = 0x0000_0040;
    /// Client certificates are mapped to users.
    HSE_URL_FLAGS_MAP_CERT: DWORD = 0x0000_0080;
    /// TLS with keys of 128 bits is asked for.
    HSE_URL_FLAGS_SSL128: DWORD = 0x0000_0100;
    /// Scripts may be run.
    HSE_URL_FLAGS_SCRIPT: DWORD = 0x0000_0200;
    /// All flags together.
    HSE_URL_FLAGS_MASK: DWORD = 0x0000_03ff;
}

/// The answer of [`HSE_REQ_MAP_URL_TO_PATH_EX`](crate::HSE_REQ_MAP_URL_TO_PATH_EX) (ms524968).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_URL_MAPEX_INFO {
    /// The path of the file system.
    pub lpszPath: [CHAR; MAX_PATH],
    /// `HSE_URL_FLAGS_` values.
    pub dwFlags: DWORD,
    /// How many characters of the path came from the mapping.
    pub cchMatchingPath: DWORD,
    /// How many characters of the URL the mapping took.
    pub cchMatchingURL: DWORD,
    /// Not used.
    pub dwReserved1: DWORD,
    /// Not used.
    pub dwReserved2: DWORD,
}

/// Pointer to an [`HSE_URL_MAPEX_INFO`].
pub type LPHSE_URL_MAPEX_INFO = *mut HSE_URL_MAPEX_INFO;

/// The answer of
/// [`HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX`](crate::HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX) (ms525973).
///
/// The page shows two reserved fields more; the header has none, so a server writes no more than
/// this.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_UNICODE_URL_MAPEX_INFO {
    /// The path of the file system.
    pub lpszPath: [WCHAR; MAX_PATH],
    /// `HSE_URL_FLAGS_` values.
    pub dwFlags: DWORD,
    /// How many characters of the path came from the mapping.
    pub cchMatchingPath: DWORD,
    /// How many characters of the URL the mapping took.
    pub cchMatchingURL: DWORD,
}

/// Pointer to an [`HSE_UNICODE_URL_MAPEX_INFO`].
pub type LPHSE_UNICODE_URL_MAPEX_INFO = *mut HSE_UNICODE_URL_MAPEX_INFO;
