//! `HSE_REQ_VECTOR_SEND`.

use std::ffi::{CStr, c_void};
use std::ptr;
use std::sync::{Arc, Mutex, mpsc};

use http::Method;
use isapi_abi::*;
use isapi_core::session::How;

use crate::backend::{HugeFile, MemoryBackend, MemoryFile, handle};
use crate::exchange::{Client, Host, PATIENCE, exchange, request};
use crate::extension::{Ecb, on_call};

fn memory(bytes: &[u8]) -> HSE_VECTOR_ELEMENT {
    HSE_VECTOR_ELEMENT {
        ElementType: HSE_VECTOR_ELEMENT_TYPE_MEMORY_BUFFER,
        pvContext: bytes.as_ptr().cast_mut().cast(),
        cbOffset: 0,
        cbSize: u64::try_from(bytes.len()).expect("fits"),
    }
}

fn file(number: usize, offset: u64, size: u64) -> HSE_VECTOR_ELEMENT {
    HSE_VECTOR_ELEMENT {
        ElementType: HSE_VECTOR_ELEMENT_TYPE_FILE_HANDLE,
        pvContext: handle(number),
        cbOffset: offset,
        cbSize: size,
    }
}

fn vector(flags: DWORD, elements: &mut [HSE_VECTOR_ELEMENT]) -> HSE_RESPONSE_VECTOR {
    HSE_RESPONSE_VECTOR {
        dwFlags: flags,
        pszStatus: ptr::null_mut(),
        pszHeaders: ptr::null_mut(),
        nElementCount: DWORD::try_from(elements.len()).expect("few"),
        lpElementArray: elements.as_mut_ptr(),
    }
}

fn send(ecb: Ecb, flags: DWORD, elements: &mut [HSE_VECTOR_ELEMENT]) -> Result<(), DWORD> {
    ecb.ask(HSE_REQ_VECTOR_SEND, &mut vector(flags, elements))
}

fn with_head(
    flags: DWORD,
    status: &CStr,
    headers: &CStr,
    elements: &mut [HSE_VECTOR_ELEMENT],
) -> HSE_RESPONSE_VECTOR {
    HSE_RESPONSE_VECTOR {
        pszStatus: status.as_ptr().cast_mut(),
        pszHeaders: headers.as_ptr().cast_mut(),
        ..vector(flags | HSE_IO_SEND_HEADERS, elements)
    }
}

#[test]
fn head_memory_and_files_go_out_in_their_order() {
    for flags in [
        0,
        HSE_IO_SYNC,
        HSE_IO_SYNC | HSE_IO_FINAL_SEND | HSE_IO_CACHE_RESPONSE,
    ] {
        let backend = MemoryBackend::default();
        let (number, _) = backend.open_file(MemoryFile::new(b"0123456789".to_vec()));
        let host = Host::with(backend, |builder| builder);
        let session = host.get(move |ecb| {
            let mut skipped = memory(b"..begin ");
            (skipped.cbOffset, skipped.cbSize) = (2, 6);
            let mut elements = [
                skipped,
                file(number, 3, 4),
                memory(b" middle "),
                file(number, 8, 0),
                file(number, 0, 0),
                memory(b" end"),
            ];
            let head = (c"201 Created", c"X-A: 1\r\n\r\n");
            let mut vector = with_head(flags, head.0, head.1, &mut elements);
            assert_eq!(ecb.ask(HSE_REQ_VECTOR_SEND, &mut vector), Ok(()));
            HSE_STATUS_SUCCESS
        });
        let response = exchange(&session, &[]);
        let head = response.head.expect("a response");
        assert_eq!(head.status(), 201);
        assert!(
            head.fields()
                .iter()
                .any(|(name, value)| name == "x-a" && value == "1")
        );
        assert_eq!(response.body, b"begin 3456 middle 890123456789 end");
        assert!(!response.aborted, "{flags:#x}");
    }
}

