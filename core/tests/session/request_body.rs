use std::time::Duration;

use bytes::Bytes;
use http::header;
use isapi_core::request_head::BodyLength;
use isapi_core::session::{ClientFault, Outcome, Output, Preread, Refusal, Wait};

use crate::script::{Request, bytes};

#[test]
fn the_call_waits_for_the_whole_of_a_small_body() {
    let mut script = Request::post(BodyLength::Known(4)).start();
    assert_eq!(script.outputs(), []);
    assert!(script.session.wants_body());
    script.session.handle_body_chunk(script.now, bytes("ab"));
    assert_eq!(script.outputs(), []);
    script.session.handle_body_chunk(script.now, bytes("cd"));
    assert_eq!(
        script.outputs(),
        [Output::Invoke(Preread {
            data: bytes("abcd"),
            total_bytes: 4
        })]
    );
    assert!(!script.session.wants_body());
}

#[test]
fn the_call_gets_no_more_than_the_read_ahead_and_the_rest_is_read() {
    let mut script = Request::post(BodyLength::Known(6)).read_ahead(4).start();
    script
        .session
        .handle_body_chunk(script.now, bytes("abcdef"));
    assert_eq!(
        script.outputs(),
        [Output::Invoke(Preread {
            data: bytes("abcd"),
            total_bytes: 6
        })]
    );
    assert_eq!(
        script.session.read_client(script.now, 10),
        Ok(Outcome::Done(bytes("ef")))
    );
    assert_eq!(
        script.session.read_client(script.now, 10),
        Ok(Outcome::Done(Bytes::new()))
    );
}

#[test]
fn the_call_is_made_with_what_has_come_when_the_read_timeout_passes() {
    let mut script = Request::post(BodyLength::Known(4)).start();
    script.session.handle_body_chunk(script.now, bytes("a"));
    script.pass(Duration::from_secs(59));
    assert_eq!(script.outputs(), []);
    script.pass(Duration::from_secs(1));
    assert_eq!(
        script.outputs(),
        [Output::Invoke(Preread {
            data: bytes("a"),
            total_bytes: 4
        })]
    );
}

#[test]
fn the_call_is_not_held_back_by_expect_100_continue() {
    let script = Request::post(BodyLength::Known(4)).header(header::EXPECT, "100-continue");
    let mut script = script.start();
    assert_eq!(
        script.outputs(),
        [Output::Invoke(Preread {
            data: Bytes::new(),
            total_bytes: 4
        })]
    );
    assert!(
        !script.session.wants_body(),
        "100 would be sent before anybody reads"
    );
    assert_eq!(
        script.session.read_client(script.now, 4),
        Ok(Outcome::Blocked(Wait::Body))
    );
    assert!(script.session.wants_body());
}

#[test]
fn total_bytes_is_all_ones_for_chunked_bodies_and_for_4_gib() {
    for body in [
        BodyLength::Unknown,
        BodyLength::Known(1 << 32),
        BodyLength::Known((1 << 32) - 1),
    ] {
        let mut script = Request::post(body).read_ahead(0).start();
        let expected = Output::Invoke(Preread {
            data: Bytes::new(),
            total_bytes: u32::MAX,
        });
        assert_eq!(script.outputs(), [expected]);
    }
}

#[test]
fn a_body_that_is_cut_short_reads_as_its_end() {
    let mut script = Request::post(BodyLength::Known(9)).read_ahead(2).start();
    script.session.handle_body_chunk(script.now, bytes("ab"));
    assert_eq!(script.outputs().len(), 1);
    assert_eq!(
        script.session.read_client(script.now, 4),
        Ok(Outcome::Blocked(Wait::Body))
    );
    script.session.handle_body_cut(script.now);
    assert_eq!(
        script.session.read_client(script.now, 4),
        Ok(Outcome::Done(Bytes::new()))
    );
}

#[test]
fn a_body_cut_in_the_read_ahead_is_given_to_the_call() {
    let mut script = Request::post(BodyLength::Known(9)).start();
    script.session.handle_body_chunk(script.now, bytes("ab"));
    script.session.handle_body_cut(script.now);
    assert_eq!(
        script.outputs(),
        [Output::Invoke(Preread {
            data: bytes("ab"),
            total_bytes: 9
        })]
    );
}

#[test]
fn a_synchronous_read_times_out_and_may_be_tried_again() {
    let mut script = Request::post(BodyLength::Known(4)).read_ahead(0).called();
    assert_eq!(
        script.session.read_client(script.now, 4),
        Ok(Outcome::Blocked(Wait::Body))
    );
    script.pass(Duration::from_secs(60));
    assert_eq!(
        script.session.read_client(script.now, 4),
        Err(Refusal::Client(ClientFault::ReadTimedOut))
    );
    assert_eq!(
        script.session.read_client(script.now, 4),
        Ok(Outcome::Blocked(Wait::Body))
    );
    script.session.handle_body_chunk(script.now, bytes("abcd"));
    assert_eq!(
        script.session.read_client(script.now, 4),
        Ok(Outcome::Done(bytes("abcd")))
    );
}

#[test]
fn body_chunks_are_only_wanted_while_somebody_waits() {
    let mut script = Request::post(BodyLength::Unknown).read_ahead(0).called();
    assert!(!script.session.wants_body());
    assert_eq!(
        script.session.read_client(script.now, 2),
        Ok(Outcome::Blocked(Wait::Body))
    );
    assert!(script.session.wants_body());
    script.session.handle_body_chunk(script.now, bytes("abc"));
    assert!(!script.session.wants_body());
    assert_eq!(
        script.session.read_client(script.now, 2),
        Ok(Outcome::Done(bytes("ab")))
    );
    assert!(!script.session.wants_body(), "a byte is still there");
}
