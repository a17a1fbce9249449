//! Parts of files that a backend has at once, or says that it has.

use bytes::Bytes;
use isapi_abi::{HSE_STATUS_PENDING, HSE_STATUS_SUCCESS, HSE_TF_INFO};
use isapi_bridge::{ReadyRange, Transport};

use crate::backend::{MemoryBackend, MemoryFile, RangeOf, handle};
use crate::exchange::{Host, exchange};
use crate::transmit_file::{info, transmit};

/// More than is read at once, and in one piece where it is mapped.
const LONG: usize = 100_000;

/// What the file has, and what the backend has of it at once: not the same, to tell them apart.
const OF_THE_FILE: u8 = b'f';
const AT_ONCE: u8 = b'r';

fn read(length: usize) -> Option<ReadyRange> {
    Some(ReadyRange::Read(Bytes::from(vec![AT_ONCE; length])))
}

fn mapped(length: usize) -> Option<ReadyRange> {
    Some(ReadyRange::Mapped(Bytes::from(vec![AT_ONCE; length])))
}

/// The body of a response that sends `length` bytes of a file, which 0 stands for all of.
fn sent(length: usize, mapped_files: bool, file_range: RangeOf) -> Vec<u8> {
    let backend = MemoryBackend::with_file_range(file_range);
    let (number, _) = backend.open_file(MemoryFile::new(vec![OF_THE_FILE; LONG]));
    let mut host = Host::with(backend, |builder| builder);
    host.transport = Transport {
        mapped_files,
        ..Transport::default()
    };
    let session = host.get(move |ecb| {
        ecb.send_header("200 OK", "\r\n").expect("first head");
        ecb.on_completion(|ecb, _, error| {
            assert_eq!(error, 0);
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        let range = HSE_TF_INFO {
            hFile: handle(number),
            BytesToWrite: length.try_into().expect("fits"),
            ..info()
        };
        assert_eq!(transmit(ecb, range), Ok(()));
        HSE_STATUS_PENDING
    });
    exchange(&session, &[]).body
}

#[test]
fn a_range_that_is_had_at_once_is_sent() {
    assert_eq!(sent(1000, false, |_| read(1000)), [AT_ONCE; 1000]);
    assert_eq!(sent(0, false, |_| read(7)), [AT_ONCE; 7]);
    assert!(sent(LONG, true, |_| mapped(LONG)) == [AT_ONCE; LONG]);
    assert!(sent(0, true, |_| mapped(LONG)) == [AT_ONCE; LONG]);
}

#[test]
fn a_range_of_another_length_is_not_taken() {
    let of_another_length: [RangeOf; 4] =
        [|_| read(999), |_| read(1001), |_| read(0), |_| mapped(LONG)];
    for file_range in of_another_length {
        assert_eq!(sent(1000, true, file_range), [OF_THE_FILE; 1000]);
    }
    assert!(sent(LONG, true, |_| mapped(LONG - 1)) == [OF_THE_FILE; LONG]);
}

#[test]
fn a_mapping_is_not_taken_where_its_bytes_would_be_read() {
    for length in [0, LONG] {
        assert!(sent(length, false, |_| mapped(LONG)) == [OF_THE_FILE; LONG]);
    }
    assert_eq!(sent(1000, true, |_| mapped(1000)), [OF_THE_FILE; 1000]);
}

#[test]
fn no_more_is_taken_than_may_be_read_at_once() {
    for length in [0, LONG] {
        assert!(sent(length, false, |_| read(LONG)) == [OF_THE_FILE; LONG]);
    }
}
