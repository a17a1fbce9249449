use bytes::Bytes;
use proptest::prelude::*;

use super::{ChunkDecoder, ChunkError};

/// Decodes the writes one by one; the data, and how it ended.
fn decode<'a>(writes: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Result<bool, ChunkError>) {
    let mut decoder = ChunkDecoder::new();
    let mut out = Vec::new();
    let result = writes
        .into_iter()
        .try_for_each(|write| decoder.decode(&Bytes::copy_from_slice(write), &mut out));
    assert!(
        out.iter().all(|data| !data.is_empty()),
        "an empty slice was appended"
    );
    (out.concat(), result.map(|()| decoder.is_finished()))
}

#[test]
fn bodies_decode_to_their_data() {
    let cases: &[(&[u8], &[u8])] = &[
        (b"0\r\n\r\n", b""),
        (b"5\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"5\nhello\n0\n\n", b"hello"),
        (b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", b"hello"),
        (b"0005\r\nhello\r\n000\r\n\r\n", b"hello"),
        (b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
        (b"a\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
        (b"5;name=value\r\nhello\r\n0;last\r\n\r\n", b"hello"),
        (b"5 ; name=\"a;b\"\r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"5  \r\nhello\r\n0\r\n\r\n", b"hello"),
        (b"2\r\n\r\n\r\n0\r\n\r\n", b"\r\n"),
        (b"0\r\nExpires: never\r\nX: y\r\n\r\n", b""),
        (b"0\nX: y\n\n", b""),
    ];
    for (body, data) in cases {
        let body_text = body.escape_ascii();
        assert_eq!(decode([*body]), (data.to_vec(), Ok(true)), "{body_text}");
    }
}

#[test]
fn offences_are_named() {
    let long_extension = [b"5;".as_slice(), &[b'x'; 17_000]].concat();
    let long_trailer = [b"0\r\n".as_slice(), &b"X: y\r\n".repeat(3_000)].concat();
    let cases: &[(&[u8], ChunkError)] = &[
        (b"\r\n", ChunkError::InvalidSize),
        (b"\n", ChunkError::InvalidSize),
        (b"-1\r\n", ChunkError::InvalidSize),
        (b"+5\r\n", ChunkError::InvalidSize),
        (b" 5\r\n", ChunkError::InvalidSize),
        (b"0x5\r\n", ChunkError::InvalidSize),
        (b"5 5\r\n", ChunkError::InvalidSize),
        (b"5_\r\n", ChunkError::InvalidSize),
        (b";a\r\n", ChunkError::InvalidSize),
        (b"5\0\r\n", ChunkError::InvalidSize),
        (b"hello", ChunkError::InvalidSize),
        (b"10000000000000000\r\n", ChunkError::SizeTooLarge),
        (b"fffffffffffffffff\r\n", ChunkError::SizeTooLarge),
        (b"5\rhello", ChunkError::BareCarriageReturn),
        (b"5\r\r\nhello", ChunkError::BareCarriageReturn),
        (b"5;a\rb\r\n", ChunkError::BareCarriageReturn),
        (b"0\r\nX: y\rz\r\n\r\n", ChunkError::BareCarriageReturn),
        (b"4\r\nhello\r\n", ChunkError::DataTooLong),
        (b"5\r\nhello0\r\n\r\n", ChunkError::DataTooLong),
        (b"5\r\nhello\r\r\n", ChunkError::DataTooLong),
        (b"0\r\n\r\nx", ChunkError::DataAfterEnd),
        (b"0\r\n\r\n0\r\n\r\n", ChunkError::DataAfterEnd),
        (&long_extension, ChunkError::LineTooLong),
        (&long_trailer, ChunkError::LineTooLong),
    ];
    for (body, error) in cases {
        let body_text = body[..body.len().min(40)].escape_ascii();
        assert_eq!(decode([*body]).1, Err(*error), "{body_text}");
        let bytewise = decode(body.chunks(1)).1;
        assert_eq!(bytewise, Err(*error), "byte by byte: {body_text}");
    }
}

#[test]
fn a_cut_anywhere_changes_nothing() {
    let body = b"4;x=y\r\nwiki\r\n6 \r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nA: b\r\n\r\n";
    let data = b"wikipedia in \r\n\r\nchunks.".to_vec();
    for first in 0..=body.len() {
        for second in first..=body.len() {
            let writes = [&body[..first], &body[first..second], &body[second..]];
            assert_eq!(
                decode(writes),
                (data.clone(), Ok(true)),
                "cut at {first} and {second}"
            );
        }
    }
    assert_eq!(decode(body.chunks(1)), (data, Ok(true)));
}

#[test]
fn a_body_is_finished_at_its_last_byte_and_not_before() {
    let body = b"3\r\nabc\r\n0\r\nA: b\r\n\r\n";
    for end in 0..body.len() {
        assert_eq!(decode([&body[..end]]).1, Ok(false), "after {end} bytes");
    }
    assert_eq!(decode([body.as_slice()]).1, Ok(true));
}

#[test]
fn an_error_stays() {
    let mut decoder = ChunkDecoder::new();
    let mut out = Vec::new();
    let bad = decoder.decode(&Bytes::from_static(b"2\r\nabc"), &mut out);
    assert_eq!(bad, Err(ChunkError::DataTooLong));
    assert_eq!(
        out,
        [Bytes::from_static(b"ab")],
        "what stood before the offence"
    );
    let good = decoder.decode(&Bytes::from_static(b"2\r\nab\r\n0\r\n\r\n"), &mut out);
    assert_eq!(good, Err(ChunkError::DataTooLong));
    assert!(!decoder.is_finished());
    assert!(!decoder.skip_data(1));
}

#[test]
fn the_data_shares_the_memory_of_the_write() {
    let write = Bytes::from_static(b"5\r\nhello\r\n");
    let mut out = Vec::new();
    ChunkDecoder::new().decode(&write, &mut out).unwrap();
    assert_eq!(out[0].as_ptr(), write[3..].as_ptr());
}

#[test]
fn the_largest_size_is_waited_for() {
    let mut decoder = ChunkDecoder::new();
    let mut out = Vec::new();
    decoder
        .decode(&Bytes::from_static(b"ffffffffffffffff\r\nabc"), &mut out)
        .unwrap();
    assert!(decoder.skip_data(u64::MAX - 4));
    decoder
        .decode(&Bytes::from_static(b"d\r\n0\r\n\r\n"), &mut out)
        .unwrap();
    assert!(decoder.is_finished());
    assert_eq!(out.concat(), b"abcd");
}

#[test]
fn a_file_is_skipped_only_inside_one_chunk() {
    let mut decoder = ChunkDecoder::new();
    let mut out = Vec::new();
    assert!(decoder.skip_data(0));
    assert!(!decoder.skip_data(1), "before the size");
    decoder
        .decode(&Bytes::from_static(b"a\r\nabc"), &mut out)
        .unwrap();
    assert!(
        !decoder.skip_data(8),
        "one byte more than the chunk has left"
    );
    assert!(decoder.skip_data(7));
    assert!(!decoder.skip_data(1), "behind the chunk");
    decoder
        .decode(&Bytes::from_static(b"\r\n0\r\n"), &mut out)
        .unwrap();
    assert!(!decoder.skip_data(1), "in the trailer");
    decoder
        .decode(&Bytes::from_static(b"\r\n"), &mut out)
        .unwrap();
    assert!(!decoder.skip_data(1), "after the end");
    assert!(decoder.is_finished());
}

proptest! {
    #[test]
    fn whatever_is_chunked_decodes_to_itself(
        chunks in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut body = Vec::new();
        for chunk in &chunks {
            body.extend(format!("{:x}\r\n", chunk.len()).bytes());
            body.extend(chunk);
            body.extend(b"\r\n");
        }
        body.extend(b"0\r\n\r\n");
        let (left, right) = body.split_at(cut.index(body.len() + 1));
        prop_assert_eq!(decode([left, right]), (chunks.concat(), Ok(true)));
    }

    #[test]
    fn any_bytes_decode_alike_at_once_and_bytewise(
        body in prop::collection::vec(prop::sample::select(b"0159af;x\r\n ".as_slice()), 0..60),
    ) {
        prop_assert_eq!(decode([body.as_slice()]), decode(body.chunks(1)));
    }
}
