//! What an extension asks and tells about itself, and about who asks.

mod common;

use isapi_sdk::abi::HSE_STATUS_SUCCESS;
use isapi_sdk::{ClientCertificate, Win32Error};

#[test]
fn the_flush_flag_is_set_and_taken_back() {
    for (query, expected) in [("on", true), ("off", false)] {
        let host = answering!(|request| {
            request.set_flush(true).unwrap();
            request.set_flush(request.query() == "on").unwrap();
            String::new()
        });
        let exchange = host.get(&format!("/?{query}")).start();
        assert_eq!(exchange.flushes(), expected);
    }
}

#[test]
fn an_extension_runs_in_the_process_of_the_server() {
    let host = answering!(|request| format!("{:?}", request.is_in_process()));
    assert_eq!(host.get("/").start().body_text(), "Ok(true)");
}

#[test]
fn reasons_for_being_unhealthy_arrive() {
    let host = answering!(|request| {
        request.report_unhealthy(Some("out of handles")).unwrap();
        request.report_unhealthy(None).unwrap();
        let refused = request.report_unhealthy(Some("a\0b"));
        assert_eq!(refused, Err(Win32Error::INVALID_PARAMETER));
        String::new()
    });
    let exchange = host.get("/").start();
    assert_eq!(exchange.returned(), HSE_STATUS_SUCCESS, "a check failed");
    assert_eq!(exchange.unhealthy(), ["out of handles", ""]);
}

#[test]
fn a_client_certificate_of_any_size_is_whole() {
    for size in [0, 1, 8192, 8193, 100_000] {
        let host = answering!(|request| {
            let certificate = request.client_certificate().unwrap().unwrap();
            let size = request.query().parse().unwrap();
            let expected = ClientCertificate {
                der: vec![0x30; size],
                flags: 1,
            };
            assert_eq!(certificate, expected);
            "whole".to_owned()
        });
        let request = host.get(&format!("/?{size}"));
        let exchange = request.client_certificate(vec![0x30; size]).start();
        assert_eq!(exchange.body_text(), "whole", "{size}");
    }
}

#[test]
fn a_client_without_a_certificate_has_none() {
    let host = answering!(|request| format!("{:?}", request.client_certificate()));
    assert_eq!(host.get("/").start().body_text(), "Ok(None)");
}
