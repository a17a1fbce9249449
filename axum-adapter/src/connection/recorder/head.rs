use http::uri::PathAndQuery;
use http::{Method, Uri};

/// Whether a head is that of a request of this method and target, by its request line.
pub(super) fn is_of(head: &[u8], method: &Method, uri: &Uri) -> bool {
    let mut words = head.trim_ascii_start().split(|&byte| byte == b' ');
    words.next() == Some(method.as_str().as_bytes())
        && words.next().is_some_and(|target| is_target(target, uri))
        && words
            .next()
            .is_some_and(|rest| rest.starts_with(b"HTTP/1."))
}

/// Whether this is what was made of the target.
fn is_target(target: &[u8], uri: &Uri) -> bool {
    let origin_form = uri.path_and_query().map(PathAndQuery::as_str);
    if uri.authority().is_none() && origin_form.map(str::as_bytes) == Some(target) {
        return true;
    }
    Uri::try_from(target).is_ok_and(|parsed| parsed == *uri)
}
