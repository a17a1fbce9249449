//! `ReadClient` and `WriteClient` with every size, pointer and flag.
#![cfg(unix)]

use std::ptr;

use http::StatusCode;
use isapi_abi::{HSE_IO_ASYNC, HSE_IO_NODELAY, HSE_IO_SYNC};
use isapi_guard_pages::{CANARY, Edge, Host, Memory};

const INVALID_PARAMETER: u32 = 87;

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("small")
}

/// The bytes that are sent either way.
fn content(length: usize) -> Vec<u8> {
    (0..=250).cycle().take(length).collect()
}

#[test]
fn a_read_fills_no_byte_more_than_its_size() {
    const LONGEST: usize = 40;
    let body = content(4 * LONGEST * (LONGEST + 1) / 2);
    let expected = body.clone();
    Host::without_read_ahead().post(body, move |ecb| {
        let (mut buffer, mut size) = (Memory::new(), Memory::new());
        let mut expected = expected.as_slice();
        for length in 0..=LONGEST {
            for edge in Edge::ALL {
                let place = buffer.put_empty(edge, length);
                let count = size.put_value(edge, number(length));
                // SAFETY: the buffer has the size that is given.
                let answer = unsafe { ecb.read(place, count) };
                assert_eq!(answer, Ok(()), "{length}, {edge:?}");
                buffer.assert_intact();
                size.assert_intact();
                let read = usize::try_from(size.value::<u32>()).expect("small");
                assert!(read <= length, "{length}, {edge:?}");
                assert!(read > 0 || length == 0, "{length}, {edge:?}");
                let (came, rest) = buffer.content().split_at(read);
                assert_eq!(came, &expected[..read], "{length}, {edge:?}");
                assert!(rest.iter().all(|byte| *byte == CANARY));
                expected = &expected[read..];
            }
        }
    });
}

#[test]
fn a_read_behind_the_end_writes_nothing() {
    Host::without_read_ahead().post(&b"abc"[..], |ecb| {
        let (mut buffer, mut size) = (Memory::new(), Memory::new());
        let mut left = 3;
        while left > 0 {
            let place = buffer.put_empty(Edge::End, left);
            let count = size.put_value(Edge::End, number(left));
            // SAFETY: the buffer has the size that is given.
            unsafe { ecb.read(place, count) }.expect("a body");
            left -= usize::try_from(size.value::<u32>()).expect("small");
        }
        for length in 0..=8 {
            for edge in Edge::ALL {
                let place = buffer.put_empty(edge, length);
                let count = size.put_value(edge, number(length));
                // SAFETY: the buffer has the size that is given.
                assert_eq!(unsafe { ecb.read(place, count) }, Ok(()));
                assert_eq!(size.value::<u32>(), 0);
                buffer.assert_untouched();
                size.assert_intact();
            }
        }
    });
}

#[test]
fn a_read_to_nowhere_is_refused_and_takes_nothing() {
    Host::without_read_ahead().post(&b"abc"[..], |ecb| {
        let (mut buffer, mut size) = (Memory::new(), Memory::new());
        for edge in Edge::ALL {
            for given in [1, 3, u32::MAX] {
                let count = size.put_value(edge, given);
                // SAFETY: null pointers are allowed.
                let answer = unsafe { ecb.read(ptr::null_mut(), count) };
                assert_eq!(answer, Err(INVALID_PARAMETER));
                size.assert_intact();
            }
            let place = buffer.put_empty(edge, 3);
            // SAFETY: as above; without a size nothing is written anywhere.
            unsafe {
                assert_eq!(ecb.read(place, ptr::null_mut()), Err(INVALID_PARAMETER));
                let none = ecb.read(ptr::null_mut(), ptr::null_mut());
                assert_eq!(none, Err(INVALID_PARAMETER));
            }
            buffer.assert_untouched();
            // No bytes may be read to nowhere.
            let count = size.put_value(edge, 0);
            // SAFETY: as above.
            assert_eq!(unsafe { ecb.read(ptr::null_mut(), count) }, Ok(()));
            assert_eq!(size.value::<u32>(), 0);
        }
        let place = buffer.put_empty(Edge::End, 3);
        let count = size.put_value(Edge::End, 3);
        // SAFETY: the buffer has the size that is given.
        assert_eq!(unsafe { ecb.read(place, count) }, Ok(()));
        assert_eq!(buffer.content()[0], b'a');
    });
}

