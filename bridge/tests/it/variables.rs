//! `GetServerVariable` to the byte.

use std::ptr;

use isapi_abi::HSE_STATUS_SUCCESS;
use isapi_core::session::How;

use crate::exchange::{Host, exchange};
use crate::extension::{Ecb, last_error};

const CANARY: u8 = 0xa5;

/// Asks with a buffer of `capacity` bytes inside a larger one: the answer, the whole of it, and
/// the size.
fn ask(ecb: Ecb, name: &std::ffi::CStr, capacity: usize) -> (Result<(), u32>, Vec<u8>, usize) {
    let mut memory = vec![CANARY; capacity + 64];
    let mut size = u32::try_from(capacity).expect("small");
    let variable = ecb.block().GetServerVariable.expect("filled");
    // SAFETY: the buffer has room for `capacity` bytes.
    let answer = unsafe {
        let buffer = memory.as_mut_ptr().cast();
        variable(ecb.conn(), name.as_ptr().cast_mut(), buffer, &raw mut size)
    };
    let answer = if answer == 1 {
        Ok(())
    } else {
        Err(last_error())
    };
    (answer, memory, usize::try_from(size).expect("fits"))
}

#[test]
fn every_size_from_nothing_to_more_than_enough_is_answered_to_the_byte() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let narrow = b"example.org\0".to_vec();
        let wide = narrow
            .iter()
            .flat_map(|byte| u16::from(*byte).to_ne_bytes())
            .collect();
        for (name, value) in [(c"SERVER_NAME", narrow), (c"UNICODE_SERVER_NAME", wide)] {
            for capacity in 0..=value.len() + 1 {
                let (answer, memory, size) = ask(ecb, name, capacity);
                assert_eq!(size, value.len());
                let written = if capacity < value.len() {
                    assert_eq!(answer, Err(122));
                    0
                } else {
                    assert_eq!(answer, Ok(()));
                    assert_eq!(memory[..size], value);
                    size
                };
                assert!(
                    memory[written..].iter().all(|byte| *byte == CANARY),
                    "{capacity}"
                );
            }
        }
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}

#[test]
fn no_buffer_asks_for_the_size() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let mut size = 0;
        let variable = ecb.block().GetServerVariable.expect("filled");
        let name = c"server_name".as_ptr().cast_mut();
        // SAFETY: no buffer is given.
        let answer = unsafe { variable(ecb.conn(), name, ptr::null_mut(), &raw mut size) };
        assert_eq!((answer, last_error(), size), (0, 122, 12));
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}

#[test]
fn an_unknown_name_is_1413_and_writes_nothing() {
    let host = Host::new();
    let session = host.get(|ecb| {
        for name in [
            c"NO_SUCH_VARIABLE",
            c"HTTP_NOT_SENT",
            c"UNICODE_HTTP_HOST",
            c"",
        ] {
            let (answer, memory, _) = ask(ecb, name, 32);
            assert_eq!(answer, Err(1413), "{name:?}");
            assert!(memory.iter().all(|byte| *byte == CANARY));
        }
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}

#[test]
fn a_known_variable_without_a_value_is_one_nul() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let (answer, memory, size) = ask(ecb, c"REMOTE_USER", 8);
        assert_eq!((answer, size, memory[0]), (Ok(()), 1, 0));
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}
