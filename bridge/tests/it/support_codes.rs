//! The request codes that answer a question or only take note.

use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::mpsc;

use isapi_abi::*;
use isapi_core::session::How;

use crate::exchange::{Client, Host, PATIENCE, exchange};
use crate::extension::Ecb;

/// Every code of the header.
const CODES: [DWORD; 41] = [
    1, 2, 3, 4, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1010, 1011, 1012, 1014, 1015, 1016, 1017,
    1018, 1023, 1024, 1025, 1026, 1027, 1028, 1030, 1032, 1033, 1037, 1038, 1040, 1041, 1042, 1043,
    1044, 1045, 1046, 1047, 1048, 1049, 1050,
];

/// An address that must not be followed.
fn wild<T>() -> *mut T {
    ptr::without_provenance_mut(1)
}

fn run(test: impl Fn(Ecb) + Send + Sync + 'static) {
    let host = Host::new();
    let session = host.get(move |ecb| {
        test(ecb);
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.ending.how, How::Success);
}

#[test]
fn null_pointers_are_refused_where_there_must_be_something() {
    run(|ecb| {
        let may_be_null = [
            HSE_REQ_SEND_RESPONSE_HEADER,
            HSE_REQ_DONE_WITH_SESSION,
            HSE_REQ_IO_COMPLETION,
            HSE_REQ_ABORTIVE_CLOSE,
            HSE_REQ_CLOSE_CONNECTION,
            HSE_REQ_REPORT_UNHEALTHY,
            HSE_REQ_SET_FLUSH_FLAG,
            HSE_REQ_CANCEL_IO,
        ];
        for code in CODES {
            if may_be_null.contains(&code) {
                continue;
            }
            let unsupported = [1044, 1045, 1046, 1047, 1048, 1050].contains(&code);
            let error = if unsupported { 50 } else { 87 };
            assert_eq!(ecb.order(code), Err(error), "{code}");
        }
    });
}

#[test]
fn arguments_that_a_request_does_not_use_are_not_followed() {
    run(|ecb| {
        let (buffer, number) = (wild::<c_void>(), wild::<DWORD>());
        let refused = |request, buffer, size, data_type, error| {
            let answer = ecb.support(request, buffer, size, data_type);
            assert_eq!(answer, Err(error), "{request}");
        };
        for request in [
            HSE_REQ_GET_TRACE_INFO_EX,
            HSE_REQ_RAISE_TRACE_EVENT,
            HSE_REQ_GET_CONFIG_OBJECT,
            HSE_REQ_GET_WORKER_PROCESS_SETTINGS,
            HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK,
            HSE_REQ_GET_CHANNEL_BINDING_TOKEN,
            HSE_REQ_GET_SSPI_INFO,
            HSE_REQ_GET_IMPERSONATION_TOKEN,
            HSE_REQ_GET_ANONYMOUS_TOKEN,
            HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN,
        ] {
            refused(request, buffer, number, number, 50);
        }
        for request in [
            HSE_REQ_ABORTIVE_CLOSE,
            HSE_REQ_REFRESH_ISAPI_ACL,
            HSE_REQ_CANCEL_IO,
            HSE_REQ_SET_FLUSH_FLAG,
        ] {
            assert_eq!(ecb.support(request, buffer, number, number), Ok(()));
        }
        let mut answer: DWORD = 7;
        for (request, value) in [
            (HSE_REQ_IS_IN_PROCESS, 0),
            (HSE_REQ_IS_CONNECTED, 1),
            (HSE_REQ_IS_KEEP_CONN, 1),
        ] {
            let place = (&raw mut answer).cast();
            assert_eq!(ecb.support(request, place, number, number), Ok(()));
            assert_eq!(answer, value, "{request}");
        }
        let mut url = *b"/a\0";
        let place = url.as_mut_ptr().cast();
        let normalized = ecb.support(HSE_REQ_NORMALIZE_URL, place, number, number);
        assert_eq!(normalized, Ok(()));
    });
}

#[test]
fn tokens_are_refused_by_the_pointer_that_is_missing() {
    run(|ecb| {
        let none = ptr::null_mut();
        for request in [
            HSE_REQ_GET_ANONYMOUS_TOKEN,
            HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN,
        ] {
            assert_eq!(ecb.support(request, wild(), none, none), Err(87));
            assert_eq!(ecb.support(request, none.cast(), wild(), none), Err(87));
            assert_eq!(ecb.support(request, wild(), wild(), none), Err(50));
        }
        let sspi = HSE_REQ_GET_SSPI_INFO;
        assert_eq!(ecb.support(sspi, wild(), none, none), Err(87));
        assert_eq!(ecb.support(sspi, none.cast(), none, wild()), Err(87));
        assert_eq!(ecb.support(sspi, wild(), none, wild()), Err(50));
    });
}

#[test]
fn answers_go_to_any_address() {
    run(|ecb| {
        for request in [
            HSE_REQ_IS_CONNECTED,
            HSE_REQ_IS_IN_PROCESS,
            HSE_REQ_IS_KEEP_CONN,
            HSE_REQ_GET_TRACE_INFO,
            HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK,
        ] {
            let mut memory = [0xa5_u64; 6];
            let place = memory.as_mut_ptr().cast::<u8>().wrapping_add(1).cast();
            let none = ptr::null_mut();
            assert_eq!(ecb.support(request, place, none, none), Ok(()), "{request}");
        }
    });
}

#[test]
fn no_request_is_traced() {
    run(|ecb| {
        let mut memory = [0xa5_u8; size_of::<HSE_TRACE_INFO>() + 1];
        let asked = ecb.ask(HSE_REQ_GET_TRACE_INFO, &mut memory);
        assert_eq!(asked, Ok(()));
        assert_eq!(memory[..28], [0; 28]);
        assert_eq!(memory[28], 0xa5);
    });
}

#[test]
fn the_cache_invalidation_callback_takes_any_url() {
    run(|ecb| {
        let mut callback = MaybeUninit::<PFN_HSE_CACHE_INVALIDATION_CALLBACK>::uninit();
        let asked = ecb.ask(HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK, &mut callback);
        assert_eq!(asked, Ok(()));
        // SAFETY: it was written, since the call answered TRUE.
        let callback = unsafe { callback.assume_init() };
        let mut url = [u16::from(b'/'), 0];
        // SAFETY: a text that ends with a NUL; null, which it does not follow.
        let answers = unsafe { [callback(url.as_mut_ptr()), callback(ptr::null_mut())] };
        assert_eq!(answers, [0, 0]);
    });
}

#[test]
fn an_extension_that_is_not_well_is_reported_with_its_reason() {
    let host = Host::new();
    let session = host.get(|ecb| {
        assert_eq!(ecb.order(HSE_REQ_REPORT_UNHEALTHY), Ok(()));
        let mut reason = *b"out of\nmemory\0";
        assert_eq!(ecb.ask(HSE_REQ_REPORT_UNHEALTHY, &mut reason), Ok(()));
        HSE_STATUS_SUCCESS
    });
    exchange(&session, &[]);
    let unhealthy = host.site.unhealthy.lock().expect("unpoisoned");
    let extension = host.slot.info().expect("it is loaded").name;
    let expected = [None, Some(r"out of\nmemory".to_owned())];
    assert_eq!(
        *unhealthy,
        expected.map(|reason| (extension.clone(), reason))
    );
}

#[test]
fn nothing_is_answered_after_the_end() {
    run(|ecb| {
        ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        let mut memory = [0xa5_u8; 64];
        for code in CODES {
            // These read structures and texts, and are refused by their own tests.
            let reads = [
                1, 2, 3, 1001, 1003, 1006, 1012, 1015, 1016, 1023, 1024, 1025, 1026,
            ];
            if reads.contains(&code) || [1028, 1033, 1037].contains(&code) {
                continue;
            }
            let (mut size, mut flags) = (4, HSE_IO_ASYNC);
            let place = memory.as_mut_ptr().cast();
            let place = if code == 1005 { ptr::null_mut() } else { place };
            let answer = ecb.support(code, place, &raw mut size, &raw mut flags);
            assert_eq!(answer, Err(87), "{code}");
        }
        let mut url = *b"/a/../b\0";
        assert_eq!(ecb.ask(HSE_REQ_NORMALIZE_URL, &mut url), Err(87));
        assert_eq!((memory, &url), ([0xa5; 64], b"/a/../b\0"));
    });
}

#[test]
fn a_url_is_normalized_where_it_stands() {
    run(|ecb| {
        for (url, normal) in [
            ("/a//b/../%63?d=%65", Some("/a/c?d=%65")),
            ("/", Some("/")),
            ("/gr%C3%BCn", Some("/gr\u{fc}n")),
            ("/../a", None),
            ("", None),
            ("a", None),
        ] {
            let mut memory = [url.as_bytes(), b"\0canary"].concat();
            let before = memory.clone();
            let none = ptr::null_mut();
            let place = memory.as_mut_ptr().cast();
            let answer = ecb.support(HSE_REQ_NORMALIZE_URL, place, none, none);
            let Some(normal) = normal else {
                assert_eq!((answer, memory), (Err(87), before), "{url}");
                continue;
            };
            assert_eq!(answer, Ok(()), "{url}");
            assert!(memory.starts_with(&[normal.as_bytes(), b"\0"].concat()));
            assert!(memory.ends_with(b"\0canary"), "{url}");
        }
    });
}

#[test]
fn a_held_response_goes_out_when_the_flush_flag_is_set() {
    let mut host = Host::new();
    host.config.response_buffer_limit = 1 << 20;
    let (written, write) = mpsc::channel();
    let (seen, go_on) = mpsc::channel();
    let go_on = std::sync::Mutex::new(go_on);
    let session = host.get(move |ecb| {
        ecb.write(b"held").expect("room");
        let flag = ptr::without_provenance_mut(1);
        let none = ptr::null_mut();
        assert_eq!(
            ecb.support(HSE_REQ_SET_FLUSH_FLAG, flag, none, none),
            Ok(())
        );
        ecb.write(b" no more").expect("room");
        written.send(()).expect("the test listens");
        let go_on = go_on.lock().expect("unpoisoned");
        go_on.recv_timeout(PATIENCE).expect("the test goes on");
        HSE_STATUS_SUCCESS
    });
    write.recv_timeout(PATIENCE).expect("the call is made");
    let mut client = Client::new(session, &[]);
    client.wait_until(|client| client.received == b"held no more");
    seen.send(()).expect("the call waits");
    client.wait_until(|client| client.ending.is_some());
}

#[test]
fn a_read_is_cancelled_and_completes_with_995() {
    let mut host = Host::new();
    host.config.read_ahead = 0;
    let (tell, told) = mpsc::channel();
    let session = host.post(10, move |ecb| {
        let tell = tell.clone();
        let buffer = Box::into_raw(Box::new([0_u8; 4]));
        let address = buffer.expose_provenance();
        ecb.on_completion(move |ecb, bytes, error| {
            let buffer = ptr::with_exposed_provenance_mut::<[u8; 4]>(address);
            // SAFETY: the box of above, which nobody uses any more.
            drop(unsafe { Box::from_raw(buffer) });
            tell.send((bytes, error)).expect("the test listens");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        assert_eq!(ecb.order(HSE_REQ_CANCEL_IO), Ok(()), "nothing to cancel");
        ecb.read_async(buffer.cast(), 4).expect("starts");
        assert_eq!(ecb.order(HSE_REQ_CANCEL_IO), Ok(()));
        HSE_STATUS_PENDING
    });
    // Nothing of the body ever comes.
    assert_eq!(told.recv_timeout(PATIENCE), Ok((0, 995)));
    session.response_dropped();
    session.body_cut();
}
