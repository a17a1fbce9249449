//! Work that is done when `HttpExtensionProc` returns.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use http::Method;
use isapi_abi::{
    HSE_APPEND_LOG_PARAMETER, HSE_REQ_IS_CONNECTED, HSE_REQ_IS_KEEP_CONN,
    HSE_REQ_SEND_RESPONSE_HEADER, HSE_REQ_SEND_URL_REDIRECT_RESP, HSE_STATUS_ERROR,
    HSE_STATUS_SUCCESS,
};
use isapi_bridge::Peer;
use isapi_core::request_head::BodyLength;
use isapi_core::session::{How, SessionConfig};

use crate::exchange::{Client, Host, PATIENCE, exchange, request};
use crate::extension::{Ecb, last_error, on_call, text};

#[test]
fn hello_is_a_whole_response() {
    let host = Host::new();
    let session = host.get(|ecb| {
        ecb.send_header("200 OK", "Content-Type: text/plain\r\n\r\n")
            .expect("first head");
        assert_eq!(ecb.write(b"hello"), Ok(5));
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[]);
    let head = response.head.expect("a response");
    assert_eq!(head.status(), 200);
    assert_eq!(head.fields()[0].0, "content-type");
    assert_eq!(response.body, b"hello");
    assert!(!response.aborted);
    assert_eq!(response.ending.how, How::Success);
    assert!(session.is_body_done());
}

#[test]
fn the_block_describes_the_request() {
    let host = Host::new();
    let query = on_call(|ecb| {
        let block = ecb.block();
        assert_eq!(usize::try_from(block.cbSize), Ok(size_of_val(&block)));
        assert_eq!(block.dwVersion >> 16, 6);
        assert_eq!(block.dwHttpStatusCode, 200);
        assert_eq!(block.lpszLogData[0], 0);
        assert_eq!(text(block.lpszMethod), "PURGE");
        assert_eq!(text(block.lpszPathInfo), "/extra");
        assert_eq!(text(block.lpszPathTranslated), "/site/extra");
        assert_eq!(text(block.lpszContentType), "text/plain");
        assert_eq!((block.cbTotalBytes, block.cbAvailable), (10, 10));
        // SAFETY: ten bytes and the NUL that IIS adds.
        let data = unsafe { std::slice::from_raw_parts(block.lpbData, 11) };
        assert_eq!(data, b"0123456789\0");
        HSE_STATUS_SUCCESS
    });
    let mut parts = request(&query);
    parts.method = Method::from_bytes(b"PURGE").expect("a method");
    parts.body = BodyLength::Known(10);
    let response = exchange(&host.start(parts), &[b"01234", b"56789"]);
    assert_eq!(response.ending.how, How::Success);
}

#[test]
fn strings_without_a_value_are_empty_and_not_null() {
    let host = Host::new();
    // Only this test asks for the empty query.
    let query = on_call(|_| HSE_STATUS_SUCCESS);
    let mut parts = request(&query);
    parts.headers.remove(http::header::CONTENT_TYPE);
    parts.script.path_info = "".into();
    parts.script.path_translated = "".into();
    let seen = on_call(|ecb| {
        let block = ecb.block();
        assert_eq!(text(block.lpszPathInfo), "");
        assert_eq!(text(block.lpszPathTranslated), "");
        assert_eq!(text(block.lpszContentType), "");
        assert!(!block.lpbData.is_null());
        HSE_STATUS_SUCCESS
    });
    parts.target = format!("/test.dll?{seen}").into();
    assert_eq!(exchange(&host.start(parts), &[]).ending.how, How::Success);
}

#[test]
fn a_body_beyond_the_read_ahead_comes_through_read_client() {
    let mut host = Host::new();
    host.config = SessionConfig {
        read_ahead: 4,
        ..SessionConfig::default()
    };
    let session = host.post(12, |ecb| {
        assert_eq!((ecb.block().cbTotalBytes, ecb.block().cbAvailable), (12, 4));
        let mut rest = Vec::new();
        loop {
            let piece = ecb.read(3).expect("the body comes");
            if piece.is_empty() {
                break;
            }
            assert!(piece.len() <= 3);
            rest.extend(piece);
        }
        ecb.write(&rest).expect("the client is there");
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[b"abcd", b"efghij", b"kl"]);
    assert_eq!(response.body, b"efghijkl");
}

#[test]
fn a_large_write_waits_for_its_consumer_and_is_whole() {
    const LENGTH: usize = 3 << 20;
    let host = Host::new();
    let (returned, call) = mpsc::channel();
    let session = host.get(move |ecb| {
        let data: Vec<u8> = (0..LENGTH).map(|n| n.to_le_bytes()[0]).collect();
        let written = ecb.write(&data);
        returned.send(written).expect("the test listens");
        HSE_STATUS_SUCCESS
    });
    let mut client = Client::new(session, &[]);
    client.wait_until(|client| !client.received.is_empty());
    let response = exchange(&client.session, &[]);
    assert_eq!(
        call.recv_timeout(PATIENCE),
        Ok(Ok(u32::try_from(LENGTH).expect("fits")))
    );
    assert_eq!(client.received.len() + response.body.len(), LENGTH);
}

#[test]
fn a_write_that_fails_half_way_says_how_much_was_accepted() {
    let mut host = Host::new();
    host.config = SessionConfig {
        send_buffer: 1000,
        ..SessionConfig::default()
    };
    let (told, result) = mpsc::channel();
    let session = host.get(move |ecb| {
        let data = [b'x'; 5000];
        let mut size = 5000;
        let write = ecb.block().WriteClient.expect("filled");
        // SAFETY: buffer and size belong together.
        let answer = unsafe {
            write(
                ecb.conn(),
                data.as_ptr().cast_mut().cast(),
                &raw mut size,
                0,
            )
        };
        told.send((answer, last_error(), size))
            .expect("the test listens");
        HSE_STATUS_ERROR
    });
    // The head comes with the first bytes; with none of them taken, the rest has to wait.
    Client::new(session.clone(), &[]).wait_for_head();
    session.response_dropped();
    let (answer, error, size) = result.recv_timeout(PATIENCE).expect("the write returns");
    assert_eq!((answer, error, size), (0, 10054, 1000));
}

#[test]
fn a_read_that_waits_too_long_fails_and_may_be_tried_again() {
    let mut host = Host::new();
    host.config = SessionConfig {
        read_ahead: 0,
        read_timeout: Duration::from_millis(20),
        ..SessionConfig::default()
    };
    let (told, results) = mpsc::channel();
    let session = host.post(3, move |ecb| {
        told.send(ecb.read(10)).expect("the test listens");
        let again = loop {
            match ecb.read(10) {
                Err(10060) => {}
                other => break other,
            }
        };
        told.send(again).expect("the test listens");
        HSE_STATUS_SUCCESS
    });
    // Nobody drives: the blocked caller keeps the time itself.
    assert_eq!(results.recv_timeout(PATIENCE), Ok(Err(10060)));
    let response = exchange(&session, &[b"abc"]);
    assert_eq!(results.recv_timeout(PATIENCE), Ok(Ok(b"abc".to_vec())));
    assert_eq!(response.ending.how, How::Success);
}

#[test]
fn an_error_before_any_head_is_500() {
    let host = Host::new();
    let response = exchange(&host.get(|_| HSE_STATUS_ERROR), &[]);
    assert_eq!(response.head.expect("a response").status(), 500);
    assert_eq!(response.ending.how, How::Error);
}

#[test]
fn an_error_after_the_head_cuts_the_response() {
    let host = Host::new();
    let session = host.get(|ecb| {
        ecb.write(b"half").expect("the client is there");
        HSE_STATUS_ERROR
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.body, b"half");
    assert!(response.aborted);
    assert!(!session.is_aborted(), "what was written goes out first");
    assert!(!session.is_body_done());
}

#[test]
fn the_status_in_the_block_answers_where_no_head_was_sent() {
    let host = Host::new();
    let session = host.get(|ecb| {
        ecb.set_http_status(403);
        HSE_STATUS_SUCCESS
    });
    assert_eq!(
        exchange(&session, &[]).head.expect("a response").status(),
        403
    );
}

#[test]
fn the_old_header_call_takes_two_strings_and_sends_what_follows_them() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let status = c"404 Not Found".as_ptr().cast_mut().cast();
        let headers = c"X-Test: 1\r\n\r\nbody".as_ptr().cast_mut().cast();
        let unused = std::ptr::without_provenance_mut(1);
        ecb.support(HSE_REQ_SEND_RESPONSE_HEADER, status, unused, headers)
            .expect("first head");
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.head.expect("a response").status(), 404);
    assert_eq!(response.body, b"body");
}

#[test]
fn a_redirect_reads_the_url_and_not_its_size() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let url = c"http://example.org/there".as_ptr().cast_mut().cast();
        let unused = std::ptr::without_provenance_mut(1);
        ecb.support(HSE_REQ_SEND_URL_REDIRECT_RESP, url, unused, unused)
            .expect("first head");
        HSE_STATUS_SUCCESS
    });
    let head = exchange(&session, &[]).head.expect("a response");
    assert_eq!(head.status(), 302);
    assert!(
        head.fields()
            .iter()
            .any(|(name, value)| { name == "location" && value == "http://example.org/there" })
    );
}