#[test]
fn an_asynchronous_vector_completes_with_the_bytes_of_its_elements() {
    let backend = MemoryBackend::default();
    let (number, _) = backend.open_file(MemoryFile::new(vec![b'x'; 100_000]));
    let host = Host::with(backend, |builder| builder);
    let (tell, told) = mpsc::channel();
    let session = host.get(move |ecb| {
        let tell = tell.clone();
        let mut text = *b"begin";
        let mut elements = [memory(&text), file(number, 0, 0), memory(b"end")];
        let headers = c"Content-Length: 100008\r\n\r\n";
        let mut vector = with_head(HSE_IO_ASYNC, c"200 OK", headers, &mut elements);
        assert_eq!(
            ecb.ask(HSE_REQ_VECTOR_SEND, &mut vector),
            Err(87),
            "no callback"
        );
        ecb.on_completion(move |ecb, bytes, error| {
            tell.send((bytes, error)).expect("the test listens");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        assert_eq!(ecb.ask(HSE_REQ_VECTOR_SEND, &mut vector), Ok(()));
        assert_eq!(send(ecb, HSE_IO_ASYNC, &mut []), Err(87), "one at a time");
        assert_eq!(send(ecb, HSE_IO_SYNC, &mut []), Err(87), "one is pending");
        // What was given is not read later.
        text.fill(b'!');
        HSE_STATUS_PENDING
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.body.len(), 100_008);
    assert!(response.body.starts_with(b"beginxx") && response.body.ends_with(b"xxend"));
    assert_eq!(told.recv_timeout(PATIENCE), Ok((100_008, 0)));
}

#[test]
fn a_file_is_sent_from_behind_4_gib() {
    const OFFSET: u64 = (4 << 30) + 7;
    for asynchronous in [false, true] {
        let backend = MemoryBackend::default();
        let length = (5 << 30) + 1;
        let (number, _) = backend.open_file(HugeFile { length });
        let host = Host::with(backend, |builder| builder);
        let session = host.get(move |ecb| {
            let mut elements = [file(number, OFFSET, 300_000), file(number, length - 3, 0)];
            if !asynchronous {
                assert_eq!(send(ecb, HSE_IO_SYNC, &mut elements), Ok(()));
                return HSE_STATUS_SUCCESS;
            }
            ecb.on_completion(|ecb, bytes, error| {
                assert_eq!((bytes, error), (300_003, 0));
                ecb.done(HSE_STATUS_SUCCESS).expect("done once");
            })
            .expect("registers");
            assert_eq!(send(ecb, HSE_IO_ASYNC, &mut elements), Ok(()));
            HSE_STATUS_PENDING
        });
        let places = (OFFSET..OFFSET + 300_000).chain(length - 3..length);
        let expected: Vec<u8> = places.map(HugeFile::byte_at).collect();
        assert!(exchange(&session, &[]).body == expected, "{asynchronous}");
    }
}

#[test]
fn what_cannot_be_sent_is_refused_at_the_start() {
    let backend = MemoryBackend::default();
    let (number, _) = backend.open_file(MemoryFile::new(b"0123456789".to_vec()));
    let host = Host::with(backend, |builder| builder);
    let session = host.get(move |ecb| {
        let ok = memory(b"not sent");
        let with = |change: fn(&mut HSE_VECTOR_ELEMENT)| {
            let mut element = ok;
            change(&mut element);
            element
        };
        let elements = [
            (with(|element| element.cbSize = 0), 87),
            (with(|element| element.pvContext = ptr::null_mut()), 87),
            (with(|element| element.cbOffset = u64::MAX), 87),
            (with(|element| element.cbSize = u64::MAX), 87),
            (with(|element| element.cbSize = 1 << 63), 87),
            (with(|element| element.ElementType = 2), 87),
            (with(|element| element.ElementType = u32::MAX), 87),
            (file(number, 11, 0), 10022),
            (file(number, u64::MAX, u64::MAX), 10022),
            (file(number, 8, 3), 87),
            (file(number, 8, u64::MAX), 87),
            (file(999, 0, 0), 87),
            (file(0, 0, 0), 87),
            (file(usize::MAX, 0, 0), 87),
        ];
        for (index, (element, error)) in elements.into_iter().enumerate() {
            let mut elements = [ok, element];
            assert_eq!(send(ecb, 0, &mut elements), Err(error), "element {index}");
        }
        for flags in [HSE_IO_SYNC | HSE_IO_ASYNC, 0x8000, 0x80] {
            assert_eq!(send(ecb, flags, &mut [ok]), Err(87), "{flags:#x}");
        }
        let array = |count, array| HSE_RESPONSE_VECTOR {
            nElementCount: count,
            lpElementArray: array,
            ..vector(0, &mut [])
        };
        let mut null = array(1, ptr::null_mut());
        assert_eq!(ecb.ask(HSE_REQ_VECTOR_SEND, &mut null), Err(87));
        let mut too_many = array(65_536, ptr::without_provenance_mut(8));
        assert_eq!(ecb.ask(HSE_REQ_VECTOR_SEND, &mut too_many), Err(87));
        ecb.write(b"nothing was sent").expect("the client is there");
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).body, b"nothing was sent");
}

#[test]
fn status_and_headers_go_with_the_flag() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let texts = [ptr::null_mut(), c"200 OK".as_ptr().cast_mut()];
        let header = c"\r\n".as_ptr().cast_mut();
        for flag in [0, HSE_IO_SEND_HEADERS] {
            for status in texts {
                for headers in [ptr::null_mut(), header] {
                    let all = flag != 0 && !status.is_null() && !headers.is_null();
                    let none = flag == 0 && status.is_null() && headers.is_null();
                    if all || none {
                        continue;
                    }
                    let mut vector = HSE_RESPONSE_VECTOR {
                        pszStatus: status,
                        pszHeaders: headers,
                        ..vector(flag, &mut [])
                    };
                    assert_eq!(ecb.ask(HSE_REQ_VECTOR_SEND, &mut vector), Err(87));
                }
            }
        }
        let mut malformed = with_head(0, c"two hundred", c"\r\n", &mut []);
        assert_eq!(ecb.ask(HSE_REQ_VECTOR_SEND, &mut malformed), Err(87));
        let mut head = with_head(0, c"204 No Content", c"\r\n", &mut []);
        assert_eq!(ecb.ask(HSE_REQ_VECTOR_SEND, &mut head), Ok(()));
        assert_eq!(ecb.ask(HSE_REQ_VECTOR_SEND, &mut head), Err(87), "twice");
        HSE_STATUS_SUCCESS
    });
    assert_eq!(
        exchange(&session, &[]).head.expect("a response").status(),
        204
    );
}

