use std::time::Duration;

use bytes::Bytes;
use http::header;
use isapi_core::request_head::BodyLength;
use isapi_core::session::{
    BodyEnd, ClientFault, Ending, FileTransmission, How, Initiator, Outcome, Output, Preread,
    Refusal, TransmitHead, Wait,
};

use crate::script::{Request, Wire, bytes};

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

#[test]
fn a_body_that_grows_too_large_before_the_call_is_answered_413() {
    let mut script = Request::post(BodyLength::Unknown).start();
    script.session.handle_body_chunk(script.now, bytes("abcd"));
    script.session.handle_body_too_large(script.now);
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.status(), Some(413));
    assert!(wire.head.expect("a head").wants_close());
    let ending = Ending {
        by: Initiator::Host,
        how: How::Refused,
    };
    assert_eq!(
        wire.others,
        [
            Output::EndBody(BodyEnd::CloseAfter),
            Output::Finished(ending)
        ]
    );
}

#[test]
fn a_body_that_grows_too_large_later_fails_the_read_behind_what_has_come() {
    let mut script = Request::post(BodyLength::Unknown).read_ahead(0).called();
    let blocked = Ok(Outcome::Blocked(Wait::Body));
    assert_eq!(script.session.read_client(script.now, 4), blocked);
    script.session.handle_body_chunk(script.now, bytes("ab"));
    script.session.handle_body_too_large(script.now);
    let read = script.session.read_client(script.now, 4);
    assert_eq!(read, Ok(Outcome::Done(bytes("ab"))));
    let read = script.session.read_client(script.now, 4);
    assert_eq!(read, Err(Refusal::Client(ClientFault::BodyTooLarge)));
    assert_eq!(ClientFault::BodyTooLarge.win32().code(), 10053);
}

#[test]
fn the_body_can_be_read_on_after_the_whole_response_was_sent() {
    let mut script = Request::post(BodyLength::Known(4)).read_ahead(0).called();
    script.session.io_completion(true).expect("open");
    let transmission = FileTransmission {
        head: TransmitHead::Raw(bytes("x")),
        file: None,
        tail: Bytes::new(),
        disconnect: false,
        final_send: true,
        own_callback: false,
    };
    let id = script
        .session
        .transmit_file(script.now, transmission)
        .expect("started");
    script.session.handle_data_taken(script.now, Some(id), 1);
    script.session.handle_completion_started(script.now, id);
    let blocked = Ok(Outcome::Blocked(Wait::Body));
    assert_eq!(script.session.read_client(script.now, 4), blocked);
    assert!(script.session.wants_body());
}
