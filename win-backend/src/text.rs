//! 8-bit text in the system's ANSI code page
//! ([code pages](https://learn.microsoft.com/en-us/windows/win32/intl/code-pages)).

use std::borrow::Cow;
use std::ptr;

use windows_sys::Win32::Globalization::{
    CP_ACP, CP_UTF8, GetACP, MB_ERR_INVALID_CHARS, MultiByteToWideChar, WC_NO_BEST_FIT_CHARS,
    WideCharToMultiByte,
};

/// What stands for a character that the code page does not have.
const UNKNOWN: u8 = b'?';

/// How many units are converted at once, so that no length leaves the range of the functions.
const BLOCK: usize = 1 << 20;

/// Text in the code page. What it does not have becomes `?`.
///
/// Windows would rather put a character that looks alike, a slash for U+2215 among them: a path must
/// not come to mean another file, so that is switched off.
pub(crate) fn encode(text: &str) -> Cow<'_, [u8]> {
    // ASCII is the same in every ANSI code page.
    if text.is_ascii() || is_utf8() {
        return Cow::Borrowed(text.as_bytes());
    }
    // No ANSI code page has a character that takes two units; each becomes one `?`.
    let unit = |char| u16::try_from(u32::from(char)).unwrap_or(UNKNOWN.into());
    let units: Vec<u16> = text.chars().map(unit).collect();
    Cow::Owned(units.chunks(BLOCK).flat_map(encode_block).collect())
}

fn encode_block(units: &[u16]) -> Vec<u8> {
    // Two bytes for each unit are the most that an ANSI code page takes; UTF-8 was dealt with.
    let mut bytes = vec![0; 2 * units.len()];
    // SAFETY: both lengths are those of the slices; the character that stands for unknown ones is a
    // terminated string, and nobody asks whether it was used.
    let used = unsafe {
        WideCharToMultiByte(
            CP_ACP,
            WC_NO_BEST_FIT_CHARS,
            units.as_ptr(),
            length(units),
            bytes.as_mut_ptr(),
            length(&bytes),
            [UNKNOWN, 0].as_ptr(),
            ptr::null_mut(),
        )
    };
    bytes.truncate(usize::try_from(used).unwrap_or(0));
    bytes
}

/// The text that bytes in the code page stand for; `None` for bytes that are none.
pub(crate) fn decode(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if bytes.is_ascii() || is_utf8() {
        return str::from_utf8(bytes).ok().map(Cow::Borrowed);
    }
    // A character of two bytes must not be cut, and no text of an extension is that long.
    let size = i32::try_from(bytes.len()).ok()?;
    // A byte is one unit at most.
    let mut units = vec![0; bytes.len()];
    // SAFETY: both lengths are those of the slices.
    let used = unsafe {
        MultiByteToWideChar(
            CP_ACP,
            MB_ERR_INVALID_CHARS,
            bytes.as_ptr(),
            size,
            units.as_mut_ptr(),
            size,
        )
    };
    let units = units.get(..usize::try_from(used).ok()?)?;
    if units.is_empty() {
        return None;
    }
    String::from_utf16(units).ok().map(Cow::Owned)
}

/// Whether the code page is UTF-8, which has no substitutes and needs no conversion.
fn is_utf8() -> bool {
    // SAFETY: it takes nothing and only reads a setting.
    unsafe { GetACP() == CP_UTF8 }
}

/// The length of a block, which fits: it is 2 * `BLOCK` at most.
fn length<T>(slice: &[T]) -> i32 {
    i32::try_from(slice.len()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the code page is the one that the expectations below are written for, as it is where
    /// the system speaks a western language.
    fn is_1252() -> bool {
        // SAFETY: as in `is_utf8`.
        unsafe { GetACP() == 1252 }
    }

    #[test]
    fn ascii_is_ascii() {
        assert_eq!(encode("/a b~\\").as_ref(), b"/a b~\\");
        assert_eq!(decode(b"/a b~\\").as_deref(), Some("/a b~\\"));
        assert_eq!(decode(b"").as_deref(), Some(""));
    }

    #[test]
    fn what_the_code_page_has_goes_there_and_back() {
        if !is_1252() {
            return;
        }
        let text = "/gr\u{fc}n/\u{20ac}\u{152}";
        assert_eq!(encode(text).as_ref(), b"/gr\xfcn/\x80\x8c");
        assert_eq!(decode(b"/gr\xfcn/\x80\x8c").as_deref(), Some(text));
    }

    #[test]
    fn what_the_code_page_does_not_have_is_one_question_mark_and_never_a_lookalike() {
        if !is_1252() {
            return;
        }
        assert_eq!(encode("\u{4e2d}\u{1f600}x").as_ref(), b"??x");
        // A division slash, a fullwidth slash, backslash, colon and A.
        let lookalikes = "\u{2215}\u{ff0f}\u{ff3c}\u{ff1a}\u{ff21}";
        assert_eq!(encode(lookalikes).as_ref(), b"?????");
    }

    #[test]
    fn a_text_is_encoded_character_by_character() {
        let text = "a\u{e4}\u{20ac}\u{4e2d}\u{1f600}e\u{301}";
        let characters = text
            .chars()
            .flat_map(|char| encode(&char.to_string()).into_owned());
        assert_eq!(encode(text).as_ref(), characters.collect::<Vec<_>>());
    }

    #[test]
    fn a_long_text_is_encoded_to_its_end() {
        let text = "\u{e4}".repeat(BLOCK + 1);
        let one = encode("\u{e4}").len();
        assert_eq!(encode(&text).len(), one * (BLOCK + 1));
    }
}
