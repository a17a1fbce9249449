//! Heads, put together for the host.

use std::ffi::CString;

use crate::error::Win32Error;
use crate::text::c_string;

/// Most blocks of fields are no longer.
const USUAL_LENGTH: usize = 256;

/// The status line's text and the block of header fields as the `HSE_REQ_*` calls take them.
#[derive(Debug)]
pub(crate) struct HeaderBlock {
    pub(crate) status: CString,
    pub(crate) fields: CString,
}

impl HeaderBlock {
    /// Joins the fields and the blank line that ends them.
    ///
    /// # Errors
    ///
    /// `ERROR_INVALID_PARAMETER` for a control character (a line end would smuggle in a field) and
    /// for a field name that is none, such as one with a colon or a blank.
    pub(crate) fn new<N, V>(
        status: &str,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Result<HeaderBlock, Win32Error>
    where
        N: AsRef<str>,
        V: AsRef<str>,
    {
        if !is_text(status) {
            return Err(Win32Error::INVALID_PARAMETER);
        }
        Ok(HeaderBlock {
            status: c_string(status)?,
            fields: header_fields(fields)?,
        })
    }
}

/// Joins fields and the blank line that ends them; refuses what [`HeaderBlock::new`] does.
pub(crate) fn header_fields<N, V>(
    fields: impl IntoIterator<Item = (N, V)>,
) -> Result<CString, Win32Error>
where
    N: AsRef<str>,
    V: AsRef<str>,
{
    let mut block = String::with_capacity(USUAL_LENGTH);
    for (name, value) in fields {
        push_field(&mut block, name.as_ref(), value.as_ref())?;
    }
    block.push_str("\r\n");
    c_string(&block)
}

fn push_field(block: &mut String, name: &str, value: &str) -> Result<(), Win32Error> {
    if !is_token(name) || !is_text(value) {
        return Err(Win32Error::INVALID_PARAMETER);
    }
    block.push_str(name);
    block.push_str(": ");
    block.push_str(value);
    block.push_str("\r\n");
    Ok(())
}

/// What names of fields and methods are (RFC 9110, section 5.6.2).
pub(crate) fn is_token(text: &str) -> bool {
    let is_token = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
            )
    };
    !text.is_empty() && text.bytes().all(is_token)
}

/// No control character but the tab (RFC 9110, section 5.5).
fn is_text(text: &str) -> bool {
    !text
        .bytes()
        .any(|byte| byte.is_ascii_control() && byte != b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_ends_with_a_blank_line() {
        let head = HeaderBlock::new("200 OK", [("A", "1"), ("B", "2")]).unwrap();
        assert_eq!(head.status.as_bytes(), b"200 OK");
        assert_eq!(head.fields.as_bytes(), b"A: 1\r\nB: 2\r\n\r\n");
    }

    #[test]
    fn no_fields_are_a_blank_line() {
        let head = HeaderBlock::new::<&str, &str>("204 No Content", []).unwrap();
        assert_eq!(head.fields.as_bytes(), b"\r\n");
    }

    #[test]
    fn a_line_end_in_a_value_a_name_or_the_status_is_refused() {
        for (status, name, value) in [
            ("200 OK", "A", "1\r\nSet-Cookie: x"),
            ("200 OK", "A\r\nB", "1"),
            ("200 OK\r\nA: 1", "B", "2"),
            ("200 OK", "A", "1\0"),
            ("200 OK", "", "1"),
            ("200 OK", "A:", "1"),
            ("200 OK", "A(1)", "1"),
            ("200 OK", "Größe", "1"),
        ] {
            let refused = HeaderBlock::new(status, [(name, value)]).unwrap_err();
            assert_eq!(
                refused,
                Win32Error::INVALID_PARAMETER,
                "{status:?} {name:?} {value:?}"
            );
        }
    }
}
