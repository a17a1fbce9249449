//! `HSE_REQ_SEND_CUSTOM_ERROR`.

use std::ffi::CStr;
use std::ptr;
use std::sync::{Arc, mpsc};

use http::HeaderValue;
use isapi_abi::{
    BOOL, FALSE, HSE_CUSTOM_ERROR_INFO, HSE_REQ_SEND_CUSTOM_ERROR, HSE_STATUS_PENDING,
    HSE_STATUS_SUCCESS, TRUE, USHORT,
};
use isapi_bridge::ErrorPage;

use crate::exchange::{Host, PATIENCE, exchange};
use crate::extension::Ecb;
use crate::site::TestSite;

/// A host with a page for 404.3.
fn host() -> Host {
    let page = ErrorPage {
        content_type: HeaderValue::from_static("text/html"),
        body: "<p>not here".into(),
    };
    let mut host = Host::new();
    host.site = Arc::new(TestSite {
        error_pages: [((404, 3), page)].into(),
        ..TestSite::default()
    });
    host
}

fn send(ecb: Ecb, status: &CStr, sub_status: USHORT, asynchronous: BOOL) -> Result<(), u32> {
    let mut info = HSE_CUSTOM_ERROR_INFO {
        pszStatus: status.as_ptr().cast_mut(),
        uHttpSubError: sub_status,
        fAsync: asynchronous,
    };
    ecb.ask(HSE_REQ_SEND_CUSTOM_ERROR, &mut info)
}

#[test]
fn the_configured_page_is_the_whole_response_and_its_sub_status_is_logged() {
    let host = host();
    let session = host.get(|ecb| {
        assert_eq!(send(ecb, c"404 Gone Fishing", 3, FALSE), Ok(()));
        assert_eq!(send(ecb, c"404 Not Found", 3, FALSE), Err(87), "twice");
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[]);
    let head = response.head.expect("a response");
    assert_eq!(head.status(), 404);
    assert_eq!(
        head.reason().map(|reason| &reason[..]),
        Some(&b"Gone Fishing"[..])
    );
    assert_eq!(head.content_length(), Some(11));
    assert!(head.fields().iter().any(|(_, value)| value == "text/html"));
    assert_eq!(response.body, b"<p>not here");
    assert_eq!(
        (response.log.status, response.log.sub_status),
        (Some(404), 3)
    );
}

#[test]
fn an_asynchronous_page_completes_with_its_length() {
    let host = host();
    let (tell, told) = mpsc::channel();
    let session = host.get(move |ecb| {
        let tell = tell.clone();
        assert_eq!(send(ecb, c"404 Not Found", 3, TRUE), Err(87), "no callback");
        ecb.on_completion(move |ecb, bytes, error| {
            tell.send((bytes, error)).expect("the test listens");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        assert_eq!(send(ecb, c"404 Not Found", 3, TRUE), Ok(()));
        HSE_STATUS_PENDING
    });
    assert_eq!(exchange(&session, &[]).body, b"<p>not here");
    assert_eq!(told.recv_timeout(PATIENCE), Ok((11, 0)));
}

#[test]
fn without_a_page_the_extension_sends_its_own() {
    let host = host();
    let session = host.get(|ecb| {
        assert_eq!(send(ecb, c"404 Not Found", 0, FALSE), Err(2));
        assert_eq!(send(ecb, c"500 Oops", 3, TRUE), Err(2));
        for status in [c"", c" ", c"four", c"99", c"404\r\nX: 1"] {
            assert_eq!(send(ecb, status, 3, FALSE), Err(87), "{status:?}");
        }
        let mut no_status = HSE_CUSTOM_ERROR_INFO {
            pszStatus: ptr::null_mut(),
            uHttpSubError: 3,
            fAsync: FALSE,
        };
        assert_eq!(ecb.ask(HSE_REQ_SEND_CUSTOM_ERROR, &mut no_status), Err(87));
        ecb.send_header("404 Not Found", "\r\n")
            .expect("first head");
        ecb.write(b"my own").expect("room");
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.body, b"my own");
    assert_eq!(
        (response.log.status, response.log.sub_status),
        (Some(404), 0)
    );
}

#[test]
fn no_page_is_sent_after_the_end() {
    let host = host();
    let session = host.get(|ecb| {
        ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        assert_eq!(send(ecb, c"404 Not Found", 3, FALSE), Err(87));
        assert_eq!(send(ecb, c"404 Not Found", 0, FALSE), Err(87));
        HSE_STATUS_PENDING
    });
    assert_eq!(exchange(&session, &[]).body, b"");
}
