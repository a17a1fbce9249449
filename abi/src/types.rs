//! The Win32 base types that `httpext.h` is written in.
//!
//! Their widths are fixed by the interface and do not follow the platform: a `DWORD` has 32 bits
//! where C's `unsigned long` has 64, and a `WCHAR` 16 where `wchar_t` has 32.

use core::ffi::{c_char, c_void};

/// An unsigned 8-bit value.
pub type BYTE = u8;
/// One byte of 8-bit text.
pub type CHAR = c_char;
/// One UTF-16 code unit.
pub type WCHAR = u16;
/// An unsigned 16-bit value.
pub type USHORT = u16;
/// An unsigned 32-bit value.
pub type DWORD = u32;
/// An unsigned 64-bit value.
pub type ULONGLONG = u64;
/// A truth value: 0 is false, everything else true.
pub type BOOL = i32;
/// A COM result: negative on failure.
pub type HRESULT = i32;
/// A pointer to anything.
pub type PVOID = *mut c_void;
/// A pointer to anything.
pub type LPVOID = *mut c_void;
/// An open file or another object of the system.
///
/// Outside Windows it carries a file descriptor, the number itself as pointer value. Null means no
/// file, so descriptor 0 cannot be expressed; see [`INVALID_HANDLE_VALUE`].
pub type HANDLE = *mut c_void;
/// Names one request towards the server. Opaque to the extension.
pub type HCONN = *mut c_void;
/// A certificate store.
pub type HCERTSTORE = *mut c_void;
/// 8-bit text ended by a NUL.
pub type LPSTR = *mut c_char;
/// 8-bit text ended by a NUL, not to be written to.
pub type LPCSTR = *const c_char;
/// UTF-16 text ended by a NUL.
pub type LPWSTR = *mut WCHAR;
/// UTF-16 text ended by a NUL, not to be written to.
pub type LPCWSTR = *const WCHAR;
/// Bytes.
pub type LPBYTE = *mut BYTE;
/// A 32-bit value that the callee reads, writes or both.
pub type LPDWORD = *mut DWORD;

/// The truth value false.
pub const FALSE: BOOL = 0;
/// The truth value true.
pub const TRUE: BOOL = 1;
/// Length of the path buffers in [`HSE_URL_MAPEX_INFO`](crate::HSE_URL_MAPEX_INFO), in characters.
pub const MAX_PATH: usize = 260;
/// What a failed open answers in place of a handle: all bits set.
pub const INVALID_HANDLE_VALUE: HANDLE = core::ptr::without_provenance_mut(usize::MAX);