#[test]
fn no_elements_are_nothing_to_send() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let mut wild = HSE_RESPONSE_VECTOR {
            lpElementArray: ptr::without_provenance_mut(8),
            ..vector(HSE_IO_NODELAY | HSE_IO_TRY_SKIP_CUSTOM_ERRORS, &mut [])
        };
        assert_eq!(ecb.ask(HSE_REQ_VECTOR_SEND, &mut wild), Ok(()));
        ecb.on_completion(|ecb, bytes, error| {
            assert_eq!((bytes, error), (0, 0));
            ecb.write(b"still open").expect("room");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        assert_eq!(send(ecb, HSE_IO_ASYNC, &mut []), Ok(()));
        HSE_STATUS_PENDING
    });
    assert_eq!(exchange(&session, &[]).body, b"still open");
}

#[test]
fn nothing_is_sent_behind_the_last_vector() {
    for (flag, closes) in [
        (HSE_IO_FINAL_SEND, false),
        (HSE_IO_DISCONNECT_AFTER_SEND, true),
    ] {
        let host = Host::new();
        let session = host.get(move |ecb| {
            assert_eq!(send(ecb, flag, &mut [memory(b"last")]), Ok(()));
            assert_eq!(ecb.write(b"more"), Err(87));
            assert_eq!(send(ecb, 0, &mut [memory(b"more")]), Err(87));
            HSE_STATUS_SUCCESS
        });
        assert_eq!(exchange(&session, &[]).body, b"last");
        assert_eq!(session.close_after(), closes);
    }
}

