use proptest::prelude::*;

use super::{call, fields};
use crate::response_head::{HeadError, ResponseHead};

#[test]
fn status_texts_are_understood() {
    let rows: &[(&str, u16, Option<&str>)] = &[
        ("", 200, None),
        ("   ", 200, None),
        ("\0", 200, None),
        ("200 OK", 200, None),
        ("200", 200, None),
        ("200 OK\r\n", 200, None),
        ("200 OK\0", 200, None),
        ("200 OK\0garbage\r\nX: y", 200, None),
        (" 404 Not Found ", 404, None),
        ("404\tNot Found", 404, None),
        ("404 Nothing Here", 404, Some("Nothing Here")),
        ("200 ok", 200, Some("ok")),
        ("HTTP/1.1 200 OK", 200, None),
        ("HTTP/1.0 404 Not Found", 404, None),
        ("HTTP/1.1  302  Object moved", 302, Some("Object moved")),
        ("http/1.1 200 OK", 200, None),
        ("HTTP/2 200", 200, None),
        ("599 Custom", 599, Some("Custom")),
        ("999", 999, None),
        ("418 I\u{2019}m a teapot", 418, Some("I\u{2019}m a teapot")),
    ];
    for (text, status, reason) in rows {
        let (head, taken) = call(text, "").unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(head.status(), *status, "{text:?}");
        let head_reason = head
            .reason()
            .map(|reason| std::str::from_utf8(reason).unwrap());
        assert_eq!(head_reason, *reason, "{text:?}");
        assert_eq!(taken, 0);
    }
    let (head, _) = ResponseHead::from_header_call(None, b"").unwrap();
    assert_eq!(head, ResponseHead::new(http::StatusCode::OK));
}

#[test]
fn bad_status_texts_are_refused() {
    use HeadError::*;
    let rows = [
        ("OK", InvalidStatus),
        ("20", InvalidStatus),
        ("2000", InvalidStatus),
        ("099 X", InvalidStatus),
        ("-200", InvalidStatus),
        ("+20 X", InvalidStatus),
        ("200OK", InvalidStatus),
        ("404.7 Not Found", InvalidStatus),
        ("2\u{b9}0", InvalidStatus),
        ("200 OK\r\nX: y", InvalidStatus),
        ("200 OK\nX: y", InvalidStatus),
        ("200 O\rK", InvalidStatus),
        ("200 \x1b[31m", InvalidStatus),
        ("200 a\x7fb", InvalidStatus),
        ("100 Continue", InformationalStatus),
        ("101 Switching Protocols", InformationalStatus),
        ("HTTP/1.1", InvalidVersion),
        ("HTTP/ 200", InvalidVersion),
        ("HTTP/1.1.1 200", InvalidVersion),
        ("HTTP/x 200", InvalidVersion),
        ("HTTP/1.1 OK", InvalidStatus),
        ("HTTP/1.1 100 Continue", InformationalStatus),
        ("HTTPS 200", InvalidStatus),
    ];
    for (text, error) in rows {
        assert_eq!(call(text, "A: b\r\n\r\n"), Err(error), "{text:?}");
    }
}

type Fields = &'static [(&'static str, &'static str)];

#[test]
fn a_block_ends_at_its_blank_line_and_the_rest_is_body() {
    let rows: &[(&str, Fields, usize)] = &[
        ("", &[], 0),
        ("\r\n", &[], 2),
        ("\n", &[], 1),
        ("\r\nbody", &[], 2),
        ("A: b\r\n\r\n", &[("a", "b")], 8),
        ("A: b\r\n\r\nbody: x\r\n\r\n", &[("a", "b")], 8),
        ("A: b\n\nbody", &[("a", "b")], 6),
        ("A: b\r\n\nbody", &[("a", "b")], 7),
        ("A: b\n\r\nbody", &[("a", "b")], 7),
        ("A: b\nC: d\r\n\r\n\r\n", &[("a", "b"), ("c", "d")], 13),
        // Closed for the author.
        ("A: b", &[("a", "b")], 4),
        ("A: b\r", &[("a", "b")], 5),
        ("A: b\r\n", &[("a", "b")], 6),
        ("A: b\r\nC: d", &[("a", "b"), ("c", "d")], 10),
        // The terminator counted by mistake.
        ("A: b\r\n\r\n\0", &[("a", "b")], 9),
        ("A: b\r\n\0", &[("a", "b")], 7),
        ("A: b\0", &[("a", "b")], 5),
        ("\0", &[], 1),
        // A NUL in the body is the body's own.
        ("A: b\r\n\r\nbody\0", &[("a", "b")], 8),
        ("A: b\r\n\r\n\0\0", &[("a", "b")], 8),
    ];
    for (block, expected, taken) in rows {
        let (head, bytes) = call("200 OK", block).unwrap_or_else(|e| panic!("{block:?}: {e}"));
        assert_eq!(
            (fields(&head).as_slice(), bytes),
            (*expected, *taken),
            "{block:?}"
        );
    }
}

#[test]
fn values_are_trimmed_and_continued_lines_are_joined() {
    let rows: &[(&str, Fields)] = &[
        ("A:b\r\n", &[("a", "b")]),
        ("A: \t b \t\r\n", &[("a", "b")]),
        ("A:\r\n", &[("a", "")]),
        ("A: b:c\r\n", &[("a", "b:c")]),
        ("A: b\r\n c\r\n", &[("a", "b c")]),
        (
            "A: b\r\n\t\tc\r\n  d\r\nE: f\r\n",
            &[("a", "b c d"), ("e", "f")],
        ),
        ("A: b\n c\n\n", &[("a", "b c")]),
        ("A:\r\n b\r\n", &[("a", "b")]),
        ("A: b\r\n \r\nC: d\r\n", &[("a", "b"), ("c", "d")]),
        (
            "Set-Cookie: a=1\r\nX: y\r\nSet-Cookie: b=2\r\n",
            &[("set-cookie", "a=1"), ("x", "y"), ("set-cookie", "b=2")],
        ),
    ];
    for (block, expected) in rows {
        let (head, _) = call("200 OK", block).unwrap_or_else(|error| panic!("{block:?}: {error}"));
        assert_eq!(fields(&head), *expected, "{block:?}");
    }
    let (head, _) = ResponseHead::from_header_call(None, b"A: caf\xe9\r\n\r\n").unwrap();
    assert_eq!(
        head.fields()[0].1.as_bytes(),
        b"caf\xe9",
        "bytes above ASCII pass"
    );
}

