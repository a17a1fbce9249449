use super::first_line;

/// How the body behind a head ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
}

/// The framing that a head gives its body
/// ([RFC 9112, section 6.3](https://www.rfc-editor.org/rfc/rfc9112#section-6.3)); `None` where
/// nothing or no HTTP follows.
///
/// Only the two fields that matter are looked at. hyper checks the head, and a connection whose head
/// it refuses has no next request.
pub(super) fn of(head: &[u8]) -> Option<Framing> {
    if head.starts_with(b"CONNECT ") {
        return None;
    }
    let mut length = None;
    let mut coding = None;
    let mut rest = &head[first_line(head).len()..];
    while !rest.is_empty() {
        let line = first_line(rest);
        rest = &rest[line.len()..];
        // Most lines are told by their first letter.
        match line.first() {
            Some(b'c' | b'C') => {
                if let Some(value) = field(line, b"content-length") {
                    let value = digits(value)?;
                    if length.is_some_and(|length| length != value) {
                        return None;
                    }
                    length = Some(value);
                }
            }
            Some(b't' | b'T') => coding = field(line, b"transfer-encoding").or(coding),
            _ => {}
        }
    }
    match coding {
        // It wins over a length.
        Some(coding) => ends_in_chunked(coding).then_some(Framing::Chunked),
        None => Some(Framing::Length(length.unwrap_or(0))),
    }
}

/// The value in a line that is a field of this name, which is in lower case.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(name.len())?;
    let value = rest.strip_prefix(b":")?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

fn digits(value: &[u8]) -> Option<u64> {
    if !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(value).ok()?.parse().ok()
}

fn ends_in_chunked(coding: &[u8]) -> bool {
    coding
        .rsplit(|&byte| byte == b',')
        .next()
        .is_some_and(|last| last.trim_ascii().eq_ignore_ascii_case(b"chunked"))
}
