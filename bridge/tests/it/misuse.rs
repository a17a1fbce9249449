//! What breaks the contract is refused, and harms nothing.

use std::ptr;
use std::sync::mpsc;

use isapi_abi::{
    HCONN, HSE_APPEND_LOG_PARAMETER, HSE_IO_ASYNC, HSE_REQ_ASYNC_READ_CLIENT, HSE_REQ_IS_CONNECTED,
    HSE_REQ_IS_KEEP_CONN, HSE_REQ_SEND_RESPONSE_HEADER_EX, HSE_REQ_SEND_URL, HSE_REQ_TRANSMIT_FILE,
    HSE_STATUS_PENDING, HSE_STATUS_SUCCESS,
};
use isapi_core::session::How;

use crate::exchange::{Host, exchange};
use crate::extension::{Ecb, last_error};

fn write_with(ecb: Ecb, conn: HCONN) -> (i32, u32) {
    let mut size = 1;
    let write = ecb.block().WriteClient.expect("filled");
    // SAFETY: buffer and size belong together; that the `ConnID` does not is what is tested.
    let answer = unsafe { write(conn, b"x".as_ptr().cast_mut().cast(), &raw mut size, 0) };
    (answer, last_error())
}

#[test]
fn a_forged_conn_id_is_refused() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let real = ecb.conn().addr();
        let forged = [
            0,
            1,
            usize::MAX,
            real ^ 1 << (usize::BITS - 1),
            real + (1 << 20),
        ];
        for forged in forged {
            assert_eq!(
                write_with(ecb, ptr::without_provenance_mut(forged)),
                (0, 87)
            );
        }
        // Not even the block's own address is followed.
        assert_eq!(write_with(ecb, ecb.0.cast()), (0, 87));
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[]);
    assert_eq!(
        (response.body.len(), response.ending.how),
        (0, How::Success)
    );
}

#[test]
fn every_callback_is_refused_after_done() {
    let host = Host::new();
    let session = host.get(|ecb| {
        ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        assert_eq!(ecb.write(b"x"), Err(87));
        assert_eq!(ecb.read(10), Err(87));
        assert_eq!(ecb.send_header("200 OK", "\r\n"), Err(87));
        assert_eq!(ecb.done(HSE_STATUS_SUCCESS), Err(87));
        let variable = ecb.block().GetServerVariable.expect("filled");
        let mut size = 0;
        // SAFETY: no buffer is given.
        let answer = unsafe {
            variable(
                ecb.conn(),
                c"URL".as_ptr().cast_mut(),
                ptr::null_mut(),
                &raw mut size,
            )
        };
        assert_eq!((answer, last_error(), size), (0, 87, 0));
        HSE_STATUS_PENDING
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.head.expect("a response").status(), 200);
    assert_eq!(response.ending.how, How::Success);
}

#[test]
fn a_conn_id_is_stale_after_the_end_and_the_next_request_is_not_touched() {
    let host = Host::new();
    let (tell, told) = mpsc::channel();
    let first = host.get(move |ecb| {
        tell.send(ecb.conn().addr()).expect("the test listens");
        HSE_STATUS_SUCCESS
    });
    exchange(&first, &[]);
    let stale = told.recv().expect("was called");
    let second = host.get(move |ecb| {
        assert_ne!(ecb.conn().addr(), stale);
        assert_eq!(write_with(ecb, ptr::without_provenance_mut(stale)), (0, 87));
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&second, &[]).body, b"");
}

#[test]
fn null_where_there_must_be_something_is_refused() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let none = ptr::null_mut();
        let mut size = 5;
        let block = ecb.block();
        let (write, read, variable) = (
            block.WriteClient.expect("filled"),
            block.ReadClient.expect("filled"),
            block.GetServerVariable.expect("filled"),
        );
        // SAFETY: nulls are what is tested.
        let answers = unsafe {
            [
                write(ecb.conn(), none, &raw mut size, 0),
                write(ecb.conn(), none, none.cast(), 0),
                read(ecb.conn(), none, &raw mut size),
                read(ecb.conn(), none, none.cast()),
                variable(ecb.conn(), none.cast(), none, &raw mut size),
                variable(ecb.conn(), c"URL".as_ptr().cast_mut(), none, none.cast()),
            ]
        };
        assert_eq!((answers, last_error(), size), ([0; 6], 87, 5));
        for request in [
            HSE_APPEND_LOG_PARAMETER,
            HSE_REQ_ASYNC_READ_CLIENT,
            HSE_REQ_IS_CONNECTED,
            HSE_REQ_IS_KEEP_CONN,
            HSE_REQ_SEND_RESPONSE_HEADER_EX,
            HSE_REQ_SEND_URL,
            HSE_REQ_TRANSMIT_FILE,
        ] {
            assert_eq!(
                ecb.support(request, none, none.cast(), none.cast()),
                Err(87),
                "{request}"
            );
        }
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}

