//! Texts as C takes them.

use std::ffi::CString;

use crate::error::Win32Error;

/// `text` for a C function; `ERROR_INVALID_PARAMETER` if it has a NUL.
pub(crate) fn c_string(text: &str) -> Result<CString, Win32Error> {
    CString::new(text).map_err(|_| Win32Error::INVALID_PARAMETER)
}

/// A text in UTF-16 with a NUL at its end and none before.
pub(crate) struct WideString(Vec<u16>);

impl WideString {
    /// `ERROR_INVALID_PARAMETER` if `text` has a NUL.
    pub(crate) fn new(text: &str) -> Result<WideString, Win32Error> {
        if text.contains('\0') {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        Ok(WideString(text.encode_utf16().chain([0]).collect()))
    }

    /// The NUL is part of it.
    pub(crate) fn units(&self) -> &[u16] {
        &self.0
    }

    /// For C functions that do not write.
    pub(crate) fn as_ptr(&self) -> *const u16 {
        self.0.as_ptr()
    }
}

/// The text before the first NUL, or all of it. What is no UTF-16 becomes U+FFFD.
pub(crate) fn from_wide(text: &[u16]) -> String {
    let end = text.iter().position(|&unit| unit == 0);
    String::from_utf16_lossy(&text[..end.unwrap_or(text.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_text_comes_back() {
        for text in ["", "a", "grün \u{1f600}"] {
            let wide = WideString::new(text).unwrap();
            assert_eq!(wide.units().last(), Some(&0));
            assert_eq!(from_wide(wide.units()), text);
        }
    }

    #[test]
    fn a_text_ends_at_its_nul_or_at_the_end_of_its_room() {
        assert_eq!(from_wide(&[97, 98, 0, 99]), "ab");
        assert_eq!(from_wide(&[97, 98]), "ab");
    }

    #[test]
    fn a_nul_in_a_text_is_refused() {
        assert_eq!(c_string("a\0b"), Err(Win32Error::INVALID_PARAMETER));
        let wide = WideString::new("a\0b");
        assert_eq!(wide.err(), Some(Win32Error::INVALID_PARAMETER));
    }
}