#[test]
fn a_file_that_shrinks_fails_a_synchronous_vector_and_cuts_the_response() {
    for (real, claimed) in [(10, 1000), (100_000, 300_000), (0, 1)] {
        let backend = MemoryBackend::default();
        let mut shrinking = MemoryFile::new(vec![b'x'; real]);
        shrinking.claimed_length = Some(claimed);
        let (number, _) = backend.open_file(shrinking);
        let host = Host::with(backend, |builder| builder);
        let session = host.get(move |ecb| {
            let mut elements = [file(number, 0, 0), memory(b"behind the hole")];
            assert_eq!(send(ecb, 0, &mut elements), Err(38), "{real} of {claimed}");
            assert_eq!(ecb.write(b"more"), Err(64));
            HSE_STATUS_SUCCESS
        });
        let response = exchange(&session, &[]);
        assert!(response.aborted, "{real} of {claimed}");
        assert!(response.body.iter().all(|byte| *byte == b'x'));
        assert_eq!(response.ending.how, How::Aborted);
    }
}

#[test]
fn a_synchronous_vector_with_a_file_waits_until_it_was_taken() {
    let backend = MemoryBackend::default();
    let (number, _) = backend.open_file(MemoryFile::new(vec![b'x'; 1000]));
    let host = Host::with(backend, |builder| builder);
    let (tell, told) = mpsc::channel();
    let session = host.get(move |ecb| {
        assert_eq!(send(ecb, 0, &mut [file(number, 0, 0)]), Ok(()));
        tell.send(()).expect("the test listens");
        HSE_STATUS_SUCCESS
    });
    let mut client = Client::new(session, &[]);
    client.wait_for_head();
    assert_eq!(told.try_recv(), Err(mpsc::TryRecvError::Empty));
    client.wait_until(|client| client.received.len() == 1000);
    told.recv_timeout(PATIENCE).expect("the call returns");
    client.wait_until(|client| client.ending.is_some());
}

#[test]
fn a_client_that_leaves_fails_a_waiting_vector() {
    let backend = MemoryBackend::default();
    let (number, _) = backend.open_file(MemoryFile::new(vec![b'x'; 1_000_000]));
    let host = Host::with(backend, |builder| builder);
    let (tell, told) = mpsc::channel();
    let session = host.get(move |ecb| {
        let sent = send(ecb, 0, &mut [file(number, 0, 0)]);
        tell.send(sent).expect("the test listens");
        HSE_STATUS_SUCCESS
    });
    let mut client = Client::new(session.clone(), &[]);
    client.wait_for_head();
    session.response_dropped();
    assert_eq!(told.recv_timeout(PATIENCE), Ok(Err(10054)));
}

#[test]
fn structure_and_elements_need_no_alignment() {
    let host = Host::new();
    let session = host.get(|ecb| {
        const SIZE: usize = size_of::<HSE_VECTOR_ELEMENT>();
        let mut array = [0_u8; 2 * SIZE + 1];
        let first: *mut c_void = array[1..].as_mut_ptr().cast();
        let second: *mut c_void = array[1 + SIZE..].as_mut_ptr().cast();
        // SAFETY: there is room for two elements.
        unsafe {
            first
                .cast::<HSE_VECTOR_ELEMENT>()
                .write_unaligned(memory(b"un"));
            second
                .cast::<HSE_VECTOR_ELEMENT>()
                .write_unaligned(memory(b"aligned"));
        }
        let unaligned = HSE_RESPONSE_VECTOR {
            nElementCount: 2,
            lpElementArray: first.cast(),
            ..vector(0, &mut [])
        };
        let mut structure = [0_u8; size_of::<HSE_RESPONSE_VECTOR>() + 1];
        let place: *mut c_void = structure[1..].as_mut_ptr().cast();
        // SAFETY: there is room for the structure.
        unsafe {
            place
                .cast::<HSE_RESPONSE_VECTOR>()
                .write_unaligned(unaligned)
        };
        let none = ptr::null_mut();
        assert_eq!(ecb.support(HSE_REQ_VECTOR_SEND, place, none, none), Ok(()));
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).body, b"unaligned");
}

#[test]
fn a_vector_may_have_65535_elements() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let text: Vec<u8> = (0..=255).cycle().take(65_535).collect();
        let mut elements: Vec<_> = text.chunks(1).map(memory).collect();
        assert_eq!(send(ecb, HSE_IO_FINAL_SEND, &mut elements), Ok(()));
        HSE_STATUS_SUCCESS
    });
    let body = exchange(&session, &[]).body;
    assert!(body.into_iter().eq((0..=255).cycle().take(65_535)));
}

