//! Reading what the extension's pointers point to.

use std::ffi::{CStr, c_char};
use std::slice;

use isapi_abi::{DWORD, LPVOID, WCHAR};

/// # Safety
///
/// `text` is null or ends with a NUL.
pub(super) unsafe fn string(text: *const c_char) -> String {
    // SAFETY: the same promise.
    unsafe { optional_string(text) }.unwrap_or_default()
}

/// # Safety
///
/// `text` is null or ends with a NUL.
pub(super) unsafe fn optional_string(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller vouches for the NUL.
    let text = unsafe { CStr::from_ptr(text) };
    Some(text.to_string_lossy().into_owned())
}

/// # Safety
///
/// `text` is null or ends with a NUL.
pub(super) unsafe fn wide_text(text: *const WCHAR) -> String {
    // SAFETY: the same promise.
    unsafe { optional_wide_text(text) }.unwrap_or_default()
}

/// # Safety
///
/// `text` is null or ends with a NUL.
pub(super) unsafe fn optional_wide_text(text: *const WCHAR) -> Option<String> {
    if text.is_null() {
        return None;
    }
    let mut units = Vec::new();
    let mut next = text;
    // SAFETY: everything up to the NUL is readable.
    unsafe {
        while next.read() != 0 {
            units.push(next.read());
            next = next.add(1);
        }
    }
    Some(String::from_utf16_lossy(&units))
}

/// # Safety
///
/// `data` has `size` readable bytes for as long as the slice is used.
pub(super) unsafe fn bytes<'a>(data: LPVOID, size: usize) -> &'a [u8] {
    if size == 0 {
        return &[];
    }
    // SAFETY: the caller vouches for the bytes.
    unsafe { slice::from_raw_parts(data.cast(), size) }
}

pub(super) fn to_usize(size: DWORD) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}
