//! Paths that need no work.

use super::segment;

/// Whether a path is its own decoded form, as nearly every path is: it has no escape, no dot segment, no
/// doubled slash and no name that is refused. One that is plain passes every check of
/// [`UrlPath::parse`](super::UrlPath::parse); of another one nothing is known.
pub(super) fn is_plain(path: &str) -> bool {
    let Some(names) = path.strip_prefix('/') else {
        return false;
    };
    // It may end with a slash.
    let names = names.strip_suffix('/').unwrap_or(names);
    path == "/" || names.split('/').all(is_plain_name)
}

fn is_plain_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
    !name.is_empty()
        && name.bytes().all(is_plain)
        && !name.ends_with('.')
        && !segment::is_device(name)
}