#[test]
fn files_that_no_response_has_room_for_are_let_go_at_once() {
    let backend = MemoryBackend::default();
    let (number, file_of_test) = backend.open_file(MemoryFile::new(vec![b'x'; 1000]));
    let host = Host::with(backend, |builder| builder);
    let watched = Arc::downgrade(&file_of_test);
    let mut parts = request(&on_call(move |ecb| {
        assert_eq!(send(ecb, 0, &mut [file(number, 0, 0)]), Ok(()));
        // The backend's, and the test's own.
        assert_eq!(watched.strong_count(), 2);
        HSE_STATUS_SUCCESS
    }));
    parts.method = Method::HEAD;
    assert_eq!(exchange(&host.start(parts), &[]).body, b"");
    drop(file_of_test);
}

#[test]
fn a_vector_that_is_held_back_goes_out_with_the_rest() {
    for asynchronous in [false, true] {
        let backend = MemoryBackend::default();
        let (number, _) = backend.open_file(MemoryFile::new(vec![b'x'; 1000]));
        let mut host = Host::with(backend, |builder| builder);
        host.config.response_buffer_limit = 1 << 20;
        let session = host.get(move |ecb| {
            let mut elements = [memory(b"begin "), file(number, 0, 0)];
            if !asynchronous {
                assert_eq!(send(ecb, 0, &mut elements), Ok(()));
                ecb.write(b" end").expect("room");
                return HSE_STATUS_SUCCESS;
            }
            ecb.on_completion(|ecb, bytes, error| {
                assert_eq!((bytes, error), (1006, 0));
                ecb.write(b" end").expect("room");
                ecb.done(HSE_STATUS_SUCCESS).expect("done once");
            })
            .expect("registers");
            assert_eq!(send(ecb, HSE_IO_ASYNC, &mut elements), Ok(()));
            HSE_STATUS_PENDING
        });
        let body = exchange(&session, &[]).body;
        assert_eq!(body.len(), 1010, "{asynchronous}");
        assert!(body.starts_with(b"begin x") && body.ends_with(b"x end"));
    }
}

#[test]
fn concurrent_vectors_do_not_mix_their_files_up() {
    let backend = MemoryBackend::default();
    let numbers = [b'a', b'b', b'c', b'd']
        .map(|byte| backend.open_file(MemoryFile::new(vec![byte; 70_000])).0);
    let host = Host::with(backend, |builder| builder);
    let results = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&results);
    let session = host.get(move |ecb| {
        std::thread::scope(|scope| {
            for number in numbers {
                let told = Arc::clone(&told);
                scope.spawn(move || {
                    let sent = send(ecb, 0, &mut [file(number, 0, 0)]);
                    told.lock().expect("unpoisoned").push(sent);
                });
            }
        });
        HSE_STATUS_SUCCESS
    });
    let body = exchange(&session, &[]).body;
    assert_eq!(*results.lock().expect("unpoisoned"), [Ok(()); 4]);
    let mut files: Vec<u8> = body.chunks(70_000).map(|chunk| chunk[0]).collect();
    assert!(
        body.chunks(70_000)
            .all(|chunk| chunk.iter().all(|byte| *byte == chunk[0]))
    );
    files.sort_unstable();
    assert_eq!(files, b"abcd");
}

#[test]
fn files_that_are_held_back_for_nobody_are_let_go_at_once() {
    let backend = MemoryBackend::default();
    let (number, file_at) = backend.open_file(MemoryFile::new(b"0123456789".to_vec()));
    let mut host = Host::with(backend, |builder| builder);
    host.config.response_buffer_limit = 1 << 20;
    let mut parts = request(&on_call(move |ecb| {
        for _ in 0..100 {
            send(ecb, HSE_IO_SYNC, &mut [file(number, 0, 0)]).expect("sent");
        }
        // The test's own, and the backend's.
        assert_eq!(Arc::strong_count(&file_at), 2, "HEAD has no body");
        HSE_STATUS_SUCCESS
    }));
    parts.method = Method::HEAD;
    let response = exchange(&host.start(parts), &[]);
    assert_eq!(response.head.expect("a response").status(), 200);
    assert_eq!(response.ending.how, How::Success);
}
