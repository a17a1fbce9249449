//! The request codes that answer with a number, do nothing, or are refused: with every combination
//! of pointers.
#![cfg(unix)]

use std::ffi::c_void;
use std::ptr;

use isapi_abi::*;
use isapi_guard_pages::{Ecb, Edge, Host, Memory};

const NOT_SUPPORTED: u32 = 50;
const INVALID_PARAMETER: u32 = 87;
const NO_DATA: u32 = 232;

/// Codes without a meaning.
fn unknown_codes() -> impl Iterator<Item = u32> {
    let gaps = [0, 1004, 1009, 1013, 1029, 1031, 1039, 5000, u32::MAX];
    let rest = (5..=1000).chain(1019..=1022).chain(1034..=1036);
    rest.chain(1051..=1100).chain(gaps)
}

/// The codes that never follow a pointer, and what they answer by which pointers are null.
fn fixed_answer(code: u32, has_buffer: bool, has_size: bool, has_type: bool) -> Result<(), u32> {
    let given = match code {
        HSE_REQ_ABORTIVE_CLOSE | HSE_REQ_SET_FLUSH_FLAG | HSE_REQ_CANCEL_IO => return Ok(()),
        HSE_REQ_REFRESH_ISAPI_ACL if has_buffer => return Ok(()),
        HSE_REQ_REFRESH_ISAPI_ACL => false,
        HSE_REQ_GET_SSPI_INFO => has_buffer && has_type,
        HSE_REQ_GET_IMPERSONATION_TOKEN => has_buffer,
        HSE_REQ_GET_ANONYMOUS_TOKEN | HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN => has_buffer && has_size,
        _ => true,
    };
    Err(if given {
        NOT_SUPPORTED
    } else {
        INVALID_PARAMETER
    })
}

const FIXED: [u32; 14] = [
    HSE_REQ_ABORTIVE_CLOSE,
    HSE_REQ_SET_FLUSH_FLAG,
    HSE_REQ_CANCEL_IO,
    HSE_REQ_REFRESH_ISAPI_ACL,
    HSE_REQ_GET_SSPI_INFO,
    HSE_REQ_GET_IMPERSONATION_TOKEN,
    HSE_REQ_GET_ANONYMOUS_TOKEN,
    HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN,
    HSE_REQ_GET_TRACE_INFO_EX,
    HSE_REQ_RAISE_TRACE_EVENT,
    HSE_REQ_GET_CONFIG_OBJECT,
    HSE_REQ_GET_WORKER_PROCESS_SETTINGS,
    HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK,
    HSE_REQ_GET_CHANNEL_BINDING_TOKEN,
];

/// The codes that answer with so many bytes at `lpvBuffer`.
const ANSWERS: [(u32, usize, Result<(), u32>); 6] = [
    (HSE_REQ_IS_KEEP_CONN, 4, Ok(())),
    (HSE_REQ_IS_CONNECTED, 4, Ok(())),
    (HSE_REQ_IS_IN_PROCESS, 4, Ok(())),
    (
        HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK,
        size_of::<usize>(),
        Ok(()),
    ),
    (HSE_REQ_GET_TRACE_INFO, size_of::<HSE_TRACE_INFO>(), Ok(())),
    // No child was executed.
    (
        HSE_REQ_GET_EXEC_URL_STATUS,
        size_of::<HSE_EXEC_URL_STATUS>(),
        Err(NO_DATA),
    ),
];

/// Every combination of null and an address that must not be followed.
fn unused(memory: &Memory) -> Vec<[*mut c_void; 3]> {
    let either = [ptr::null_mut(), memory.forbidden()];
    let mut all = Vec::new();
    for buffer in either {
        for size in either {
            all.extend(either.map(|data_type| [buffer, size, data_type]));
        }
    }
    all
}

/// Calls with pointers that are not followed.
fn support(ecb: Ecb, code: u32, [buffer, size, data_type]: [*mut c_void; 3]) -> Result<(), u32> {
    // SAFETY: the tests pass addresses that must not be followed where the code does not use them;
    // that it does not is what is tested.
    unsafe { ecb.support(code, buffer, size.cast(), data_type.cast()) }
}