#[test]
fn lines_that_could_split_a_response_are_refused() {
    use HeadError::*;
    let rows: &[(&str, HeadError)] = &[
        ("A: b\rC: d\r\n\r\n", BareCarriageReturn),
        ("A: b\r\r\n\r\n", BareCarriageReturn),
        ("\rA: b\r\n\r\n", BareCarriageReturn),
        ("A\r: b\r\n\r\n", BareCarriageReturn),
        ("A: b\r\n c\rd\r\n\r\n", BareCarriageReturn),
        ("A: b\0c\r\n\r\n", NulByte),
        ("A: b\0\r\n\r\n", NulByte),
        ("A: b\r\n c\0\r\n\r\n", NulByte),
        ("A\0: b\r\n\r\n", NulByte),
        ("A: b\0\0", NulByte),
        ("no colon\r\n\r\n", InvalidLine),
        ("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", InvalidLine),
        ("A: b\r\nGET / HTTP/1.1\r\n\r\n", InvalidLine),
        (" A: b\r\n\r\n", InvalidLine),
        ("\tA: b\r\n\r\n", InvalidLine),
        (" \r\nA: b\r\n\r\n", InvalidLine),
        (": b\r\n\r\n", InvalidName),
        ("A : b\r\n\r\n", InvalidName),
        ("A b: c\r\n\r\n", InvalidName),
        ("A\t: c\r\n\r\n", InvalidName),
        ("(A): c\r\n\r\n", InvalidName),
        ("<A>: c\r\n\r\n", InvalidName),
        ("A\u{e9}: c\r\n\r\n", InvalidName),
        ("A\x01: c\r\n\r\n", InvalidName),
        ("A: b\x01\r\n\r\n", InvalidValue),
        ("A: b\x1b[31m\r\n\r\n", InvalidValue),
        ("A: b\x7fc\r\n\r\n", InvalidValue),
        ("A: b\x0b\r\n\r\n", InvalidValue),
        ("A: \x0c\r\n\r\n", InvalidValue),
        ("A: b\x08\r\n\r\n", InvalidValue),
    ];
    for (block, error) in rows {
        assert_eq!(call("200 OK", block), Err(*error), "{block:?}");
    }
}

#[test]
fn a_status_field_counts_only_where_no_status_was_given() {
    let (head, _) = call("", "Status: 404 Nothing\r\nA: b\r\n\r\n").unwrap();
    assert_eq!(
        (head.status().as_u16(), head.reason().map(|r| r.as_ref())),
        (404, Some(&b"Nothing"[..]))
    );
    assert_eq!(fields(&head), [("a", "b")]);

    let (head, _) = ResponseHead::from_header_call(None, b"A: b\r\nstatus: 302\r\n").unwrap();
    assert_eq!(
        (head.status().as_u16(), fields(&head)),
        (302, vec![("a", "b")])
    );

    let (head, _) = call("200 OK", "Status: 404 Nothing\r\n\r\n").unwrap();
    assert_eq!(
        (head.status().as_u16(), fields(&head)),
        (200, vec![("status", "404 Nothing")])
    );

    assert_eq!(
        call("", "Status: nothing\r\n\r\n"),
        Err(HeadError::InvalidStatus)
    );
}

#[test]
fn a_head_may_have_64_kib_and_no_byte_more() {
    let block = |length: usize| format!("A: {}\r\n\r\n", "x".repeat(length - 7));
    let longest = block(ResponseHead::MAX_LENGTH);
    let (_, taken) = call("200 OK", &(longest + "body")).unwrap();
    assert_eq!(taken, 65_536);
    assert_eq!(
        call("200 OK", &block(ResponseHead::MAX_LENGTH + 1)),
        Err(HeadError::TooLong)
    );

    let open = format!("A: {}", "x".repeat(ResponseHead::MAX_LENGTH - 3));
    assert!(call("200 OK", &open).is_ok());
    assert_eq!(call("200 OK", &(open + "x")), Err(HeadError::TooLong));

    let body = "x".repeat(1024 * 1024);
    assert_eq!(call("200 OK", &format!("A: b\r\n\r\n{body}")).unwrap().1, 8);
}

proptest! {
    /// Whatever comes out can be written on the wire and means one head there.
    #[test]
    fn what_is_accepted_cannot_split_a_response(
        status in prop::collection::vec(prop::sample::select(b"2 0OK\r\n\0:HTP/1.".as_slice()), 0..16),
        block in prop::collection::vec(prop::sample::select(b"aB-: \t\r\n\0,1\x0b\xe9".as_slice()), 0..40),
    ) {
        let Ok((head, taken)) = ResponseHead::from_header_call(Some(&status), &block) else {
            return Ok(());
        };
        prop_assert!(taken <= block.len());
        let breaks = |text: &[u8]| text.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0));
        prop_assert!(!head.reason().is_some_and(|reason| breaks(reason)));
        for (name, value) in head.fields() {
            prop_assert!(!breaks(name.as_str().as_bytes()) && !breaks(value.as_bytes()));
        }
    }
}