#[test]
fn questions_are_answered_with_true_or_false() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let unused = std::ptr::without_provenance_mut(1);
        for request in [HSE_REQ_IS_CONNECTED, HSE_REQ_IS_KEEP_CONN] {
            let mut answer = -1;
            ecb.support(request, (&raw mut answer).cast(), unused, unused)
                .expect("answers");
            assert_eq!(answer, 1, "{request}");
        }
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}

struct Asked(Arc<AtomicBool>);

impl Peer for Asked {
    fn is_gone(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[test]
fn is_connected_asks_the_connection_each_time() {
    let gone = Arc::new(AtomicBool::new(false));
    let mut host = Host::new();
    let asked = Arc::clone(&gone);
    host.transport.peer = Some(Arc::new(Asked(asked)));
    let session = host.get(move |ecb| {
        for (is_gone, connected) in [(false, 1), (true, 0), (false, 1)] {
            gone.store(is_gone, Ordering::SeqCst);
            let unused = std::ptr::without_provenance_mut(1);
            let mut answer = -1;
            ecb.support(
                HSE_REQ_IS_CONNECTED,
                (&raw mut answer).cast(),
                unused,
                unused,
            )
            .expect("answers");
            assert_eq!(answer, connected);
        }
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}

#[test]
fn log_texts_are_kept_and_escaped() {
    let host = Host::new();
    let session = host.get(|ecb| {
        ecb.set_log_data(&[b'x'; 100]);
        let text = c"a=1\r\nforged".as_ptr().cast_mut().cast();
        ecb.support(
            HSE_APPEND_LOG_PARAMETER,
            text,
            std::ptr::null_mut(),
            std::ptr::null_mut(),
        )
        .expect("takes it");
        HSE_STATUS_SUCCESS
    });
    let log = exchange(&session, &[]).log;
    assert_eq!(log.log_parameters, r"a=1\r\nforged");
    assert_eq!(log.log_data, "x".repeat(80));
    assert_eq!(log.status, Some(200));
    assert_eq!(log.extension, "scripted (linked in)");
}

#[test]
fn the_last_error_is_set_on_the_calling_thread_only() {
    let host = Host::new();
    let session = host.get(|ecb: Ecb| {
        // Beginning and joining a thread may set the last error too, as on Windows.
        let (is_set, is_read) = (AtomicBool::new(false), AtomicBool::new(false));
        let wait = |flag: &AtomicBool| {
            while !flag.load(Ordering::Acquire) {
                thread::yield_now();
            }
        };
        thread::scope(|scope| {
            let other = scope.spawn(|| {
                wait(&is_set);
                let read = ecb.read(0).err();
                is_read.store(true, Ordering::Release);
                read
            });
            let refused = ecb.support(5000, 1 as _, 1 as _, 1 as _);
            is_set.store(true, Ordering::Release);
            wait(&is_read);
            assert_eq!((refused, last_error()), (Err(87), 87));
            assert_eq!(other.join().expect("answers"), None);
        });
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}