#[test]
fn unknown_codes_are_refused_and_follow_no_pointer() {
    Host::new().run(|ecb| {
        let memory = Memory::new();
        for code in unknown_codes() {
            for pointers in unused(&memory) {
                let answer = support(ecb, code, pointers);
                assert_eq!(answer, Err(INVALID_PARAMETER), "{code}, {pointers:?}");
            }
        }
    });
}

#[test]
fn codes_that_use_no_memory_follow_no_pointer() {
    Host::new().run(|ecb| {
        let memory = Memory::new();
        for code in FIXED {
            for pointers in unused(&memory) {
                let [buffer, size, data_type] = pointers.map(|pointer| !pointer.is_null());
                let expected = fixed_answer(code, buffer, size, data_type);
                let answer = support(ecb, code, pointers);
                assert_eq!(answer, expected, "{code}, {pointers:?}");
            }
        }
    });
}

#[test]
fn refused_codes_leave_the_memory_they_are_given_alone() {
    Host::new().run(|ecb| {
        let mut memory = [Memory::new(), Memory::new(), Memory::new()];
        for code in FIXED.into_iter().chain([1004, 1039]) {
            for edge in Edge::ALL {
                let pointers = memory.each_mut().map(|memory| memory.put_empty(edge, 64));
                let answer = support(ecb, code, pointers);
                assert_ne!(answer, Err(0), "{code}");
                memory.iter().for_each(Memory::assert_untouched);
            }
        }
    });
}

#[test]
fn an_answer_is_written_wherever_it_goes_and_no_byte_more() {
    Host::new().run(|ecb| {
        let (mut memory, nowhere) = (Memory::new(), Memory::new());
        for (code, length, expected) in ANSWERS {
            for edge in Edge::ALL {
                for [_, size, data_type] in unused(&nowhere) {
                    let buffer = memory.put_empty(edge, length);
                    let answer = support(ecb, code, [buffer, size, data_type]);
                    assert_eq!(answer, expected, "{code}, {edge:?}");
                    if expected.is_err() {
                        memory.assert_untouched();
                        continue;
                    }
                    memory.assert_intact();
                    let bytes = memory.content();
                    match code {
                        HSE_REQ_IS_KEEP_CONN | HSE_REQ_IS_CONNECTED => {
                            assert!(memory.value::<u32>() <= 1, "{code}");
                        }
                        HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK => {
                            assert_ne!(memory.value::<usize>(), 0);
                        }
                        _ => assert!(bytes.iter().all(|byte| *byte == 0), "{code}"),
                    }
                }
            }
        }
    });
}

#[test]
fn an_answer_to_nowhere_is_refused() {
    Host::new().run(|ecb| {
        let memory = Memory::new();
        for (code, ..) in ANSWERS {
            for [_, size, data_type] in unused(&memory) {
                let answer = support(ecb, code, [ptr::null_mut(), size, data_type]);
                assert_eq!(answer, Err(INVALID_PARAMETER), "{code}");
            }
        }
    });
}

#[test]
fn closing_the_connection_follows_no_pointer() {
    let host = Host::new();
    for number in 0..8 {
        host.run(move |ecb| {
            let memory = Memory::new();
            let pointers = unused(&memory)[number];
            assert_eq!(support(ecb, HSE_REQ_CLOSE_CONNECTION, pointers), Ok(()));
        });
    }
}

#[test]
fn the_status_of_the_end_is_read_wherever_it_lies_and_once() {
    let host = Host::new();
    for edge in Edge::ALL {
        for status in [0, 1, 2, 3, 4, 5, u32::MAX] {
            host.send(isapi_guard_pages::get(), move |ecb| {
                let mut memory = Memory::new();
                let nowhere = Memory::new();
                let unused = nowhere.forbidden();
                // The first ends the session, the second comes too late.
                for expected in [Ok(()), Err(INVALID_PARAMETER)] {
                    let place = memory.put_value(edge, status).cast();
                    let pointers = [place, unused, unused];
                    let answer = support(ecb, HSE_REQ_DONE_WITH_SESSION, pointers);
                    assert_eq!(answer, expected, "{status}");
                    assert_eq!(memory.value::<u32>(), status);
                    memory.assert_intact();
                }
                HSE_STATUS_PENDING
            });
        }
    }
    host.send(isapi_guard_pages::get(), |ecb| {
        let none = ptr::null_mut();
        assert_eq!(support(ecb, HSE_REQ_DONE_WITH_SESSION, [none; 3]), Ok(()));
        HSE_STATUS_PENDING
    });
}
