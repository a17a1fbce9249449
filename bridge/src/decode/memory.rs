//! Reading and writing memory of the extension.

use std::ffi::{CStr, c_char};
use std::slice;

use isapi_abi::{BYTE, DWORD};
use isapi_core::session::Misuse;

/// Reads what `pointer` points to; it need not be aligned.
///
/// # Safety
///
/// `pointer` is null or readable.
pub(crate) unsafe fn read<T: Copy>(pointer: *const T, name: &'static str) -> Result<T, Misuse> {
    if pointer.is_null() {
        return Err(Misuse::NullPointer(name));
    }
    // SAFETY: not null, hence readable by the caller's promise.
    Ok(unsafe { pointer.read_unaligned() })
}

/// Writes to what `pointer` points to; it need not be aligned.
///
/// # Safety
///
/// `pointer` is null or writable.
pub(crate) unsafe fn write<T: Copy>(
    pointer: *mut T,
    value: T,
    name: &'static str,
) -> Result<(), Misuse> {
    if pointer.is_null() {
        return Err(Misuse::NullPointer(name));
    }
    // SAFETY: not null, hence writable by the caller's promise.
    unsafe { pointer.write_unaligned(value) };
    Ok(())
}

/// A NUL-terminated string, without its NUL.
///
/// # Safety
///
/// `pointer` is null or points to such a string, which lives as long as the result.
pub(crate) unsafe fn c_string<'a>(
    pointer: *const c_char,
    name: &'static str,
) -> Result<&'a [u8], Misuse> {
    if pointer.is_null() {
        return Err(Misuse::NullPointer(name));
    }
    // SAFETY: not null, hence a string by the caller's promise.
    Ok(unsafe { CStr::from_ptr(pointer) }.to_bytes())
}

/// `length` bytes. No bytes may be anywhere, also at null.
///
/// # Safety
///
/// `pointer` is null or points to that many bytes, which live as long as the result.
pub(crate) unsafe fn bytes<'a>(
    pointer: *const BYTE,
    length: DWORD,
    name: &'static str,
) -> Result<&'a [u8], Misuse> {
    let length = match usize::try_from(length) {
        Ok(0) => return Ok(&[]),
        // No buffer is that long, so that the pointer cannot be one to so many bytes.
        Ok(length) if isize::try_from(length).is_err() => return Err(Misuse::NullPointer(name)),
        Ok(length) => length,
        Err(_) => return Err(Misuse::NullPointer(name)),
    };
    if pointer.is_null() {
        return Err(Misuse::NullPointer(name));
    }
    // SAFETY: not null, hence readable by the caller's promise; the length was checked.
    Ok(unsafe { slice::from_raw_parts(pointer, length) })
}

/// A string of a given length, empty where the pointer is null.
///
/// One NUL at its end is not part of it: authors who write `sizeof("200 OK")` count it.
///
/// # Safety
///
/// As for [`bytes()`].
pub(crate) unsafe fn counted_string<'a>(
    pointer: *const c_char,
    length: DWORD,
    name: &'static str,
) -> Result<&'a [u8], Misuse> {
    if pointer.is_null() {
        return Ok(&[]);
    }
    // SAFETY: not null, hence so many bytes by the caller's promise, the same as for `bytes`.
    let text = unsafe { bytes(pointer.cast(), length, name) }?;
    Ok(text.strip_suffix(b"\0").unwrap_or(text))
}

/// A NUL-terminated string that a length may cut short; a length of 0 says nothing.
///
/// # Safety
///
/// `pointer` is null or points to a string that ends with a NUL, or at `length` if that is not 0,
/// and lives as long as the result.
pub(crate) unsafe fn bounded_string<'a>(
    pointer: *const c_char,
    length: DWORD,
    name: &'static str,
) -> Result<&'a [u8], Misuse> {
    if pointer.is_null() {
        return Ok(&[]);
    }
    if length == 0 {
        // SAFETY: without a length the string ends with a NUL by the caller's promise.
        return unsafe { c_string(pointer, name) };
    }
    let mut end: DWORD = 0;
    // SAFETY: the string ends with a NUL or at `length` by the caller's promise, and no byte behind
    // either is read.
    while end < length && unsafe { pointer.wrapping_add(index(end)).read() } != 0 {
        end += 1;
    }
    // SAFETY: so many bytes were just read; they live as long as the string does.
    unsafe { bytes(pointer.cast(), end, name) }
}

/// `length` bytes at `offset` of a buffer; none where no buffer reaches that far.
///
/// # Safety
///
/// `start` is not null, and the bytes live as long as the result.
pub(super) unsafe fn byte_slice<'a>(
    start: *const BYTE,
    offset: u64,
    length: u64,
) -> Option<&'a [u8]> {
    let offset = usize::try_from(offset).ok()?;
    let length = isize::try_from(length).ok()?.unsigned_abs();
    start.addr().checked_add(offset)?.checked_add(length)?;
    // SAFETY: readable by the caller's promise; the end of the range was checked.
    Some(unsafe { slice::from_raw_parts(start.wrapping_add(offset), length) })
}

/// A `DWORD` that counts something in memory.
pub(super) fn index(number: DWORD) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
