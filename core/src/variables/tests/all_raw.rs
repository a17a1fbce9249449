use http::{HeaderMap, HeaderName, HeaderValue};
use proptest::prelude::*;

use super::{head, value};
use crate::request_head::{BodyLength, RawFields, RequestHead};

/// A head whose fields the client wrote like this.
fn sent(fields: &[(&str, &str)], body: BodyLength) -> RequestHead {
    head(|parts| {
        parts.headers = super::headers(fields);
        parts.raw_fields = Some(raw(fields));
        parts.body = body;
    })
}

fn raw(fields: &[(&str, &str)]) -> RawFields {
    let lines = fields
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"));
    let lines: String = lines.collect();
    RawFields::of_head(format!("GET / HTTP/1.1\r\n{lines}\r\n"))
}

fn all_raw(head: &RequestHead) -> String {
    value(head, "ALL_RAW").unwrap()
}

#[test]
fn the_clients_order_and_letter_case_are_kept() {
    let head = sent(
        &[
            ("accept", "a"),
            ("HOST", "h"),
            ("X-ODD-case", "1"),
            ("Accept", "b"),
            ("ETag", ""),
        ],
        BodyLength::None,
    );
    assert_eq!(
        all_raw(&head),
        "accept: a\r\nHOST: h\r\nX-ODD-case: 1\r\nAccept: b\r\nETag: \r\n"
    );
}

#[test]
fn forbidden_fields_are_not_there() {
    let head = sent(
        &[
            ("PROXY", "http://evil.example/"),
            ("Host", "h"),
            ("X_Auth", "evil"),
        ],
        BodyLength::None,
    );
    assert_eq!(all_raw(&head), "Host: h\r\n");
}

#[test]
fn a_length_that_was_wrong_is_there_corrected_and_once() {
    let fields = [
        ("Host", "h"),
        ("Content-LENGTH", "6"),
        ("A", "1"),
        ("content-length", "5"),
    ];
    assert_eq!(
        all_raw(&sent(&fields, BodyLength::Known(5))),
        "Host: h\r\nContent-LENGTH: 5\r\nA: 1\r\n"
    );
    assert_eq!(
        all_raw(&sent(&fields, BodyLength::Unknown)),
        "Host: h\r\nA: 1\r\n"
    );
}

#[test]
fn what_was_added_on_the_way_comes_last_and_what_was_replaced_in_its_place() {
    let head = head(|parts| {
        let fields = [("host", "h"), ("x-FORWARDED-for", "1"), ("B", "2")];
        parts.headers = super::headers(&fields);
        parts
            .headers
            .insert("x-forwarded-for", "9".parse().unwrap());
        parts.headers.append("b", "3".parse().unwrap());
        parts.headers.insert("x-request-id", "7".parse().unwrap());
        parts.raw_fields = Some(raw(&fields));
    });
    assert_eq!(
        all_raw(&head),
        "host: h\r\nx-FORWARDED-for: 9\r\nB: 2\r\nB: 3\r\nX-Request-Id: 7\r\n"
    );
}

/// The fields that ALL_RAW shows, in a map.
fn shown(text: &str) -> HeaderMap {
    let mut shown = HeaderMap::new();
    for line in text.split_terminator("\r\n") {
        let (name, value) = line.split_once(": ").unwrap();
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        shown.append(name, HeaderValue::from_str(value).unwrap());
    }
    shown
}

fn fields() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop::sample::select(vec![
        "A",
        "a",
        "B",
        "b",
        "C-d",
        "c-D",
        "Proxy",
        "x_y",
        "Content-Length",
    ]);
    let name = name.prop_map(str::to_owned);
    prop::collection::vec((name, "[0-9]{0,2}"), 0..8)
}

fn borrowed(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    let fields = fields.iter();
    fields.map(|(name, value)| (&**name, &**value)).collect()
}

proptest! {
    /// Whether the raw fields belong to the head or to another one.
    #[test]
    fn all_raw_has_exactly_the_unambiguous_fields_of_the_head(real in fields(), wrote in fields()) {
        let head = head(|parts| {
            let mut real = borrowed(&real);
            real.push(("host", "h"));
            parts.headers = super::headers(&real);
            parts.raw_fields = Some(raw(&borrowed(&wrote)));
        });
        let mut unambiguous = head.headers().clone();
        unambiguous.remove("x_y");
        prop_assert_eq!(shown(&all_raw(&head)), unambiguous);
    }
}
