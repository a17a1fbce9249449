//! `HSE_REQ_TRANSMIT_FILE`.

use std::ptr;
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};

use isapi_abi::{
    DWORD, HSE_IO_ASYNC, HSE_IO_SEND_HEADERS, HSE_REQ_TRANSMIT_FILE, HSE_STATUS_PENDING,
    HSE_STATUS_SUCCESS, HSE_TF_INFO,
};
use isapi_bridge::{RequestSession, Transport};
use isapi_core::session::{How, Initiator};

use crate::backend::{MemoryBackend, MemoryFile, handle};
use crate::exchange::{Client, Host, PATIENCE, Response, exchange};
use crate::extension::{COMPLETED, Ecb, context};

fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|n| n.to_le_bytes()[0] ^ n.to_le_bytes()[1])
        .collect()
}

pub(crate) fn info() -> HSE_TF_INFO {
    HSE_TF_INFO {
        pfnHseIO: None,
        pContext: ptr::null_mut(),
        hFile: ptr::null_mut(),
        pszStatusCode: ptr::null(),
        BytesToWrite: 0,
        Offset: 0,
        pHead: ptr::null_mut(),
        HeadLength: 0,
        pTail: ptr::null_mut(),
        TailLength: 0,
        dwFlags: HSE_IO_ASYNC,
    }
}

pub(crate) fn transmit(ecb: Ecb, mut info: HSE_TF_INFO) -> Result<(), DWORD> {
    ecb.support(
        HSE_REQ_TRANSMIT_FILE,
        (&raw mut info).cast(),
        ptr::null_mut(),
        ptr::null_mut(),
    )
}

/// Sends a file whole, with a head, a tail and a callback of its own; what the callback got.
fn send_whole(file: MemoryFile, mapped_files: bool) -> (Response, (u32, u32), Arc<MemoryFile>) {
    let (session, told, file) = start_whole(file, mapped_files);
    let response = exchange(&session, &[]);
    let completion = told.recv_timeout(PATIENCE).expect("the callback runs");
    (response, completion, file)
}

/// A session that sends a file as [`send_whole`] does; what the callback gets is told.
fn start_whole(
    file: MemoryFile,
    mapped_files: bool,
) -> (RequestSession, mpsc::Receiver<(u32, u32)>, Arc<MemoryFile>) {
    let backend = MemoryBackend::default();
    let (number, file) = backend.open_file(file);
    let mut host = Host::with(backend, |builder| builder);
    host.transport = Transport {
        mapped_files,
        ..Transport::default()
    };
    let (tell, told) = mpsc::channel();
    let session = host.get(move |ecb| {
        let tell = tell.clone();
        let completed = move |ecb: Ecb, bytes, error| {
            tell.send((bytes, error)).expect("the test listens");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        };
        let head = c"Content-Type: image/png\r\n\r\n";
        let started = transmit(
            ecb,
            HSE_TF_INFO {
                pfnHseIO: Some(COMPLETED),
                pContext: context(completed),
                hFile: handle(number),
                pszStatusCode: c"200 OK".as_ptr(),
                pHead: head.as_ptr().cast_mut().cast(),
                pTail: b"tail".as_ptr().cast_mut().cast(),
                TailLength: 4,
                dwFlags: HSE_IO_ASYNC | HSE_IO_SEND_HEADERS,
                ..info()
            },
        );
        assert_eq!(started, Ok(()));
        HSE_STATUS_PENDING
    });
    (session, told, file)
}

#[test]
fn a_file_goes_out_between_head_and_tail() {
    for length in [1, 1000, 64 * 1024, 64 * 1024 + 1, 128 * 1024, 1_000_000] {
        for mapped in [false, true] {
            let data = pattern(length);
            let (response, completion, file) = send_whole(MemoryFile::new(data.clone()), mapped);
            let head = response.head.expect("a response");
            assert!(head.fields().iter().any(|(_, value)| value == "image/png"));
            assert_eq!(response.body.len(), length + 4);
            assert!(response.body.starts_with(&data) && response.body.ends_with(b"tail"));
            let bytes = u32::try_from(length + 4).expect("fits");
            assert_eq!(completion, (bytes, 0));
            assert_eq!(response.ending.how, How::Success);
            let maps = usize::from(mapped && length > 64 * 1024);
            assert_eq!(file.maps(), maps, "{length} bytes");
            assert_eq!(file.reads() == 0, maps == 1, "{length} bytes");
        }
    }
}

#[test]
fn an_empty_file_completes_with_head_and_tail() {
    let (response, completion, _) = send_whole(MemoryFile::new(Vec::new()), true);
    assert_eq!(response.body, b"tail");
    assert_eq!(completion, (4, 0));
}

#[test]
fn a_file_that_shrinks_cuts_the_response_and_names_the_reason() {
    for (real, claimed) in [(10, 1000), (100_000, 300_000), (0, 1)] {
        let mut file = MemoryFile::new(pattern(real));
        file.claimed_length = Some(claimed);
        let (response, (_, error), _) = send_whole(file, false);
        assert!(response.aborted, "{real} of {claimed}");
        assert_eq!(error, 38);
        assert_eq!(response.ending.how, How::Aborted);
    }
}

