//! Paths that need no work.

use super::segment;

/// Whether a path is its own decoded form, as nearly every path is: it has no escape, no dot segment, no
/// doubled slash and no name that is refused. One that is plain passes every check of
/// [`UrlPath::parse`](super::UrlPath::parse); of another one nothing is known.
pub(super) fn is_plain(path: &str) -> bool {
    let Some(names) = path.as_bytes().strip_prefix(b"/") else {
        return false;
    };
    // It may end with a slash.
    let names = names.strip_suffix(b"/").unwrap_or(names);
    path == "/" || names.split(|&byte| byte == b'/').all(is_plain_name)
}

fn is_plain_name(name: &[u8]) -> bool {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    name.last().is_some_and(|&last| last != b'.')
        && name.iter().all(is_plain)
        && str::from_utf8(name).is_ok_and(|name| !segment::is_device(name))
}
