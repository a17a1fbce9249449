//! Text of the extension, in either encoding of the interface.

use isapi_abi::{LPVOID, WCHAR};
use isapi_core::session::Misuse;

use crate::Backend;

use super::memory::c_string;

/// How a request code has its text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Encoding<'a> {
    /// 8-bit text, the "ANSI" of the interface, in the platform's encoding.
    Narrow(&'a dyn Backend),
    /// UTF-16, which need not be aligned.
    Utf16,
}

/// A NUL-terminated text. What is no text in its encoding is the misuse `malformed`.
///
/// # Safety
///
/// `pointer` is null or points to such a text.
pub(super) unsafe fn text(
    pointer: LPVOID,
    encoding: Encoding<'_>,
    name: &'static str,
    malformed: Misuse,
) -> Result<String, Misuse> {
    match encoding {
        Encoding::Narrow(backend) => {
            // SAFETY: null or such a text; it is copied before the call returns.
            let bytes = unsafe { c_string(pointer.cast(), name) }?;
            let text = backend.decode_text(bytes).ok_or(malformed)?;
            Ok(text.into_owned())
        }
        Encoding::Utf16 => {
            // SAFETY: null or such a text.
            let units = unsafe { wide_string(pointer.cast(), name) }?;
            String::from_utf16(&units).map_err(|_| malformed)
        }
    }
}

/// The units of a NUL-terminated text in UTF-16, without its NUL.
///
/// # Safety
///
/// `pointer` is null or points to such a text.
unsafe fn wide_string(pointer: *const WCHAR, name: &'static str) -> Result<Vec<WCHAR>, Misuse> {
    if pointer.is_null() {
        return Err(Misuse::NullPointer(name));
    }
    let mut units = Vec::new();
    loop {
        // SAFETY: the text ends with a NUL by the caller's promise, and no unit behind it is read.
        let unit = unsafe { pointer.wrapping_add(units.len()).read_unaligned() };
        if unit == 0 {
            return Ok(units);
        }
        units.push(unit);
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;

    use super::*;
    use crate::test_backend::{BACKENDS, TestBackend};

    fn decode(pointer: LPVOID, encoding: Encoding<'_>) -> Result<String, Misuse> {
        // SAFETY: the tests pass null or a text that ends with a NUL.
        unsafe { text(pointer, encoding, "pszText", Misuse::InvalidUrl) }
    }

    #[test]
    fn utf16_is_read_at_any_address() {
        let units = "/h\u{e4}\u{1f600}\0".encode_utf16();
        let mut bytes = vec![0];
        bytes.extend(units.flat_map(u16::to_ne_bytes));
        let unaligned = bytes[1..].as_ptr().cast_mut().cast();
        assert_eq!(
            decode(unaligned, Encoding::Utf16).as_deref(),
            Ok("/h\u{e4}\u{1f600}")
        );
    }

    #[test]
    fn lone_surrogates_and_broken_utf8_are_refused() {
        for units in [[0xd800, 0, 0], [0xdc00, 0, 0], [0xd800, 0x41, 0]] {
            let pointer = units.as_ptr().cast_mut().cast();
            assert_eq!(decode(pointer, Encoding::Utf16), Err(Misuse::InvalidUrl));
        }
        let latin1 = c"/h\xe4".as_ptr().cast_mut().cast();
        let utf8 = Encoding::Narrow(&TestBackend::Utf8);
        assert_eq!(decode(latin1, utf8), Err(Misuse::InvalidUrl));
    }

    #[test]
    fn narrow_text_has_the_encoding_of_the_platform() {
        let narrow = Encoding::Narrow(&TestBackend::Latin1);
        let decode = |bytes: &std::ffi::CStr| decode(bytes.as_ptr().cast_mut().cast(), narrow);
        assert_eq!(decode(c"/h\xe4").as_deref(), Ok("/h\u{e4}"));
        assert_eq!(decode(c"/h\x84"), Err(Misuse::InvalidUrl));
    }

    #[test]
    fn null_is_refused_by_name() {
        let narrow = BACKENDS.map(Encoding::Narrow);
        for encoding in narrow.into_iter().chain([Encoding::Utf16]) {
            assert_eq!(
                decode(ptr::null_mut(), encoding),
                Err(Misuse::NullPointer("pszText"))
            );
        }
    }
}
