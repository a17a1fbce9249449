//! The server's own pages for errors.

mod common;

use isapi_sdk::abi::HSE_STATUS_SUCCESS;
use isapi_sdk::{Finish, Win32Error};

#[test]
fn a_page_is_the_whole_response() {
    let host = answering!(|request| {
        let sent = request.send_custom_error("404 Not Found", 3);
        assert_eq!(sent, Ok(()));
        String::new()
    });
    let exchange = host.get("/").error_page(404, 3, "<p>gone").start();
    assert_eq!(exchange.status().as_deref(), Some("404 Not Found"));
    assert_eq!(exchange.body_text(), "<p>gone");
    assert_eq!(exchange.sub_status(), 3);
}

#[test]
fn without_a_page_the_extension_sends_its_own() {
    let host = answering!(|request| {
        match request.send_custom_error("404 Not Found", 0) {
            Err(Win32Error::FILE_NOT_FOUND) => "my own page".to_owned(),
            _ => String::new(),
        }
    });
    let exchange = host.get("/").error_page(404, 3, "another's").start();
    assert_eq!(exchange.body_text(), "my own page");
    assert!(exchange.refused().is_empty());
}

#[test]
fn a_status_that_is_none_and_a_second_head_are_refused_by_the_host() {
    let host = answering!(|request| {
        let refused = Err(Win32Error::INVALID_PARAMETER);
        assert_eq!(request.send_custom_error("Not Found", 0), refused);
        assert_eq!(request.send_custom_error("404\0", 0), refused);
        assert_eq!(request.send_custom_error("40 Not Found", 0), refused);
        request.send_header("200 OK", &[]).unwrap();
        assert_eq!(request.send_custom_error("404 Not Found", 0), refused);
        String::new()
    });
    let exchange = host.get("/").error_page(404, 0, "").start();
    assert_eq!(exchange.returned(), HSE_STATUS_SUCCESS, "a check failed");
    assert_eq!(exchange.refused(), ["ServerSupportFunction 1028"; 3]);
}

#[test]
fn an_asynchronous_page_is_sent_when_it_completes() {
    let host = working_on!(|request| {
        let started = request.send_custom_error("403 Forbidden", 14, |request, completion| {
            assert_eq!(completion.result(), Ok(4));
            request.finish(Finish::Success);
        });
        assert!(started.is_ok());
    });
    let exchange = host.get("/").error_page(403, 14, "page").start();
    assert!(exchange.is_pending());
    assert_eq!(exchange.body_text(), "");
    let exchange = exchange.finish();
    assert_eq!(exchange.status().as_deref(), Some("403 Forbidden"));
    assert_eq!(exchange.body_text(), "page");
}

#[test]
fn an_asynchronous_refusal_gives_the_request_back() {
    let host = working_on!(|request| {
        let started = request.send_custom_error("403 Forbidden", 0, |_, _| unreachable!());
        let refused = started.unwrap_err();
        assert_eq!(refused.error, Win32Error::FILE_NOT_FOUND);
        let sync = refused.request.send_custom_error_sync("404 Not Found", 0);
        assert_eq!(sync, Ok(()));
        refused.request.finish(Finish::Success);
    });
    let exchange = host.get("/").error_page(404, 0, "page").start();
    assert_eq!(exchange.body_text(), "page");
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
}
