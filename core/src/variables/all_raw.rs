//! ALL_RAW: the header fields as the client wrote them.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::request_head::{RawFields, RequestHead};

use super::fields::is_ambiguous;

/// `Name: value` and CR LF for each field, one line for each time it came.
///
/// Where the head knows how the client wrote its fields, the lines stand in the client's order and
/// letter case. The values are always those of the head: what the server has taken out is not
/// here, what it has mended (a wrong `Content-Length`) is here mended, and what it has added comes
/// last.
///
/// A head that does not know (HTTP/2, where names are in lower case anyway) gives each field where
/// it was first named, its lines together and its name in the usual case of HTTP/1.1,
/// `Content-Type`.
pub(super) fn all_raw(head: &RequestHead) -> Vec<u8> {
    let mut text = Vec::new();
    let mut written = HeaderMap::<usize>::default();
    let wrote = head.raw_fields().into_iter().flat_map(RawFields::iter);
    for (name, _) in wrote {
        push_as_client_wrote(&mut text, name, head.headers(), &mut written);
    }
    let names = head.headers().keys();
    for name in names.filter(|name| !is_ambiguous(name)) {
        let done = written.get(name).copied().unwrap_or(0);
        for value in head.headers().get_all(name).iter().skip(done) {
            push_in_usual_case(&mut text, name.as_str());
            push_value(&mut text, value);
        }
    }
    text
}

/// The next value of the field's name, under the name the client gave it.
fn push_as_client_wrote(
    text: &mut Vec<u8>,
    wrote: &[u8],
    headers: &HeaderMap,
    written: &mut HeaderMap<usize>,
) {
    let Ok(name) = HeaderName::from_bytes(wrote) else {
        return;
    };
    if is_ambiguous(&name) {
        return;
    }
    let done = written.get(&name).copied().unwrap_or(0);
    let Some(value) = headers.get_all(&name).iter().nth(done) else {
        return;
    };
    text.extend_from_slice(wrote);
    push_value(text, value);
    written.insert(name, done + 1);
}

fn push_value(text: &mut Vec<u8>, value: &HeaderValue) {
    text.extend_from_slice(b": ");
    text.extend_from_slice(value.as_bytes());
    text.extend_from_slice(b"\r\n");
}

/// Writes a field's lower-case name with a capital at the beginning of each word.
fn push_in_usual_case(text: &mut Vec<u8>, name: &str) {
    let mut begins_word = true;
    for byte in name.bytes() {
        text.push(if begins_word {
            byte.to_ascii_uppercase()
        } else {
            byte
        });
        begins_word = byte == b'-';
    }
}
