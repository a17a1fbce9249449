//! Texts in UTF-16.

/// A text with its NUL.
pub(crate) fn wide_string(text: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(text);
    text.encode_utf16().chain([0]).collect()
}

/// The text before the NUL, quoted; what comes when there is no NUL shows in it.
pub(crate) fn wide_text(units: &[u16]) -> String {
    let end = units.iter().position(|unit| *unit == 0);
    match end {
        Some(end) => format!("{:?}", String::from_utf16_lossy(&units[..end])),
        None => format!("no NUL in {units:x?}"),
    }
}

/// The same for 8-bit texts.
pub(crate) fn narrow_text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0);
    match end {
        Some(end) => format!("{:?}", String::from_utf8_lossy(&bytes[..end])),
        None => format!("no NUL in {bytes:x?}"),
    }
}
