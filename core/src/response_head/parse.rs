//! From bytes to [`ResponseHead`]: lines, fields, and where the head ends.

use http::{HeaderName, HeaderValue, StatusCode};

use super::{HeadError, ResponseHead, status};

/// See [`ResponseHead::from_header_call`].
pub(super) fn header_call(
    status: Option<&[u8]>,
    headers: &[u8],
) -> Result<(ResponseHead, usize), HeadError> {
    let text = headers.strip_suffix(b"\0").unwrap_or(headers);
    let block = match Block::find(text)? {
        Some(block) => block,
        None if text.len() > ResponseHead::MAX_LENGTH => return Err(HeadError::TooLong),
        None => Block {
            lines: text,
            taken: text.len(),
        },
    };
    let taken = if block.taken == text.len() {
        headers.len()
    } else {
        block.taken
    };

    let given = status.map(status::from_text).transpose()?.flatten();
    let status_field_counts = given.is_none();
    let mut head = ResponseHead::new(StatusCode::OK);
    if let Some((code, reason)) = given {
        head.status = code;
        head.reason = reason;
    }
    for_each_field(block.lines, |name, value| {
        if status_field_counts && name == "status" {
            (head.status, head.reason) = status::parse(value.as_bytes())?;
            return Ok(());
        }
        head.push(name, value)
    })?;
    Ok((head, taken))
}

/// See [`ResponseHead::parse_raw`].
pub(super) fn raw(data: &[u8]) -> Result<Option<(ResponseHead, usize)>, HeadError> {
    let begin = &b"HTTP/"[..data.len().min(5)];
    if !data.starts_with(begin) {
        return Err(HeadError::InvalidVersion);
    }
    let block = match Block::find(data)? {
        Some(block) => block,
        None if data.len() >= ResponseHead::MAX_LENGTH => return Err(HeadError::TooLong),
        None => return Ok(None),
    };
    let (status_line, fields) = split_line(block.lines);
    let (code, reason) = status::from_line(checked(status_line)?)?;
    let mut head = ResponseHead::new(code);
    head.reason = reason;
    for_each_field(fields, |name, value| head.push(name, value))?;
    Ok(Some((head, block.taken)))
}

/// A number in decimal digits and nothing else.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The lines of a head and how many bytes they take together with the blank line.
struct Block<'a> {
    lines: &'a [u8],
    taken: usize,
}

impl<'a> Block<'a> {
    /// Looks for the blank line; `None` when it is not there.
    fn find(data: &'a [u8]) -> Result<Option<Self>, HeadError> {
        let within = &data[..data.len().min(ResponseHead::MAX_LENGTH)];
        let mut start = 0;
        while let Some(length) = within[start..].iter().position(|&byte| byte == b'\n') {
            let line = &within[start..start + length];
            let next = start + length + 1;
            if line.is_empty() || line == b"\r" {
                return Ok(Some(Self {
                    lines: &data[..start],
                    taken: next,
                }));
            }
            start = next;
        }
        match data.len() > ResponseHead::MAX_LENGTH {
            true => Err(HeadError::TooLong),
            false => Ok(None),
        }
    }
}

/// Splits off the first line, without its line end.
fn split_line(text: &[u8]) -> (&[u8], &[u8]) {
    let (line, rest) = match text.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&text[..end], &text[end + 1..]),
        None => (text, &[][..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), rest)
}

/// Refuses the bytes that could end a line or a string in somebody else's eyes.
fn checked(line: &[u8]) -> Result<&[u8], HeadError> {
    match line.iter().find(|&&byte| byte == 0 || byte == b'\r') {
        None => Ok(line),
        Some(0) => Err(HeadError::NulByte),
        Some(_) => Err(HeadError::BareCarriageReturn),
    }
}

fn for_each_field(
    mut text: &[u8],
    mut field: impl FnMut(HeaderName, HeaderValue) -> Result<(), HeadError>,
) -> Result<(), HeadError> {
    while !text.is_empty() {
        let (line, mut rest) = split_line(text);
        let line = checked(line)?;
        let colon = line
            .iter()
            .position(|&byte| byte == b':')
            .ok_or(HeadError::InvalidLine)?;
        if is_continuation(line) {
            return Err(HeadError::InvalidLine);
        }
        let name = HeaderName::from_bytes(&line[..colon]).map_err(|_| HeadError::InvalidName)?;
        let mut value = trimmed(&line[colon + 1..]).to_vec();
        // RFC 9112, section 5.2: a continuation is replaced by a space before it is passed on.
        while is_continuation(rest) {
            let (more, after) = split_line(rest);
            value.push(b' ');
            value.extend_from_slice(trimmed(checked(more)?));
            rest = after;
        }
        let value = HeaderValue::from_bytes(trimmed(&value));
        field(name, value.map_err(|_| HeadError::InvalidValue)?)?;
        text = rest;
    }
    Ok(())
}

fn is_continuation(text: &[u8]) -> bool {
    matches!(text.first(), Some(b' ' | b'\t'))
}

/// Without the optional white space around it (RFC 9110, section 5.6.3).
fn trimmed(text: &[u8]) -> &[u8] {
    let is_text = |byte: &u8| !matches!(byte, b' ' | b'\t');
    let start = text.iter().position(is_text).unwrap_or(text.len());
    let end = text
        .iter()
        .rposition(is_text)
        .map_or(start, |last| last + 1);
    &text[start..end]
}
