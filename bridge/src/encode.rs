//! Answers in the extension's memory.

mod map_url;

use isapi_abi::{BYTE, DWORD};
use isapi_core::variables::VariableValue;
use isapi_core::win32::Win32Error;

pub(crate) use map_url::{map_unicode_url_info, map_url_info};

use crate::decode::Encoding;

/// A variable's value as `GetServerVariable` gives it out: with a NUL at its end, in UTF-16 where
/// the name asked for it.
pub(crate) fn variable(value: &VariableValue<'_>) -> Vec<BYTE> {
    if !value.unicode {
        return terminated(&value.text);
    }
    text(&String::from_utf8_lossy(&value.text), Encoding::Utf16)
}

/// A text with a NUL at its end.
pub(crate) fn text(text: &str, encoding: Encoding) -> Vec<BYTE> {
    match encoding {
        Encoding::Utf8 => terminated(text.as_bytes()),
        Encoding::Utf16 => text
            .encode_utf16()
            .chain([0])
            .flat_map(u16::to_ne_bytes)
            .collect(),
    }
}

fn terminated(text: &[u8]) -> Vec<BYTE> {
    let mut bytes = Vec::with_capacity(text.len() + 1);
    bytes.extend_from_slice(text);
    bytes.push(0);
    bytes
}

/// Copies `answer` into a buffer of `*size` bytes and sets `*size` to its length.
///
/// Where it does not fit, nothing is written to the buffer and `*size` says how much is needed.
/// No buffer at all is one that is too small.
///
/// # Errors
///
/// `ERROR_INSUFFICIENT_BUFFER`.
///
/// # Safety
///
/// `size` can be read and written, `buffer` is null or has room for `*size` bytes.
pub(crate) unsafe fn fill(
    answer: &[BYTE],
    buffer: *mut BYTE,
    size: *mut DWORD,
) -> Result<(), Win32Error> {
    let needed = DWORD::try_from(answer.len()).map_err(|_| Win32Error::INSUFFICIENT_BUFFER)?;
    // SAFETY: `size` can be read, as every caller has checked it not to be null.
    let capacity = unsafe { size.read_unaligned() };
    // SAFETY: `size` can be written as well: the interface has it in and out.
    unsafe { size.write_unaligned(needed) };
    if buffer.is_null() || needed > capacity {
        return Err(Win32Error::INSUFFICIENT_BUFFER);
    }
    // SAFETY: `needed` bytes are at `answer`, which is ours, and fit into the buffer.
    unsafe { buffer.copy_from_nonoverlapping(answer.as_ptr(), answer.len()) };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CANARY: u8 = 0xa5;

    fn value(text: &str, unicode: bool) -> VariableValue<'_> {
        VariableValue {
            text: text.as_bytes().into(),
            unicode,
        }
    }

    fn fill_buffer(answer: &[u8], capacity: usize) -> (Result<(), Win32Error>, Vec<u8>, u32) {
        let mut memory = vec![CANARY; answer.len() + 8];
        let mut size = u32::try_from(capacity).expect("small");
        // SAFETY: `capacity` is never more than the length of `memory`.
        let result = unsafe { fill(answer, memory.as_mut_ptr(), &raw mut size) };
        (result, memory, size)
    }

    #[test]
    fn never_writes_past_the_size_whatever_it_is() {
        for unicode in [false, true] {
            let answer = variable(&value("text/h\u{e4}", unicode));
            for capacity in 0..=answer.len() + 1 {
                let (result, memory, size) = fill_buffer(&answer, capacity);
                assert_eq!(usize::try_from(size), Ok(answer.len()));
                if capacity < answer.len() {
                    assert_eq!(result, Err(Win32Error::INSUFFICIENT_BUFFER));
                    assert!(memory.iter().all(|byte| *byte == CANARY), "at {capacity}");
                } else {
                    assert_eq!(result, Ok(()));
                    assert_eq!(memory[..answer.len()], answer);
                    assert!(memory[answer.len()..].iter().all(|byte| *byte == CANARY));
                }
            }
        }
    }

    #[test]
    fn no_buffer_asks_for_the_size() {
        for capacity in [0, 100] {
            let mut size = capacity;
            // SAFETY: a null buffer is allowed.
            let result = unsafe { fill(b"abc\0", std::ptr::null_mut(), &raw mut size) };
            assert_eq!((result, size), (Err(Win32Error::INSUFFICIENT_BUFFER), 4));
        }
    }

    #[test]
    fn an_empty_value_is_one_nul() {
        assert_eq!(variable(&value("", false)), [0]);
        assert_eq!(variable(&value("", true)), [0, 0]);
    }

    #[test]
    fn utf16_counts_bytes_and_pairs_surrogates() {
        assert_eq!(variable(&value("\u{1f600}", true)).len(), 6);
    }
}
