use http::header::{CONNECTION, CONTENT_LENGTH, LOCATION, TRANSFER_ENCODING};
use http::{HeaderValue, StatusCode};

use super::{call, fields};
use crate::response_head::{HeadError, ResponseHead};

#[test]
fn fields_of_the_connection_are_removed() {
    let block = "A: b\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\nTrailer: X\r\n\
                 Upgrade: h2c\r\nProxy-Connection: close\r\nTransfer-Encoding: identity\r\nC: d\r\n\r\n";
    let (head, _) = call("200 OK", block).unwrap();
    assert_eq!(fields(&head), [("a", "b"), ("c", "d")]);
    assert!(!head.wants_close() && !head.is_chunked());
}

#[test]
fn connection_close_is_remembered() {
    for (value, close) in [
        ("close", true),
        ("Close", true),
        ("keep-alive, close", true),
        ("x,close ,y", true),
        ("closed", false),
        ("keep-alive", false),
        ("", false),
    ] {
        let (head, _) = call("200 OK", &format!("Connection: {value}\r\n\r\n")).unwrap();
        assert_eq!(head.wants_close(), close, "{value:?}");
    }
    let mut head = ResponseHead::new(StatusCode::OK);
    head.set_close();
    assert!(head.wants_close());
}

type Length = Result<Option<u64>, HeadError>;

#[test]
fn lengths_are_decimal_and_agree() {
    use HeadError::*;
    let rows: &[(&[&str], Length)] = &[
        (&[], Ok(None)),
        (&["0"], Ok(Some(0))),
        (&["5"], Ok(Some(5))),
        (&["005"], Ok(Some(5))),
        (&["18446744073709551615"], Ok(Some(u64::MAX))),
        (&["5", "5"], Ok(Some(5))),
        (&["5", "6"], Err(ConflictingContentLength)),
        (&["18446744073709551616"], Err(InvalidContentLength)),
        (&[""], Err(InvalidContentLength)),
        (&["-5"], Err(InvalidContentLength)),
        (&["+5"], Err(InvalidContentLength)),
        (&["0x5"], Err(InvalidContentLength)),
        (&["5 5"], Err(InvalidContentLength)),
        (&["5, 5"], Err(InvalidContentLength)),
        (&["5.0"], Err(InvalidContentLength)),
        (&["five"], Err(InvalidContentLength)),
    ];
    for (values, expected) in rows {
        let block: String = values
            .iter()
            .map(|value| format!("Content-Length: {value}\r\n"))
            .collect();
        let length = call("200 OK", &block).map(|(head, _)| {
            let sent = head
                .fields()
                .iter()
                .filter(|(name, _)| *name == CONTENT_LENGTH)
                .count();
            assert_eq!(
                sent,
                usize::from(!values.is_empty()),
                "sent once at most: {values:?}"
            );
            head.content_length()
        });
        assert_eq!(length, *expected, "{values:?}");
    }
}

#[test]
fn chunked_drops_the_length_wherever_it_stands() {
    let blocks = [
        "Transfer-Encoding: chunked\r\nA: b\r\n",
        "Content-Length: 5\r\nA: b\r\nTransfer-Encoding: Chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\nA: b\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\nA: b\r\nContent-Length: 6\r\n",
        "Transfer-Encoding: identity, chunked\r\nA: b\r\n",
        "Transfer-Encoding: , chunked ,\r\nA: b\r\n",
    ];
    for block in blocks {
        let (head, _) = call("200 OK", block).unwrap_or_else(|error| panic!("{block:?}: {error}"));
        assert!(head.is_chunked(), "{block:?}");
        assert_eq!(
            (head.content_length(), fields(&head)),
            (None, vec![("a", "b")]),
            "{block:?}"
        );
    }
}

#[test]
fn other_transfer_codings_are_refused() {
    for value in [
        "gzip",
        "gzip, chunked",
        "chunked, gzip",
        "chunked, chunked",
        "xchunked",
        "chunked;q=1",
    ] {
        let head = call("200 OK", &format!("Transfer-Encoding: {value}\r\n\r\n"));
        assert_eq!(
            head,
            Err(HeadError::UnsupportedTransferEncoding),
            "{value:?}"
        );
    }
    let twice = "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_eq!(
        call("200 OK", twice),
        Err(HeadError::UnsupportedTransferEncoding)
    );
}

#[test]
fn a_bad_length_is_an_offence_even_beside_chunked() {
    let block = "Transfer-Encoding: chunked\r\nContent-Length: x\r\n\r\n";
    assert_eq!(call("200 OK", block), Err(HeadError::InvalidContentLength));
}

#[test]
fn fields_of_the_host_are_added_under_the_same_rules() {
    let head = ResponseHead::new(StatusCode::FOUND)
        .with_field(LOCATION, HeaderValue::from_static("/there"))
        .with_field(CONTENT_LENGTH, HeaderValue::from_static("0"))
        .with_field(CONTENT_LENGTH, HeaderValue::from_static("1"))
        .with_field(CONTENT_LENGTH, HeaderValue::from_static("x"))
        .with_field(CONNECTION, HeaderValue::from_static("close"));
    assert_eq!(
        fields(&head),
        [("location", "/there"), ("content-length", "0")]
    );
    assert_eq!((head.content_length(), head.wants_close()), (Some(0), true));
    let head = head.with_field(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    assert_eq!((head.content_length(), head.is_chunked()), (None, true));
}
