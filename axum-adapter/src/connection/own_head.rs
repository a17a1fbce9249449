//! Request heads that let go of hyper's read buffer.

use bytes::Bytes;
use http::{HeaderValue, Request, Uri};

use crate::request::target;

/// Copies the texts of a request's head into memory of their own.
///
/// They are parts of the buffer that hyper read them into. It reads on while the request is under way,
/// and where anybody holds a part of its buffer it takes another one of 8 KiB.
pub(super) fn own_head<B>(request: &mut Request<B>) {
    let target = target(request.uri());
    let values = request.headers().values();
    let length = target.len() + values.map(HeaderValue::len).sum::<usize>();
    let mut text = Vec::with_capacity(length);
    text.extend_from_slice(target.as_bytes());
    for value in request.headers().values() {
        text.extend_from_slice(value.as_bytes());
    }

    let mut rest = Bytes::from(text);
    // What has been parsed once is so again.
    let uri = Uri::from_maybe_shared(rest.split_to(target.len()));
    for value in request.headers_mut().values_mut() {
        let is_sensitive = value.is_sensitive();
        if let Ok(own) = HeaderValue::from_maybe_shared(rest.split_to(value.len())) {
            *value = own;
            value.set_sensitive(is_sensitive);
        }
    }
    if let Ok(uri) = uri {
        *request.uri_mut() = uri;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(request: &Request<()>) -> (String, Vec<(String, Vec<u8>)>) {
        let fields = request.headers().iter();
        let fields = fields.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
        (request.uri().to_string(), fields.collect())
    }

    #[test]
    fn nothing_holds_the_buffer_any_more_and_nothing_has_changed() {
        for target in ["/a?b=%20", "*", "http://b:81/d?e"] {
            let buffer = Bytes::from([target, "one", "", "two", "\u{fc}"].concat());
            let mut rest = buffer.clone();
            let mut request = Request::new(());
            *request.uri_mut() = Uri::from_maybe_shared(rest.split_to(target.len())).unwrap();
            for (name, length) in [("a", 3), ("b", 0), ("a", 3), ("c", 2)] {
                let value = HeaderValue::from_maybe_shared(rest.split_to(length)).unwrap();
                request.headers_mut().append(name, value);
            }
            drop(rest);
            let before = shown(&request);
            assert!(!buffer.is_unique());
            own_head(&mut request);
            assert!(buffer.is_unique(), "{target}");
            assert_eq!(shown(&request), before);
        }
    }
}
