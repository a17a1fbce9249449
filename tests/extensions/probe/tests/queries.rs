//! Each query on the host in memory.

use isapi_sdk::abi::{HSE_STATUS_ERROR, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
use isapi_sdk::testing::TestHost;

/// A host with an extension of its own: tests run at the same time.
macro_rules! host {
    () => {
        TestHost::load(isapi_sdk::entry!(probe_extension::Probe)).unwrap()
    };
}

#[test]
fn the_control_block_is_shown() {
    let text = host!().get("/path?ecb").start().body_text();
    for line in [
        "dwVersion=00060000",
        "dwHttpStatusCode=200",
        "lpszLogData=",
        "lpszMethod=GET",
        "lpszQueryString=ecb",
        "lpszPathInfo=/path",
        "cbTotalBytes=0",
        "cbAvailable=0",
    ] {
        assert!(text.lines().any(|have| have == line), "no {line} in {text}");
    }
}

#[test]
fn chunks_are_the_same_either_way() {
    for target in ["/?chunks=3", "/?async=3"] {
        let exchange = host!().get(target).start().finish();
        assert_eq!(
            exchange.body_text(),
            "chunk 0\nchunk 1\nchunk 2\n",
            "{target}"
        );
        assert_eq!(exchange.header("Content-Length"), None);
        assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
    }
}

#[test]
fn a_body_is_summed_up_the_same_either_way() {
    for target in ["/?read", "/?async-read"] {
        let exchange = host!()
            .post(target, vec![2; 10_000])
            .read_ahead(100)
            .start()
            .finish();
        assert_eq!(
            exchange.body_text(),
            "total=10000 available=100 read=10000 sum=20000\n"
        );
        let exchange = host!().post(target, "ab").unknown_length().start().finish();
        assert_eq!(
            exchange.body_text(),
            "total=4294967295 available=2 read=2 sum=195\n"
        );
    }
}

#[test]
fn a_file_is_sent_with_its_tail() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let exchange = host!()
        .get(&format!("/?file={path}&offset=1&bytes=6"))
        .start()
        .finish();
    assert_eq!(exchange.body_text(), "packagtail\n");
    let exchange = host!()
        .get(&format!("/?file={path}"))
        .refuse_operations()
        .start()
        .finish();
    assert_eq!(exchange.body_text(), "refused 87\n");
    let exchange = host!().get("/?file=/nowhere/at/all").start();
    assert_eq!(exchange.status().as_deref(), Some("404 Not Found"));
}

#[test]
fn a_request_ends_on_another_thread_before_the_call_returns() {
    let exchange = host!().get("/?done-early").start();
    assert_eq!(exchange.returned(), HSE_STATUS_PENDING);
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
    assert_eq!(exchange.body_text(), "done early\n");

    let exchange = host!().get("/?done=4").start();
    assert_eq!(exchange.returned(), HSE_STATUS_PENDING);
    assert_eq!(exchange.ended(), Some(HSE_STATUS_ERROR));
}

#[test]
fn a_status_is_returned_with_what_belongs_to_it() {
    let exchange = host!().get("/?status=4&http=403&send").start();
    assert_eq!(exchange.returned(), HSE_STATUS_ERROR);
    assert_eq!(exchange.http_status(), 403);
    assert_eq!(exchange.body_text(), "sent\n");
}

#[test]
fn refused_calls_leave_their_codes() {
    let exchange = host!().get("/?last-error").start();
    let expected = "unknown-variable 1413\nsmall-buffer 122\nneeded-size 4\n\
        forged-connection 87\nunknown-request 87\nwrite-without-callback 87\n\
        read-without-callback 87\nread-not-async 87\n";
    assert_eq!(exchange.body_text(), expected);
}

#[test]
fn any_other_query_is_refused() {
    assert_eq!(
        host!().get("/").start().status().as_deref(),
        Some("400 Bad Request")
    );
}