#[test]
fn a_file_that_shrinks_under_the_connection_is_not_the_clients_doing() {
    let file = MemoryFile::new(pattern(10_000_000));
    let (session, told, _) = start_whole(file, true);
    let mut client = Client::new(session, &[]);
    client.wait_for_head();
    let mut cx = Context::from_waker(Waker::noop());
    assert!(client.session.poll_frame(&mut cx).is_ready());
    assert!(client.session.sends_mapped_files());
    client.session.file_truncated();
    let (_, error) = told.recv_timeout(PATIENCE).expect("the callback runs");
    assert_eq!(error, 38);
    client.drive_until(|client| client.ending.is_some());
    let ending = client.ending.expect("it has ended");
    assert_eq!((ending.how, ending.by), (How::Aborted, Initiator::Host));
}

#[test]
fn a_range_is_sent_from_its_offset() {
    let backend = MemoryBackend::default();
    let (number, _) = backend.open_file(MemoryFile::new(b"0123456789".to_vec()));
    let host = Host::with(backend, |builder| builder);
    let session = host.get(move |ecb| {
        ecb.send_header("200 OK", "\r\n").expect("first head");
        ecb.on_completion(|ecb, bytes, error| {
            assert_eq!((bytes, error), (6, 0));
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        let range = HSE_TF_INFO {
            hFile: handle(number),
            Offset: 3,
            BytesToWrite: 4,
            pHead: b"<>".as_ptr().cast_mut().cast(),
            HeadLength: 2,
            ..info()
        };
        assert_eq!(transmit(ecb, range), Ok(()));
        HSE_STATUS_PENDING
    });
    assert_eq!(exchange(&session, &[]).body, b"<>3456");
}

#[test]
fn what_cannot_be_sent_is_refused_at_the_start() {
    let backend = MemoryBackend::default();
    let (number, _) = backend.open_file(MemoryFile::new(b"0123456789".to_vec()));
    let host = Host::with(backend, |builder| builder);
    let session = host.get(move |ecb| {
        let file = HSE_TF_INFO {
            hFile: handle(number),
            ..info()
        };
        assert_eq!(transmit(ecb, file), Err(87), "no callback");
        ecb.on_completion(|_, _, _| panic!("nothing was started"))
            .expect("registers");
        let cases = [
            (HSE_TF_INFO { dwFlags: 0, ..file }, 87),
            (
                HSE_TF_INFO {
                    dwFlags: HSE_IO_ASYNC | 1,
                    ..file
                },
                87,
            ),
            (
                HSE_TF_INFO {
                    dwFlags: HSE_IO_ASYNC | 0x8000,
                    ..file
                },
                87,
            ),
            (
                HSE_TF_INFO {
                    hFile: handle(999),
                    ..file
                },
                87,
            ),
            (
                HSE_TF_INFO {
                    hFile: isapi_abi::INVALID_HANDLE_VALUE,
                    ..file
                },
                87,
            ),
            (HSE_TF_INFO { Offset: 11, ..file }, 10022),
            (
                HSE_TF_INFO {
                    Offset: 8,
                    BytesToWrite: 3,
                    ..file
                },
                87,
            ),
            (
                HSE_TF_INFO {
                    HeadLength: 1,
                    ..file
                },
                87,
            ),
            (
                HSE_TF_INFO {
                    TailLength: 1,
                    ..file
                },
                87,
            ),
        ];
        for (number, (case, error)) in cases.into_iter().enumerate() {
            assert_eq!(transmit(ecb, case), Err(error), "case {number}");
        }
        ecb.write(b"nothing was sent").expect("the client is there");
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).body, b"nothing was sent");
}

#[test]
fn a_malformed_head_sends_nothing_of_the_file() {
    let backend = MemoryBackend::default();
    let (number, _) = backend.open_file(MemoryFile::new(b"0123456789".to_vec()));
    let host = Host::with(backend, |builder| builder);
    let session = host.get(move |ecb| {
        ecb.on_completion(|_, _, _| panic!("nothing was started"))
            .expect("registers");
        let malformed = HSE_TF_INFO {
            hFile: handle(number),
            pszStatusCode: c"two hundred".as_ptr(),
            pHead: c"\r\n".as_ptr().cast_mut().cast(),
            dwFlags: HSE_IO_ASYNC | HSE_IO_SEND_HEADERS,
            ..info()
        };
        assert_eq!(transmit(ecb, malformed), Err(87));
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.body, b"");
    assert_eq!(response.head.expect("a response").status(), 200);
}

#[test]
fn a_client_that_leaves_during_the_file_completes_it_with_995() {
    let backend = MemoryBackend::default();
    let (number, _) = backend.open_file(MemoryFile::new(pattern(1_000_000)));
    let host = Host::with(backend, |builder| builder);
    let (tell, told) = mpsc::channel();
    let (started, start) = mpsc::channel();
    let session = host.get(move |ecb| {
        let tell = tell.clone();
        ecb.on_completion(move |ecb, bytes, error| {
            tell.send((bytes, error)).expect("the test listens");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        let file = HSE_TF_INFO {
            hFile: handle(number),
            ..info()
        };
        assert_eq!(transmit(ecb, file), Ok(()));
        started.send(()).expect("the test listens");
        HSE_STATUS_PENDING
    });
    start.recv_timeout(PATIENCE).expect("the call is made");
    session.response_dropped();
    assert_eq!(told.recv_timeout(PATIENCE), Ok((0, 995)));
}
