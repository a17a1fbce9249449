//! From bytes to [`ResponseHead`]: lines, fields, and where the head ends.

use http::{HeaderName, HeaderValue, StatusCode};

use super::values::Values;
use super::{HeadError, ResponseHead, status, values};

/// See [`ResponseHead::from_header_call`].
pub(super) fn header_call(
    status: Option<&[u8]>,
    headers: &[u8],
) -> Result<(ResponseHead, usize), HeadError> {
    let text = headers.strip_suffix(b"\0").unwrap_or(headers);
    // What is short is gone through once. Of a longer one only the head is, and is copied.
    let block = match text.len() > values::SHORT {
        true => Block::find(text)?,
        false => None,
    };
    let lines = match block {
        Some(block) => &text[..block.taken],
        None if text.len() > ResponseHead::MAX_LENGTH => return Err(HeadError::TooLong),
        None => text,
    };
    let given = status.map(status::from_text).transpose()?.flatten();
    let status_field_counts = given.is_none();
    let mut head = ResponseHead::new(StatusCode::OK);
    if let Some((code, reason)) = given {
        head.status = code;
        head.reason = reason;
    }
    let taken = for_each_field(lines, |name, value| {
        if status_field_counts && name == "status" {
            (head.status, head.reason) = status::parse(value.as_bytes())?;
            return Ok(());
        }
        head.push(name, value)
    })?;
    // One NUL behind a head without a body is part of the head.
    let taken = match taken == text.len() {
        true => headers.len(),
        false => taken,
    };
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
    let status_line = Line::first(block.lines);
    let (code, reason) = status::from_line(status_line.checked()?)?;
    let mut head = ResponseHead::new(code);
    head.reason = reason;
    let fields = &block.lines[status_line.next..];
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

/// A line, found in one pass over its bytes.
struct Line<'a> {
    /// Without its line end.
    text: &'a [u8],
    /// Where the next line begins.
    next: usize,
    /// A line feed ends it, not the end of the text.
    is_ended: bool,
    colon: Option<usize>,
    /// The first byte that could end a line or a string in somebody else's eyes. A CR may stand behind
    /// the line, where it belongs to the line end.
    suspect: Option<usize>,
}

impl<'a> Line<'a> {
    fn first(text: &'a [u8]) -> Self {
        let mut colon = None;
        let mut suspect = None;
        let mut end = text.len();
        for (index, &byte) in text.iter().enumerate() {
            // Most bytes are letters, and those are above all that are looked for.
            if byte > b':' {
                continue;
            }
            match byte {
                b'\n' => {
                    end = index;
                    break;
                }
                b':' if colon.is_none() => colon = Some(index),
                0 | b'\r' if suspect.is_none() => suspect = Some(index),
                _ => {}
            }
        }
        let line = &text[..end];
        Self {
            text: line.strip_suffix(b"\r").unwrap_or(line),
            next: text.len().min(end + 1),
            is_ended: end < text.len(),
            colon,
            suspect,
        }
    }

    fn is_blank(&self) -> bool {
        self.text.is_empty() && self.is_ended
    }

    /// The text, refused where it has suspect bytes in it.
    fn checked(&self) -> Result<&'a [u8], HeadError> {
        match self.suspect.and_then(|index| self.text.get(index)) {
            None => Ok(self.text),
            Some(0) => Err(HeadError::NulByte),
            Some(_) => Err(HeadError::BareCarriageReturn),
        }
    }
}

/// Tells of every field until a blank line or the end of `text`; how many bytes that are, the blank
/// line included.
fn for_each_field(
    text: &[u8],
    mut field: impl FnMut(HeaderName, HeaderValue) -> Result<(), HeadError>,
) -> Result<usize, HeadError> {
    let mut values = Values::new(text);
    let mut start = 0;
    while start < text.len() {
        let first = Line::first(&text[start..]);
        let mut next = start + first.next;
        if first.is_blank() {
            return Ok(next);
        }
        let line = first.checked()?;
        let colon = first.colon.ok_or(HeadError::InvalidLine)?;
        if is_continuation(line) {
            return Err(HeadError::InvalidLine);
        }
        let name = HeaderName::from_bytes(&line[..colon]).map_err(|_| HeadError::InvalidName)?;
        let value = trimmed(&line[colon + 1..]);
        let value = if is_continuation(&text[next..]) {
            let mut joined = value.to_vec();
            // RFC 9112, section 5.2: a continuation is replaced by a space before it is passed on.
            while is_continuation(&text[next..]) {
                let more = Line::first(&text[next..]);
                joined.push(b' ');
                joined.extend_from_slice(trimmed(more.checked()?));
                next += more.next;
            }
            HeaderValue::from_bytes(trimmed(&joined))
        } else {
            HeaderValue::from_maybe_shared(values.share(value))
        };
        field(name, value.map_err(|_| HeadError::InvalidValue)?)?;
        start = next;
    }
    Ok(text.len())
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
