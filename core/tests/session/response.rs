use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, header};
use isapi_core::response_head::HeadError;
use isapi_core::session::{
    BodyEnd, Callback, ClientFault, HostFault, Misuse, Outcome, Output, ProcStatus, Refusal, Wait,
};

use crate::script::{Request, Wire, head_of};

#[test]
fn body_without_a_head_goes_out_with_200() {
    let mut script = Request::get().called();
    script.write(b"hello");
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.status(), wire.body.as_slice()),
        (Some(200), b"hello".as_slice())
    );
}

#[test]
fn a_raw_head_may_be_cut_anywhere() {
    let written = b"HTTP/1.1 404 Not Found\r\nX-A: b\r\n\r\nbody";
    for cut in 0..written.len() {
        let mut script = Request::get().called();
        if cut > 0 {
            script.write(&written[..cut]);
        }
        script.write(&written[cut..]);
        let wire = Wire::of(script.outputs());
        assert_eq!(
            (wire.status(), wire.body.as_slice()),
            (Some(404), b"body".as_slice()),
            "{cut}"
        );
        assert_eq!(wire.others, []);
    }
}

#[test]
fn what_only_begins_like_a_raw_head_is_body() {
    let mut script = Request::get().called();
    script.write(b"HTT");
    assert_eq!(script.outputs(), []);
    script.write(b"X");
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.status(), wire.body.as_slice()),
        (Some(200), b"HTTX".as_slice())
    );
}

#[test]
fn a_raw_head_that_is_never_finished_answers_500() {
    let mut script = Request::get().called();
    script.write(b"HTTP/1.1 200 OK\r\n");
    script.returns(ProcStatus::Success);
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.status(), Some(500));
    assert_eq!(wire.others[0], Output::Report(Misuse::HeadNotFinished));
}

#[test]
fn a_malformed_raw_head_is_refused_and_nothing_of_it_goes_out() {
    let mut script = Request::get().called();
    let refused = script
        .session
        .write_client(script.now, b"HTTP/1.1 200 OK\r\nbad line\r\n\r\n");
    let misuse = Misuse::MalformedHead(HeadError::InvalidLine);
    assert_eq!(refused, Err(Refusal::Misuse(misuse)));
    assert_eq!(script.outputs(), [Output::Report(misuse)]);
}

#[test]
fn a_second_head_is_refused() {
    let mut script = Request::get().called();
    let head = head_of("200 OK", "\r\n");
    let send = |script: &mut crate::script::Script| {
        script
            .session
            .send_response_header(script.now, 1016, head.clone(), Bytes::new(), true)
    };
    assert_eq!(send(&mut script), Ok(()));
    assert_eq!(send(&mut script), Err(Misuse::HeadersSentTwice.into()));
    assert_eq!(
        Wire::of(script.outputs()).others,
        [Output::Report(Misuse::HeadersSentTwice)]
    );
}

#[test]
fn no_keep_conn_closes_the_connection() {
    let mut script = Request::get().called();
    script
        .session
        .send_response_header(script.now, 1016, head_of("200 OK", ""), Bytes::new(), false)
        .expect("a first head");
    assert!(
        Wire::of(script.outputs())
            .head
            .expect("a head")
            .wants_close()
    );
}

#[test]
fn more_body_than_content_length_is_cut_and_reported_once() {
    let mut script = Request::get().called();
    script.send_head("200 OK", "Content-Length: 3\r\n");
    script.write(b"abcde");
    script.write(b"fg");
    script.returns(ProcStatus::Success);
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.body, b"abc");
    assert_eq!(
        wire.others[0],
        Output::Report(Misuse::ContentLengthExceeded)
    );
    assert_eq!(wire.others[1], Output::EndBody(BodyEnd::Complete));
}

#[test]
fn less_body_than_content_length_cuts_the_response_behind_its_bytes() {
    let mut script = Request::get().called();
    script.send_head("200 OK", "Content-Length: 3\r\n");
    script.write(b"ab");
    script.returns(ProcStatus::Success);
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.body, b"ab");
    assert_eq!(
        wire.others[0],
        Output::Report(Misuse::ContentLengthNotReached)
    );
    assert_eq!(wire.others[1], Output::EndBody(BodyEnd::Cut));
}

#[test]
fn chunks_framed_by_the_extension_are_unframed() {
    let mut script = Request::get().called();
    script.send_head("200 OK", "Transfer-Encoding: chunked\r\n");
    script.write(b"3\r\nabc\r\n2\r");
    script.write(b"\nde\r\n0\r\n\r\n");
    script.returns(ProcStatus::Success);
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.body, b"abcde");
    assert_eq!(wire.others[0], Output::EndBody(BodyEnd::Complete));
}

