use bytes::Bytes;
use http::StatusCode;

use super::HeadError;

/// A status and the reason phrase where it is not the usual one.
pub(super) type Status = (StatusCode, Option<Bytes>);

/// Parses the status text of a header call: `200 OK`, `404`, `HTTP/1.1 200 OK`. `None` when there
/// is nothing in it.
pub(super) fn from_text(text: &[u8]) -> Result<Option<Status>, HeadError> {
    let end = text
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(text.len());
    let text = text[..end].trim_ascii();
    if text.is_empty() {
        return Ok(None);
    }
    match starts_with_http(text) {
        true => from_line(text).map(Some),
        false => parse(text).map(Some),
    }
}

/// Parses a status line without its line end: `HTTP/1.1 200 OK`.
pub(super) fn from_line(line: &[u8]) -> Result<Status, HeadError> {
    let end = line
        .iter()
        .position(|&byte| byte == b' ')
        .ok_or(HeadError::InvalidVersion)?;
    let (version, rest) = line.split_at(end);
    let digits = version.get(b"HTTP/".len()..).unwrap_or_default();
    let valid = match digits {
        [major] => major.is_ascii_digit(),
        [major, b'.', minor] => major.is_ascii_digit() && minor.is_ascii_digit(),
        _ => false,
    };
    if !valid || !starts_with_http(line) {
        return Err(HeadError::InvalidVersion);
    }
    parse(rest.trim_ascii())
}

fn starts_with_http(text: &[u8]) -> bool {
    text.get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"HTTP/"))
}

/// Parses three digits and what may follow them.
pub(super) fn parse(text: &[u8]) -> Result<Status, HeadError> {
    let (digits, rest) = text.split_at_checked(3).ok_or(HeadError::InvalidStatus)?;
    let status = StatusCode::from_bytes(digits).map_err(|_| HeadError::InvalidStatus)?;
    if !rest.is_empty() && !matches!(rest[0], b' ' | b'\t') {
        return Err(HeadError::InvalidStatus);
    }
    if status.is_informational() {
        return Err(HeadError::InformationalStatus);
    }
    let reason = rest.trim_ascii();
    if !reason
        .iter()
        .all(|&byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f))
    {
        return Err(HeadError::InvalidStatus);
    }
    let usual = status
        .canonical_reason()
        .is_some_and(|usual| usual.as_bytes() == reason);
    let reason = (!usual && !reason.is_empty()).then(|| Bytes::copy_from_slice(reason));
    Ok((status, reason))
}
