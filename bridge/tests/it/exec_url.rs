//! `HSE_REQ_EXEC_URL`, `HSE_REQ_EXEC_UNICODE_URL`, `HSE_REQ_GET_EXEC_URL_STATUS`. The test executes
//! the children.

use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use http::{Method, StatusCode, header};
use isapi_abi::*;
use isapi_bridge::ChildCall;
use isapi_core::request_head::{BodyLength, User};
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{ChildRequest, ChildStatus, How};
use isapi_core::win32::Win32Error;

use crate::exchange::{Client, Host, PATIENCE, exchange};
use crate::extension::Ecb;

const OK: ChildStatus = ChildStatus {
    status: 200,
    sub_status: 0,
    error: Win32Error::SUCCESS,
};

fn info() -> HSE_EXEC_URL_INFO {
    HSE_EXEC_URL_INFO {
        pszUrl: ptr::null_mut(),
        pszMethod: ptr::null_mut(),
        pszChildHeaders: ptr::null_mut(),
        pUserInfo: ptr::null_mut(),
        pEntity: ptr::null_mut(),
        dwExecUrlFlags: 0,
    }
}

fn exec(ecb: Ecb, mut info: HSE_EXEC_URL_INFO) -> Result<(), DWORD> {
    ecb.ask(HSE_REQ_EXEC_URL, &mut info)
}

fn status(ecb: Ecb) -> Result<(USHORT, USHORT, DWORD), DWORD> {
    let mut status = HSE_EXEC_URL_STATUS {
        uHttpStatusCode: 7,
        uHttpSubStatus: 7,
        dwWin32Error: 7,
    };
    ecb.ask(HSE_REQ_GET_EXEC_URL_STATUS, &mut status)?;
    Ok((
        status.uHttpStatusCode,
        status.uHttpSubStatus,
        status.dwWin32Error,
    ))
}

type Told = mpsc::Receiver<(DWORD, DWORD, Result<(USHORT, USHORT, DWORD), DWORD>)>;

