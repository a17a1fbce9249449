use super::UrlError;

/// Decodes percent escapes, once.
pub(super) fn decode_once(raw: &str) -> Result<String, UrlError> {
    let mut decoded = Vec::with_capacity(raw.len());
    let mut rest = raw.as_bytes();
    while let [byte, after @ ..] = rest {
        if *byte != b'%' {
            decoded.push(*byte);
            rest = after;
            continue;
        }
        decoded.push(escaped(after).ok_or(UrlError::BadEscape)?);
        rest = &after[2..];
    }
    String::from_utf8(decoded).map_err(|_| UrlError::InvalidUtf8)
}

/// The byte that two hexadecimal digits stand for.
fn escaped(digits: &[u8]) -> Option<u8> {
    let digit = |index: usize| char::from(*digits.get(index)?).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// Refuses what is no character of a path, in the decoded text as a whole.
pub(super) fn check_characters(decoded: &str) -> Result<(), UrlError> {
    for (index, character) in decoded.char_indices() {
        match character {
            '\0' => return Err(UrlError::NulByte),
            '\\' => return Err(UrlError::Backslash),
            '%' if is_escape(&decoded.as_bytes()[index + 1..]) => {
                return Err(UrlError::DoubleEscape);
            }
            _ if character.is_control() => return Err(UrlError::ControlCharacter),
            _ => {}
        }
    }
    Ok(())
}

/// Whether a second decoder would find an escape behind a `%` that is still there: `2e`, or
/// `u002e` as IIS once read it.
fn is_escape(rest: &[u8]) -> bool {
    let hex_digits =
        |text: Option<&[u8]>| text.is_some_and(|t| t.iter().all(u8::is_ascii_hexdigit));
    match rest.first() {
        Some(b'u' | b'U') => hex_digits(rest.get(1..5)),
        _ => hex_digits(rest.get(..2)),
    }
}
