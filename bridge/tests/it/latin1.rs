//! An encoding of 8-bit text that is not UTF-8, for backends of tests.

/// Each character up to U+00FF as its own byte, every other one as `?`.
pub(crate) fn encode(text: &str) -> Vec<u8> {
    let byte = |char| u8::try_from(u32::from(char)).unwrap_or(b'?');
    text.chars().map(byte).collect()
}

/// The bytes from 0x80 to 0x9f are no characters here, so that there is text which is none.
pub(crate) fn decode(bytes: &[u8]) -> Option<String> {
    let char = |byte: &u8| (!(0x80..0xa0).contains(byte)).then_some(char::from(*byte));
    bytes.iter().map(char).collect()
}
