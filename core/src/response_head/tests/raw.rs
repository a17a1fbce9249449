use proptest::prelude::*;

use super::fields;
use crate::response_head::{HeadError, ResponseHead};

#[test]
fn a_raw_head_is_a_status_line_fields_and_a_blank_line() {
    let data = b"HTTP/1.1 404 Nothing Here\r\nA: b\r\n c\r\nContent-Length: 4\r\n\r\nbody";
    let (head, taken) = ResponseHead::parse_raw(data).unwrap().unwrap();
    assert_eq!(head.status(), 404);
    assert_eq!(
        head.reason().map(|reason| reason.as_ref()),
        Some(&b"Nothing Here"[..])
    );
    assert_eq!(fields(&head), [("a", "b c"), ("content-length", "4")]);
    assert_eq!(&data[taken..], b"body");

    let (head, taken) = ResponseHead::parse_raw(b"HTTP/1.0 200\n\n")
        .unwrap()
        .unwrap();
    assert_eq!(
        (head.status().as_u16(), head.fields().len(), taken),
        (200, 0, 14)
    );
}

#[test]
fn a_raw_head_without_its_blank_line_goes_on() {
    for data in [
        "",
        "H",
        "HTTP",
        "HTTP/",
        "HTTP/1.1 200 OK",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n",
        "HTTP/1.1 200 OK\r\nA: b\r\n\r",
    ] {
        assert_eq!(
            ResponseHead::parse_raw(data.as_bytes()),
            Ok(None),
            "{data:?}"
        );
    }
}

#[test]
fn bad_raw_heads_are_refused() {
    use HeadError::*;
    let rows: &[(&str, HeadError)] = &[
        ("hello", InvalidVersion),
        ("http/1.1 200 OK\r\n\r\n", InvalidVersion),
        ("HTTX", InvalidVersion),
        ("\r\nHTTP/1.1 200 OK\r\n\r\n", InvalidVersion),
        ("HTTP/1.1\r\n\r\n", InvalidVersion),
        ("HTTP/11 200 OK\r\n\r\n", InvalidVersion),
        ("HTTP/a.b 200 OK\r\n\r\n", InvalidVersion),
        ("HTTP/ 200 OK\r\n\r\n", InvalidVersion),
        ("HTTP/1.1 \r\n\r\n", InvalidStatus),
        ("HTTP/1.1 2xx OK\r\n\r\n", InvalidStatus),
        ("HTTP/1.1 200 O\x01K\r\n\r\n", InvalidStatus),
        ("HTTP/1.1 100 Continue\r\n\r\n", InformationalStatus),
        ("HTTP/1.1 200 O\rK\r\n\r\n", BareCarriageReturn),
        ("HTTP/1.1 200 O\0K\r\n\r\n", NulByte),
        ("HTTP/1.1 200 OK\r\nA: b\rC: d\r\n\r\n", BareCarriageReturn),
        ("HTTP/1.1 200 OK\r\nA: \0\r\n\r\n", NulByte),
        ("HTTP/1.1 200 OK\r\n A: b\r\n\r\n", InvalidLine),
        ("HTTP/1.1 200 OK\r\nHTTP/1.1 200 OK\r\n\r\n", InvalidLine),
        ("HTTP/1.1 200 OK\r\nA : b\r\n\r\n", InvalidName),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            ConflictingContentLength,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
            UnsupportedTransferEncoding,
        ),
    ];
    for (data, error) in rows {
        assert_eq!(
            ResponseHead::parse_raw(data.as_bytes()),
            Err(*error),
            "{data:?}"
        );
    }
}

#[test]
fn a_status_field_is_an_ordinary_one_beside_a_status_line() {
    let data = b"HTTP/1.1 200 OK\r\nStatus: 404 Nothing\r\n\r\n";
    let (head, _) = ResponseHead::parse_raw(data).unwrap().unwrap();
    assert_eq!(
        (head.status().as_u16(), fields(&head)),
        (200, vec![("status", "404 Nothing")])
    );
}

#[test]
fn a_raw_head_may_have_64_kib_and_no_byte_more() {
    let head = |length: usize| format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(length - 24));
    let longest = head(ResponseHead::MAX_LENGTH);
    assert_eq!(
        ResponseHead::parse_raw(longest.as_bytes())
            .unwrap()
            .unwrap()
            .1,
        65_536
    );
    let before_the_end = &longest.as_bytes()[..ResponseHead::MAX_LENGTH - 1];
    assert_eq!(ResponseHead::parse_raw(before_the_end), Ok(None));

    let too_long = head(ResponseHead::MAX_LENGTH + 1);
    assert_eq!(
        ResponseHead::parse_raw(too_long.as_bytes()),
        Err(HeadError::TooLong)
    );
    let without_end = &too_long.as_bytes()[..ResponseHead::MAX_LENGTH];
    assert_eq!(
        ResponseHead::parse_raw(without_end),
        Err(HeadError::TooLong)
    );
}

/// What a caller does that collects writes until the head is complete.
fn parse_collected(data: &[u8], cut: usize) -> Result<Option<(ResponseHead, usize)>, HeadError> {
    match ResponseHead::parse_raw(&data[..cut]) {
        Ok(None) => ResponseHead::parse_raw(data),
        early => early,
    }
}

#[test]
fn a_cut_anywhere_changes_nothing() {
    let heads: [&[u8]; 5] = [
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX: a\r\n b\r\n\r\nbody\r\n\r\nmore",
        b"HTTP/1.1 200 OK\nA: b\n\nbody\n\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\nbody",
        b"<html>\r\n\r\n",
    ];
    for data in heads {
        let whole = ResponseHead::parse_raw(data);
        for cut in 0..=data.len() {
            assert_eq!(
                parse_collected(data, cut),
                whole,
                "cut at {cut}: {}",
                data.escape_ascii()
            );
        }
    }
}

proptest! {
    #[test]
    fn a_cut_changes_nothing_for_any_bytes(
        rest in prop::collection::vec(prop::sample::select(b"aB-: \t\r\n\n\0,1\x0b\xe9".as_slice()), 0..60),
        cut in any::<prop::sample::Index>(),
    ) {
        let data = [b"HTTP/1.1 200 OK\r\n".as_slice(), &rest].concat();
        let cut = cut.index(data.len() + 1);
        prop_assert_eq!(parse_collected(&data, cut), ResponseHead::parse_raw(&data));
    }
}
