use std::sync::Arc;

use bytes::Bytes;
use http::uri::PathAndQuery;
use http::{Method, Uri};
use isapi_core::request_head::RawField;

use crate::connection::RawFields;

/// The fields of a head, if it is that of a request of this method and target.
pub(super) fn raw_fields(head: &Bytes, method: &Method, uri: &Uri) -> Option<RawFields> {
    // No more fields than lines.
    let lines = head.iter().filter(|&&byte| byte == b'\n').count();
    let mut fields = vec![httparse::EMPTY_HEADER; lines];
    let mut request = httparse::Request::new(&mut fields);
    let httparse::Status::Complete(length) = request.parse(head).ok()? else {
        return None;
    };
    let is_the_same = length == head.len()
        && request.method == Some(method.as_str())
        && request.path.is_some_and(|target| is_target(target, uri));
    if !is_the_same {
        return None;
    }
    let fields: Arc<[RawField]> = request
        .headers
        .iter()
        .map(|field| RawField {
            name: head.slice_ref(field.name.as_bytes()),
            value: head.slice_ref(field.value),
        })
        .collect();
    Some(RawFields(fields))
}

/// Whether this is what was made of the target.
fn is_target(target: &str, uri: &Uri) -> bool {
    let origin_form = uri.path_and_query().map(PathAndQuery::as_str);
    if uri.authority().is_none() && origin_form == Some(target) {
        return true;
    }
    target.parse::<Uri>().is_ok_and(|parsed| parsed == *uri)
}