#[test]
fn a_write_reads_no_byte_more_than_its_size() {
    const LONGEST: usize = 40;
    const FLAGS: [u32; 4] = [0, HSE_IO_SYNC, HSE_IO_NODELAY, HSE_IO_SYNC | HSE_IO_NODELAY];
    let host = Host::new();
    let answer = host.run(|ecb| {
        let (mut buffer, mut size) = (Memory::new(), Memory::new());
        for length in 0..=LONGEST {
            for edge in Edge::ALL {
                for flags in FLAGS {
                    let place = buffer.put(edge, &content(length));
                    let count = size.put_value(edge, number(length));
                    // SAFETY: the buffer has the size that is given.
                    let answer = unsafe { ecb.write(place, count, flags) };
                    assert_eq!(answer, Ok(()), "{length}, {edge:?}, {flags:#x}");
                    assert_eq!(size.value::<u32>(), number(length));
                    assert_eq!(buffer.content(), content(length));
                    buffer.assert_intact();
                    size.assert_intact();
                }
            }
        }
    });
    let each = Edge::ALL.len() * FLAGS.len();
    let expected: Vec<u8> = (0..=LONGEST)
        .flat_map(|length| content(length).repeat(each))
        .collect();
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.body.as_deref(), Some(expected.as_slice()));
}

#[test]
fn an_asynchronous_write_reads_no_byte_more_than_its_size() {
    const LONGEST: usize = 40;
    let host = Host::new();
    let answer = host.run(|ecb| {
        let (mut buffer, mut size) = (Memory::new(), Memory::new());
        let completions = ecb.completions();
        for length in 1..=LONGEST {
            for edge in Edge::ALL {
                let place = buffer.put(edge, &content(length));
                let count = size.put_value(edge, number(length));
                // SAFETY: the buffer has the size that is given, and stays until the completion.
                let answer = unsafe { ecb.write(place, count, HSE_IO_ASYNC) };
                assert_eq!(answer, Ok(()), "{length}, {edge:?}");
                assert_eq!(completions.next(), (number(length), 0));
                buffer.assert_intact();
                size.assert_intact();
            }
        }
        completions.assert_none();
    });
    let expected: Vec<u8> = (1..=LONGEST)
        .flat_map(|length| content(length).repeat(Edge::ALL.len()))
        .collect();
    assert_eq!(answer.body.as_deref(), Some(expected.as_slice()));
}

#[test]
fn a_write_with_unknown_flags_is_refused_and_reads_nothing() {
    let host = Host::new();
    let answer = host.run(|ecb| {
        let size = Memory::new();
        let known = HSE_IO_SYNC | HSE_IO_ASYNC | HSE_IO_NODELAY;
        let single = (0..32).map(|bit| 1 << bit).filter(|bit| bit & known == 0);
        let all = single.flat_map(|bit| (0..4).map(move |mode| bit | mode));
        let both = HSE_IO_SYNC | HSE_IO_ASYNC;
        for flags in all.chain([both, both | HSE_IO_NODELAY, u32::MAX]) {
            // SAFETY: with flags that mean nothing no pointer is followed.
            let answer = unsafe { ecb.write(size.forbidden(), size.forbidden(), flags) };
            assert_eq!(answer, Err(INVALID_PARAMETER), "{flags:#x}");
        }
    });
    assert_eq!(answer.body.as_deref(), Some(&b""[..]));
}

#[test]
fn a_write_from_nowhere_is_refused() {
    let host = Host::new();
    let answer = host.run(|ecb| {
        let (mut buffer, mut size) = (Memory::new(), Memory::new());
        for flags in [0, HSE_IO_SYNC, HSE_IO_ASYNC] {
            for edge in Edge::ALL {
                for given in [1, 100, u32::MAX] {
                    let count = size.put_value(edge, given);
                    // SAFETY: null pointers are allowed.
                    let answer = unsafe { ecb.write(ptr::null_mut(), count, flags) };
                    assert_eq!(answer, Err(INVALID_PARAMETER), "{flags}");
                    assert_eq!(size.value::<u32>(), given);
                    size.assert_intact();
                }
                let place = buffer.put(edge, b"abc");
                // SAFETY: as above; without a size nothing is read.
                let answer = unsafe { ecb.write(place, ptr::null_mut(), flags) };
                assert_eq!(answer, Err(INVALID_PARAMETER), "{flags}");
            }
        }
        // Without a completion routine nothing is accepted that would call it.
        let place = buffer.put(Edge::End, b"abc");
        let count = size.put_value(Edge::End, 3);
        // SAFETY: the buffer has the size that is given.
        let answer = unsafe { ecb.write(place, count, HSE_IO_ASYNC) };
        assert_eq!(answer, Err(INVALID_PARAMETER));
    });
    assert_eq!(answer.body.as_deref(), Some(&b""[..]));
}
