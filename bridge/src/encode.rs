//! Answers in the extension's memory.

mod map_url;

use isapi_abi::{BYTE, DWORD};
use isapi_core::variables::{Value, VariableValue};
use isapi_core::win32::Win32Error;

pub(crate) use map_url::{map_unicode_url_info, map_url_info};

use crate::Backend;
use crate::decode::Encoding;

/// A variable's value as `GetServerVariable` gives it out: with a NUL at its end, in UTF-16 where
/// the name asked for it.
pub(crate) fn variable(value: &VariableValue<'_>, backend: &dyn Backend) -> Vec<BYTE> {
    if value.unicode {
        return text(&value.value.to_text(), Encoding::Utf16);
    }
    match &value.value {
        Value::Bytes(bytes) => terminated(bytes),
        Value::Text(value) => text(value, Encoding::Narrow(backend)),
    }
}

/// A text with a NUL at its end.
pub(crate) fn text(text: &str, encoding: Encoding<'_>) -> Vec<BYTE> {
    match encoding {
        Encoding::Narrow(backend) => terminated(&backend.encode_text(text)),
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
    use crate::test_backend::{BACKENDS, TestBackend};

    const CANARY: u8 = 0xa5;

    fn value(text: &str, unicode: bool) -> VariableValue<'_> {
        VariableValue {
            value: Value::Text(text.into()),
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
        let cases = BACKENDS.map(|backend| [(backend, false), (backend, true)]);
        for (backend, unicode) in cases.concat() {
            let answer = variable(&value("text/h\u{e4}", unicode), backend);
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
        for backend in BACKENDS {
            assert_eq!(variable(&value("", false), backend), [0]);
            assert_eq!(variable(&value("", true), backend), [0, 0]);
        }
    }

    #[test]
    fn utf16_counts_bytes_and_pairs_surrogates() {
        for backend in BACKENDS {
            assert_eq!(variable(&value("\u{1f600}", true), backend).len(), 6);
        }
    }

    #[test]
    fn text_has_the_encoding_of_the_platform_and_bytes_stay_what_they_are() {
        let variable =
            |value, unicode| variable(&VariableValue { value, unicode }, &TestBackend::Latin1);
        let text = || Value::Text("/h\u{e4}\u{20ac}".into());
        assert_eq!(variable(text(), false), b"/h\xe4?\0");
        let wide: Vec<u8> = "/h\u{e4}\u{20ac}\0"
            .encode_utf16()
            .flat_map(u16::to_ne_bytes)
            .collect();
        assert_eq!(variable(text(), true), wide);
        let bytes = Value::Bytes("/h\u{e4}".as_bytes().into());
        assert_eq!(variable(bytes, false), "/h\u{e4}\0".as_bytes());
    }
}