#[test]
fn head_requests_204_and_304_swallow_the_body() {
    for (request, status) in [
        (Request::head(), "200 OK"),
        (Request::get(), "204 No Content"),
        (Request::get(), "304 Not Modified"),
    ] {
        let mut script = request.called();
        script.send_head(status, "");
        script.write(b"body");
        script.returns(ProcStatus::Success);
        let wire = Wire::of(script.outputs());
        assert_eq!(wire.body, b"", "{status}");
        assert_eq!(
            wire.others[0],
            Output::EndBody(BodyEnd::Complete),
            "{status}"
        );
    }
}

#[test]
fn a_redirect_needs_nothing_else() {
    let mut script = Request::get().called();
    script
        .session
        .send_redirect(script.now, 1, HeaderValue::from_static("http://example/x"))
        .expect("a first head");
    script.returns(ProcStatus::Success);
    let wire = Wire::of(script.outputs());
    let head = wire.head.expect("a head");
    assert_eq!(head.status(), 302);
    assert!(
        head.fields()
            .iter()
            .any(|(name, value)| name == header::LOCATION && value == "http://example/x")
    );
    assert_eq!(wire.others[0], Output::EndBody(BodyEnd::Complete));
}

#[test]
fn a_synchronous_writer_waits_for_room() {
    let mut script = Request::get().send_buffer(4).called();
    assert_eq!(
        script.session.write_client(script.now, b"abcdef"),
        Ok(Outcome::Done(4))
    );
    let blocked = Ok(Outcome::Blocked(Wait::SendBuffer));
    assert_eq!(script.session.write_client(script.now, b"ef"), blocked);
    script.session.handle_data_taken(script.now, None, 4);
    assert_eq!(
        script.session.write_client(script.now, b"ef"),
        Ok(Outcome::Done(2))
    );
}

#[test]
fn a_client_that_takes_nothing_for_the_write_timeout_is_cut_off() {
    let mut script = Request::get().send_buffer(4).called();
    script.write(b"abcd");
    script.pass(Duration::from_secs(59));
    assert!(script.session.is_connected());
    script.pass(Duration::from_secs(1));
    assert!(!script.session.is_connected());
    assert!(script.outputs().contains(&Output::EndBody(BodyEnd::Abort)));
    assert_eq!(
        script.session.write_client(script.now, b"x"),
        Err(Refusal::Host(HostFault::ConnectionClosed))
    );
}

#[test]
fn writes_after_the_client_has_gone_fail_fast() {
    let mut script = Request::get().called();
    script.session.handle_response_dropped(script.now);
    for _ in 0..2 {
        let refused = script.session.write_client(script.now, b"x");
        assert_eq!(refused, Err(Refusal::Client(ClientFault::Gone)));
    }
    assert_eq!(ClientFault::Gone.win32().code(), 10054);
}

#[test]
fn a_body_dropped_after_its_last_frame_is_no_client_gone() {
    let mut script = Request::get().called();
    script.send_head("200 OK", "Content-Length: 3\r\n");
    script.write(b"abc");
    script.session.handle_data_taken(script.now, None, 3);
    script.session.handle_response_dropped(script.now);
    assert!(script.session.is_connected());
}

#[test]
fn bytes_held_back_as_a_head_are_waited_for_when_they_go_out_at_the_end() {
    let mut script = Request::get().called();
    script.write(b"HTT");
    script.is_done(isapi_core::session::DoneStatus::Success);
    assert_eq!(Wire::of(script.outputs()).body, b"HTT");
    assert!(
        script.session.poll_timeout().is_some(),
        "no write deadline for queued bytes"
    );
}

#[test]
fn a_send_buffer_of_no_size_still_lets_bytes_through() {
    let mut script = Request::get().send_buffer(0).called();
    let outcome = script.session.write_client(script.now, b"ab");
    assert_eq!(outcome, Ok(Outcome::Done(1)));
}

#[test]
fn a_refused_head_names_the_code_it_came_with() {
    let mut script = Request::get().called();
    script.is_done(isapi_core::session::DoneStatus::Success);
    let refused = script
        .session
        .send_redirect(script.now, 2, HeaderValue::from_static("/x"));
    let call = Callback::ServerSupportFunction(2);
    assert_eq!(refused, Err(Misuse::AfterDone(call).into()));
}
