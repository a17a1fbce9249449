//! `HSE_REQ_ASYNC_READ_CLIENT` with every flag, pointer and length.
#![cfg(unix)]

use std::ffi::c_void;
use std::ptr;

use isapi_abi::{HSE_IO_ASYNC, HSE_IO_NODELAY, HSE_IO_SYNC, HSE_REQ_ASYNC_READ_CLIENT};
use isapi_guard_pages::{CANARY, Ecb, Edge, Host, Memory};

const INVALID_PARAMETER: u32 = 87;

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("small")
}

fn read(ecb: Ecb, buffer: *mut c_void, size: *mut u32, flags: *mut u32) -> Result<(), u32> {
    // SAFETY: the tests leave the buffer to the operation until its completion.
    unsafe { ecb.support(HSE_REQ_ASYNC_READ_CLIENT, buffer, size, flags) }
}

#[test]
fn an_asynchronous_read_fills_no_byte_more_than_its_size() {
    const LONGEST: usize = 40;
    let body: Vec<u8> = (0..=250)
        .cycle()
        .take(2 * LONGEST * (LONGEST + 1))
        .collect();
    let expected = body.clone();
    Host::without_read_ahead().post(body, move |ecb| {
        let completions = ecb.completions();
        let (mut buffer, mut size, mut flags) = (Memory::new(), Memory::new(), Memory::new());
        let mut expected = expected.as_slice();
        for length in 1..=LONGEST {
            for edge in Edge::ALL {
                let place = buffer.put_empty(edge, length);
                let count = size.put_value(edge, number(length));
                let mode = flags.put_value(edge, HSE_IO_ASYNC);
                assert_eq!(read(ecb, place, count, mode), Ok(()), "{length}");
                let (bytes, error) = completions.next();
                assert_eq!(error, 0);
                let came = usize::try_from(bytes).expect("small");
                assert!((1..=length).contains(&came), "{came} of {length}");
                let (written, rest) = buffer.content().split_at(came);
                assert_eq!(written, &expected[..came]);
                assert!(rest.iter().all(|byte| *byte == CANARY));
                expected = &expected[came..];
                for memory in [&buffer, &size, &flags] {
                    memory.assert_intact();
                }
            }
        }
        completions.assert_none();
    });
}

#[test]
fn an_asynchronous_read_needs_its_pointers_and_its_flag() {
    Host::without_read_ahead().post(&b"abc"[..], |ecb| {
        let completions = ecb.completions();
        let (mut buffer, mut size, mut flags) = (Memory::new(), Memory::new(), Memory::new());
        for edge in Edge::ALL {
            let place = buffer.put_empty(edge, 3);
            let count = size.put_value(edge, 3);
            for has_buffer in [false, true] {
                for has_size in [false, true] {
                    for flag in (0..32).map(|bit| Some(1 << bit)).chain([
                        None,
                        Some(0),
                        Some(HSE_IO_ASYNC),
                        Some(HSE_IO_ASYNC | HSE_IO_SYNC),
                        Some(HSE_IO_ASYNC | HSE_IO_NODELAY),
                        Some(u32::MAX),
                    ]) {
                        if has_buffer && has_size && flag == Some(HSE_IO_ASYNC) {
                            continue;
                        }
                        let place = if has_buffer { place } else { ptr::null_mut() };
                        let count = if has_size { count } else { ptr::null_mut() };
                        let mode = flag.map_or(ptr::null_mut(), |flag| flags.put_value(edge, flag));
                        let answer = read(ecb, place, count, mode);
                        assert_eq!(answer, Err(INVALID_PARAMETER), "{flag:x?}");
                        buffer.assert_untouched();
                        size.assert_intact();
                        flags.assert_intact();
                    }
                }
            }
        }
        completions.assert_none();
    });
}