/// An extension that executes one child and tells what its callback got.
fn parent(
    host: &Host,
    body: u64,
    start: impl Fn(Ecb) -> Result<(), DWORD> + Send + Sync + 'static,
) -> (Client, Told) {
    let (tell, told) = mpsc::channel();
    let session = host.post(body, move |ecb| {
        let tell = tell.clone();
        ecb.on_completion(move |ecb, bytes, error| {
            tell.send((bytes, error, status(ecb)))
                .expect("the test listens");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        assert_eq!(start(ecb), Ok(()));
        HSE_STATUS_PENDING
    });
    (Client::new(session, &[]), told)
}

/// The one child of a request.
fn child(client: &mut Client) -> ChildCall {
    client.wait_until(|client| !client.children.is_empty());
    client.children.remove(0)
}

fn finish(client: &mut Client) {
    client.wait_until(|client| client.body_ended && client.ending.is_some());
}

#[test]
fn a_child_answers_in_its_parents_place() {
    let host = Host::new();
    let (mut client, told) = parent(&host, 0, |ecb| exec(ecb, info()));
    let ChildCall {
        operation, request, ..
    } = child(&mut client);
    assert_eq!(*request, ChildRequest::default());
    let session = client.session.clone();
    let head = ResponseHead::new(StatusCode::IM_A_TEAPOT)
        .with_field(header::SERVER, "child".parse().expect("a value"));
    session.child_head(operation, head);
    session.child_data(operation, Bytes::from_static(b"from the child"));
    let status = ChildStatus {
        status: 418,
        sub_status: 3,
        ..OK
    };
    session.child_end(operation, status);
    finish(&mut client);
    assert_eq!(told.recv_timeout(PATIENCE), Ok((14, 0, Ok((418, 3, 0)))));
    let head = client.head.expect("waited for").expect("a response");
    assert_eq!(head.status(), 418);
    assert!(head.fields().iter().any(|(_, value)| value == "child"));
    assert_eq!(client.received, b"from the child");
    assert!(client.children.is_empty(), "told once");
}

#[test]
fn every_argument_reaches_the_child() {
    let expected = ChildRequest {
        url: Some("/gr%C3%BCn?a=b".into()),
        method: Some(Method::PUT),
        headers: Some(vec![
            (header::HOST, "child".parse().expect("a value")),
            (header::ACCEPT, "*/*".parse().expect("a value")),
        ]),
        entity: Some(Bytes::from_static(b"ent\0ity")),
        user: Some(User {
            name: "J\u{fc}rgen".into(),
            auth_type: "Custom".into(),
        }),
        no_headers: true,
        ignore_current_interceptor: true,
        ignore_validation_and_range: true,
        disable_custom_error: true,
    };
    const ALL: DWORD = 0xf6;
    for unicode in [false, true] {
        let host = Host::new();
        let (mut client, _told) = parent(&host, 0, move |ecb| {
            let mut entity = HSE_EXEC_URL_ENTITY_INFO {
                cbAvailable: 7,
                lpbData: b"ent\0ity".as_ptr().cast_mut().cast(),
            };
            let method = c"PUT".as_ptr().cast_mut();
            let headers = c"Host: child\r\nAccept: */*\r\n".as_ptr().cast_mut();
            let auth_type = c"Custom".as_ptr().cast_mut();
            if unicode {
                let mut url: Vec<u16> = "/gr\u{fc}n?a=b\0".encode_utf16().collect();
                let mut name: Vec<u16> = "J\u{fc}rgen\0".encode_utf16().collect();
                let mut user = HSE_EXEC_UNICODE_URL_USER_INFO {
                    hImpersonationToken: ptr::null_mut(),
                    pszCustomUserName: name.as_mut_ptr(),
                    pszCustomAuthType: auth_type,
                };
                let mut info = HSE_EXEC_UNICODE_URL_INFO {
                    pszUrl: url.as_mut_ptr(),
                    pszMethod: method,
                    pszChildHeaders: headers,
                    pUserInfo: &raw mut user,
                    pEntity: &raw mut entity,
                    dwExecUrlFlags: ALL,
                };
                return ecb.ask(HSE_REQ_EXEC_UNICODE_URL, &mut info);
            }
            let mut user = HSE_EXEC_URL_USER_INFO {
                hImpersonationToken: ptr::null_mut(),
                pszCustomUserName: c"J\u{fc}rgen".as_ptr().cast_mut(),
                pszCustomAuthType: auth_type,
            };
            exec(
                ecb,
                HSE_EXEC_URL_INFO {
                    pszUrl: c"/gr\u{fc}n?a=b".as_ptr().cast_mut(),
                    pszMethod: method,
                    pszChildHeaders: headers,
                    pUserInfo: &raw mut user,
                    pEntity: &raw mut entity,
                    dwExecUrlFlags: ALL,
                },
            )
        });
        let call = child(&mut client);
        assert_eq!(*call.request, expected, "{unicode}");
        assert_eq!(call.body, BodyLength::Known(7));
        client.session.child_end(call.operation, OK);
        finish(&mut client);
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let host = Host::new();
    let session = host.get(|ecb| {
        assert_eq!(exec(ecb, info()), Err(87), "no callback");
        ecb.on_completion(|_, _, _| panic!("nothing was started"))
            .expect("registers");
        let text = |text: &'static std::ffi::CStr| text.as_ptr().cast_mut();
        let mut nothing = HSE_EXEC_URL_ENTITY_INFO {
            cbAvailable: 1,
            lpbData: ptr::null_mut(),
        };
        let mut token = HSE_EXEC_URL_USER_INFO {
            hImpersonationToken: ptr::without_provenance_mut(4),
            pszCustomUserName: ptr::null_mut(),
            pszCustomAuthType: ptr::null_mut(),
        };
        let mut control = HSE_EXEC_URL_USER_INFO {
            hImpersonationToken: ptr::null_mut(),
            pszCustomUserName: text(c"a\r\nb"),
            ..token
        };
        let cases = [
            (
                HSE_EXEC_URL_INFO {
                    pszUrl: text(c""),
                    ..info()
                },
                87,
            ),
            (
                HSE_EXEC_URL_INFO {
                    pszUrl: text(c"a"),
                    ..info()
                },
                87,
            ),
            (
                HSE_EXEC_URL_INFO {
                    pszUrl: text(c"/../a"),
                    ..info()
                },
                87,
            ),
            (
                HSE_EXEC_URL_INFO {
                    pszUrl: text(c"/\xff"),
                    ..info()
                },
                87,
            ),
            (
                HSE_EXEC_URL_INFO {
                    pszMethod: text(c""),
                    ..info()
                },
                87,
            ),
            (
                HSE_EXEC_URL_INFO {
                    pszMethod: text(c"G T"),
                    ..info()
                },
                87,
            ),
            (
                HSE_EXEC_URL_INFO {
                    pszChildHeaders: text(c"A"),
                    ..info()
                },
                87,
            ),
            (
                HSE_EXEC_URL_INFO {
                    dwExecUrlFlags: 1,
                    ..info()
                },
                87,
            ),
            (
                HSE_EXEC_URL_INFO {
                    dwExecUrlFlags: 0x100,
                    ..info()
                },
                87,
            ),
            (
                HSE_EXEC_URL_INFO {
                    pEntity: &raw mut nothing,
                    ..info()
                },
                87,
            ),
            (
                HSE_EXEC_URL_INFO {
                    pUserInfo: &raw mut control,
                    ..info()
                },
                87,
            ),
            (
                HSE_EXEC_URL_INFO {
                    pUserInfo: &raw mut token,
                    ..info()
                },
                50,
            ),
        ];
        for (number, (case, error)) in cases.into_iter().enumerate() {
            assert_eq!(exec(ecb, case), Err(error), "case {number}");
        }
        let mut surrogate = [u16::from(b'/'), 0xd800, 0];
        let mut wide = HSE_EXEC_UNICODE_URL_INFO {
            pszUrl: surrogate.as_mut_ptr(),
            pszMethod: ptr::null_mut(),
            pszChildHeaders: ptr::null_mut(),
            pUserInfo: ptr::null_mut(),
            pEntity: ptr::null_mut(),
            dwExecUrlFlags: 0,
        };
        assert_eq!(ecb.ask(HSE_REQ_EXEC_UNICODE_URL, &mut wide), Err(87));
        assert_eq!(status(ecb), Err(232), "no child has been");
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}

#[test]
fn children_may_not_lie_deeper_than_12() {
    let mut host = Host::new();
    host.config.exec_url_depth = 12;
    let session = host.get(|ecb| {
        ecb.on_completion(|_, _, _| panic!("nothing was started"))
            .expect("registers");
        assert_eq!(exec(ecb, info()), Err(1001));
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}

/// Counts how often it was woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_child_reads_what_its_parent_has_not() {
    let mut host = Host::new();
    host.config.read_ahead = 0;
    let (mut client, told) = parent(&host, 10, |ecb| exec(ecb, info()));
    let call = child(&mut client);
    assert_eq!(call.body, BodyLength::Known(10));
    let session = client.session.clone();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    assert!(
        session
            .poll_child_body(call.operation, &mut cx)
            .is_pending()
    );
    // Asks the driver for the body; there is no waker of the test's own in it.
    let mut noop = Context::from_waker(Waker::noop());
    let drive = session.poll_drive(&mut noop);
    assert!(
        matches!(drive, Poll::Ready(isapi_bridge::Drive::ReadBody)),
        "{drive:?}"
    );
    assert_eq!(woken.0.load(Ordering::Relaxed), 0);
    session.body_chunk(Bytes::from_static(b"01234"));
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    let Poll::Ready(Some(Ok(data))) = session.poll_child_body(call.operation, &mut cx) else {
        panic!("there is some");
    };
    assert_eq!(data, "01234");
    assert!(
        session
            .poll_child_body(call.operation, &mut cx)
            .is_pending()
    );
    session.body_cut();
    assert_eq!(woken.0.load(Ordering::Relaxed), 2);
    let cut = session.poll_child_body(call.operation, &mut cx);
    assert!(matches!(cut, Poll::Ready(Some(Err(_)))), "{cut:?}");
    session.child_end(call.operation, OK);
    finish(&mut client);
    assert_eq!(told.recv_timeout(PATIENCE), Ok((0, 0, Ok((200, 0, 0)))));
}

#[test]
fn a_child_waits_for_room() {
    let mut host = Host::new();
    host.config.send_buffer = 4;
    let (mut client, told) = parent(&host, 0, |ecb| exec(ecb, info()));
    client.drive_until(|client| !client.children.is_empty());
    let operation = client.children.remove(0).operation;
    let session = client.session.clone();
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    assert_eq!(
        session.poll_child_room(operation, &mut cx),
        Poll::Ready(true)
    );
    session.child_head(operation, ResponseHead::new(StatusCode::OK));
    session.child_data(operation, Bytes::from_static(b"0123456789"));
    assert_eq!(session.poll_child_room(operation, &mut cx), Poll::Pending);
    assert_eq!(woken.0.load(Ordering::Relaxed), 0);
    client.wait_until(|client| client.received == b"0123456789");
    assert_eq!(woken.0.load(Ordering::Relaxed), 1);
    assert_eq!(
        session.poll_child_room(operation, &mut cx),
        Poll::Ready(true)
    );
    session.child_end(operation, OK);
    assert_eq!(
        session.poll_child_room(operation, &mut cx),
        Poll::Ready(false)
    );
    finish(&mut client);
    assert_eq!(told.recv_timeout(PATIENCE), Ok((10, 0, Ok((200, 0, 0)))));
}

/// A child that is over in some way without its own doing, and what its parent's callback gets.
fn lost(lose: impl Fn(&Client), started: impl Fn(Ecb) + Send + Sync + 'static) -> (DWORD, DWORD) {
    let host = Host::new();
    let (mut client, told) = parent(&host, 0, move |ecb| {
        exec(ecb, info())?;
        started(ecb);
        Ok(())
    });
    client.drive_until(|client| !client.children.is_empty());
    let operation = client.children.remove(0).operation;
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut cx = Context::from_waker(&waker);
    let session = client.session.clone();
    let wanted = session.poll_child_room(operation, &mut cx) == Poll::Ready(true);
    lose(&client);
    let (bytes, error, _) = told.recv_timeout(PATIENCE).expect("the callback runs");
    assert_eq!(
        session.poll_child_room(operation, &mut cx),
        Poll::Ready(false)
    );
    assert_eq!(woken.0.load(Ordering::Relaxed), usize::from(wanted));
    // What is told too late is harmless.
    session.child_head(operation, ResponseHead::new(StatusCode::OK));
    session.child_data(operation, Bytes::from_static(b"late"));
    session.child_end(operation, OK);
    let body = session.poll_child_body(operation, &mut cx);
    assert!(matches!(body, Poll::Ready(Some(Err(_)))), "{body:?}");
    (bytes, error)
}

#[test]
fn a_child_is_dropped_when_the_client_leaves() {
    let answer = lost(|client| client.session.response_dropped(), |_| ());
    assert_eq!(answer, (0, 995));
}

#[test]
fn a_child_is_dropped_when_its_parent_closes_the_connection() {
    let (tell, go_on) = mpsc::channel::<()>();
    let go_on = std::sync::Mutex::new(go_on);
    let answer = lost(
        |_| tell.send(()).expect("the call waits"),
        move |ecb| {
            let go_on = go_on.lock().expect("unpoisoned");
            go_on.recv_timeout(PATIENCE).expect("the test goes on");
            ecb.order(HSE_REQ_CLOSE_CONNECTION).expect("open");
        },
    );
    assert_eq!(answer, (0, 64));
}

#[test]
fn a_child_is_dropped_when_its_parent_cancels_it() {
    let (tell, go_on) = mpsc::channel::<()>();
    let go_on = std::sync::Mutex::new(go_on);
    let answer = lost(
        |_| tell.send(()).expect("the call waits"),
        move |ecb| {
            let go_on = go_on.lock().expect("unpoisoned");
            go_on.recv_timeout(PATIENCE).expect("the test goes on");
            ecb.order(HSE_REQ_CANCEL_IO).expect("open");
        },
    );
    assert_eq!(answer, (0, 995));
}

#[test]
fn a_child_that_is_cancelled_before_it_began_is_never_told_of() {
    let host = Host::new();
    let (mut client, told) = parent(&host, 0, |ecb| {
        exec(ecb, info())?;
        ecb.order(HSE_REQ_CANCEL_IO)
    });
    let (bytes, error, status) = told.recv_timeout(PATIENCE).expect("the callback runs");
    assert_eq!((bytes, error, status), (0, 995, Ok((0, 0, 995))));
    client.wait_until(|client| client.ending.is_some());
    assert_eq!(client.children, []);
}

#[test]
fn a_child_that_breaks_off_cuts_the_response() {
    let host = Host::new();
    let (mut client, told) = parent(&host, 0, |ecb| exec(ecb, info()));
    let operation = child(&mut client).operation;
    let session = client.session.clone();
    session.child_head(operation, ResponseHead::new(StatusCode::OK));
    session.child_data(operation, Bytes::from_static(b"half"));
    let status = ChildStatus {
        error: Win32Error::READ_FAULT,
        ..OK
    };
    session.child_end(operation, status);
    finish(&mut client);
    assert!(client.aborted);
    let (_, error, status) = told.recv_timeout(PATIENCE).expect("the callback runs");
    assert_eq!((error, status), (30, Ok((200, 0, 30))));
}