#[test]
fn unknown_flags_and_a_missing_async_flag_are_refused() {
    let host = Host::new();
    let session = host.get(|ecb| {
        for flags in [0x8000, 3, HSE_IO_ASYNC | 4] {
            assert_eq!(ecb.write_flags(b"x", flags), Err(87), "{flags:#x}");
        }
        ecb.on_completion(|_, _, _| panic!("nothing was started"))
            .expect("registers");
        let mut buffer = [0u8; 4];
        for mut flags in [0, 1, HSE_IO_ASYNC | 0x8000] {
            let mut size = 4;
            let read = ecb.support(
                HSE_REQ_ASYNC_READ_CLIENT,
                buffer.as_mut_ptr().cast(),
                &raw mut size,
                &raw mut flags,
            );
            assert_eq!(read, Err(87), "{flags:#x}");
        }
        assert_eq!(ecb.write_flags(b"ok", 0), Ok(2));
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).body, b"ok");
}

#[test]
fn unknown_request_codes_are_refused_without_touching_their_arguments() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let bad = ptr::without_provenance_mut(1);
        for request in [0, 5, 999, 1004, 1009, 1039, 1051, 5000, u32::MAX] {
            assert_eq!(
                ecb.support(request, bad, bad.cast(), bad.cast()),
                Err(87),
                "{request}"
            );
        }
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}

#[test]
fn a_second_head_and_a_split_head_are_refused() {
    let host = Host::new();
    let session = host.get(|ecb| {
        assert_eq!(
            ecb.send_header("200 OK", "X-A: 1\r\n\nSet-Cookie: x\0y\r\n\r\n"),
            Ok(())
        );
        assert_eq!(ecb.send_header("404 Not Found", "\r\n"), Err(87));
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.head.expect("a response").status(), 200);

    let session = host.get(|ecb| {
        assert_eq!(ecb.send_header("200 OK", "X-A: 1\0\r\n\r\n"), Err(87));
        assert_eq!(ecb.send_header("200 OK\r\nX-B: 2", "\r\n"), Err(87));
        HSE_STATUS_SUCCESS
    });
    let head = exchange(&session, &[]).head.expect("a response");
    assert!(
        head.fields()
            .iter()
            .all(|(name, _)| name != "x-a" && name != "x-b")
    );
}

#[test]
fn lengths_are_honoured_and_a_counted_nul_is_forgiven() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let headers = "X-A: 1\r\n\r\nX-B: beyond the length";
        let mut info = isapi_abi::HSE_SEND_HEADER_EX_INFO {
            pszStatus: c"404 Not Found".as_ptr(),
            pszHeader: headers.as_ptr().cast(),
            cchStatus: 14,
            cchHeader: 10,
            fKeepConn: 1,
        };
        let none = ptr::null_mut();
        let info = (&raw mut info).cast();
        ecb.support(HSE_REQ_SEND_RESPONSE_HEADER_EX, info, none, none)
            .expect("first head");
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[]);
    let head = response.head.expect("a response");
    assert_eq!(head.status(), 404);
    assert!(
        head.fields()
            .iter()
            .any(|(name, value)| name == "x-a" && value == "1")
    );
    assert_eq!(response.body, b"");
}
