use http::StatusCode;
use isapi_core::request_head::BodyLength;
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{
    BodyEnd, ChildBody, ChildRequest, ChildStatus, DoneStatus, MAX_EXEC_URL_DEPTH, Misuse,
    OperationId, Outcome, Output,
};
use isapi_core::win32::Win32Error;

use crate::script::{Request, Script, Wire, bytes, completion, head_of};

const FINE: ChildStatus = ChildStatus {
    status: 200,
    sub_status: 0,
    error: Win32Error::SUCCESS,
};

const BROKEN: ChildStatus = ChildStatus {
    status: 200,
    sub_status: 0,
    error: Win32Error::OPERATION_ABORTED,
};

fn execute(script: &mut Script, child: ChildRequest) -> OperationId {
    let id = script
        .session
        .exec_url(script.now, 1026, child.clone())
        .expect("started");
    let execute = Output::ExecUrl {
        operation: id,
        child: Box::new(child),
    };
    assert!(script.outputs().contains(&execute));
    id
}

#[test]
fn a_child_answers_in_the_place_of_its_parent() {
    let mut script = Request::get().with_callback();
    let id = execute(&mut script, ChildRequest::default());
    script
        .session
        .handle_child_head(id, head_of("404 Not Found", "Content-Length: 4\r\n\r\n"));
    script
        .session
        .handle_child_data(script.now, id, bytes("none"));
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.status(), wire.body.as_slice()),
        (Some(404), b"none".as_slice())
    );

    let missing = ChildStatus {
        status: 404,
        ..FINE
    };
    script.session.handle_child_end(script.now, id, missing);
    assert_eq!(script.outputs(), [], "its bytes are not taken yet");
    script.session.handle_data_taken(script.now, Some(id), 4);
    let completion = completion(script.outputs());
    assert_eq!(
        (completion.bytes, completion.error),
        (4, Win32Error::SUCCESS)
    );
    assert_eq!(script.session.exec_url_status(), Ok(missing));
}

#[test]
fn the_head_of_a_child_goes_nowhere_behind_its_parents() {
    let mut script = Request::get().with_callback();
    script.send_head("201 Created", "\r\n");
    script.write(b"parent, ");
    script.outputs();
    let id = execute(&mut script, ChildRequest::default());
    script
        .session
        .handle_child_head(id, head_of("404 Not Found", "Content-Length: 5\r\n\r\n"));
    script
        .session
        .handle_child_data(script.now, id, bytes("child"));
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.head, wire.body.as_slice()),
        (None, b"child".as_slice())
    );
}

#[test]
fn without_headers_only_what_the_child_writes_goes_out() {
    let mut script = Request::get().with_callback();
    let child = ChildRequest {
        no_headers: true,
        ..ChildRequest::default()
    };
    let id = execute(&mut script, child);
    script
        .session
        .handle_child_head(id, head_of("404 Not Found", "\r\n"));
    assert_eq!(script.outputs(), []);
    let raw = "HTTP/1.1 203 Raw\r\n\r\nbody";
    script.session.handle_child_data(script.now, id, bytes(raw));
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.status(), wire.body.as_slice()),
        (Some(203), b"body".as_slice())
    );
}

#[test]
fn a_child_without_headers_passes_on_a_raw_head_and_keeps_its_own_to_itself() {
    let mut script = Request::get().suppress_head().called();
    script.send_head("404 Not Found", "Content-Length: 3\r\n\r\n");
    script.write(b"HTTP/1.1 200 OK\r\n\r\n");
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.status(), Some(404));
    assert_eq!(wire.head.and_then(|head| head.content_length()), None);
    assert_eq!(wire.body, b"HTTP/1.1 200 OK\r\n\r\n");
}

#[test]
fn a_child_reads_the_read_ahead_again_and_then_the_rest() {
    let mut script = Request::post(BodyLength::Known(6)).read_ahead(2).start();
    script.session.handle_body_chunk(script.now, bytes("ab"));
    assert!(matches!(script.outputs()[..], [Output::Invoke(_)]));
    script.session.io_completion(true).expect("open");
    let id = execute(&mut script, ChildRequest::default());
    assert_eq!(script.session.child_body_length(), BodyLength::Known(6));
    assert_eq!(
        script.session.read_for_child(id),
        ChildBody::Data(bytes("ab"))
    );
    assert!(!script.session.wants_body(), "nobody has asked for more");
    assert_eq!(script.session.read_for_child(id), ChildBody::NotYet);
    assert!(script.session.wants_body());
    script.session.handle_body_chunk(script.now, bytes("cdef"));
    assert!(!script.session.wants_body());
    assert_eq!(
        script.session.read_for_child(id),
        ChildBody::Data(bytes("cdef"))
    );
    assert_eq!(script.session.read_for_child(id), ChildBody::End);
}

#[test]
fn a_child_reads_only_the_rest_where_its_parent_has_read() {
    let mut script = Request::post(BodyLength::Known(6)).read_ahead(2).start();
    script
        .session
        .handle_body_chunk(script.now, bytes("abcdef"));
    script.outputs();
    script.session.io_completion(true).expect("open");
    assert_eq!(
        script.session.read_client(script.now, 1),
        Ok(Outcome::Done(bytes("c")))
    );
    let id = execute(&mut script, ChildRequest::default());
    assert_eq!(script.session.child_body_length(), BodyLength::Known(3));
    assert_eq!(
        script.session.read_for_child(id),
        ChildBody::Data(bytes("def"))
    );
}

#[test]
fn a_body_that_breaks_off_breaks_off_for_the_child() {
    let mut script = Request::post(BodyLength::Known(6))
        .read_ahead(0)
        .with_callback();
    let id = execute(&mut script, ChildRequest::default());
    assert_eq!(script.session.read_for_child(id), ChildBody::NotYet);
    script.session.handle_body_cut(script.now);
    assert_eq!(script.session.read_for_child(id), ChildBody::Cut);
}

#[test]
fn a_slow_client_holds_the_child_back() {
    let mut script = Request::get().send_buffer(4).with_callback();
    let id = execute(&mut script, ChildRequest::default());
    assert_eq!(script.session.wants_child_data(id), Some(true));
    script
        .session
        .handle_child_data(script.now, id, bytes("full"));
    assert_eq!(script.session.wants_child_data(id), Some(false));
    assert!(script.session.poll_timeout().is_some(), "for ever");
    script.session.handle_data_taken(script.now, Some(id), 1);
    assert_eq!(script.session.wants_child_data(id), Some(true));
}

#[test]
fn a_child_that_breaks_off_cuts_the_response_behind_what_it_sent() {
    let mut script = Request::get().with_callback();
    let id = execute(&mut script, ChildRequest::default());
    script.session.handle_child_head(id, head_of("", "\r\n"));
    script
        .session
        .handle_child_data(script.now, id, bytes("half"));
    script.outputs();
    script.session.handle_child_cut(script.now, id, BROKEN);
    assert_eq!(script.outputs(), []);
    script.session.handle_data_taken(script.now, Some(id), 4);
    let outputs = script.outputs();
    assert!(outputs.contains(&Output::EndBody(BodyEnd::Cut)));
    let completion = completion(outputs);
    assert_eq!(
        (completion.bytes, completion.error),
        (4, Win32Error::OPERATION_ABORTED)
    );
    assert_eq!(script.session.exec_url_status(), Ok(BROKEN));
}

#[test]
fn a_child_that_breaks_off_before_it_sent_anything_leaves_the_answer_to_its_parent() {
    let mut script = Request::get().with_callback();
    let id = execute(&mut script, ChildRequest::default());
    script.session.handle_child_cut(script.now, id, BROKEN);
    let completion = completion(script.outputs());
    script
        .session
        .handle_completion_started(script.now, completion.operation);
    script.send_head("502 Bad Gateway", "\r\n");
    assert_eq!(Wire::of(script.outputs()).status(), Some(502));
}

#[test]
fn a_child_is_the_one_operation_of_its_parent() {
    let mut script = Request::get().with_callback();
    let id = execute(&mut script, ChildRequest::default());
    let second = script
        .session
        .exec_url(script.now, 1026, ChildRequest::default());
    assert_eq!(second, Err(Misuse::SecondAsyncOperation.into()));
    let write = script.session.write_client(script.now, b"x");
    assert_eq!(write, Err(Misuse::SynchronousWhilePending.into()));
    assert_eq!(script.session.wants_child_data(id), Some(true));
}

#[test]
fn a_client_that_is_gone_ends_the_child() {
    let mut script = Request::get().with_callback();
    let id = execute(&mut script, ChildRequest::default());
    script.session.handle_response_dropped(script.now);
    assert_eq!(script.outputs(), [Output::Cancel(id)]);
    assert_eq!(script.session.wants_child_data(id), None);
    script.session.handle_child_end(script.now, id, FINE);
    assert_eq!(script.outputs(), [], "it is dropped, not ended");
    script.session.handle_cancelled(script.now, id);
    let completion = completion(script.outputs());
    assert_eq!(completion.error, Win32Error::OPERATION_ABORTED);
    let cancelled = ChildStatus {
        status: 0,
        ..BROKEN
    };
    assert_eq!(script.session.exec_url_status(), Ok(cancelled));
}

#[test]
fn a_parent_that_is_done_waits_for_its_child() {
    let mut script = Request::get().with_callback();
    let id = execute(&mut script, ChildRequest::default());
    script.returns(isapi_core::session::ProcStatus::Pending);
    script.is_done(DoneStatus::Success);
    script.outputs();
    script
        .session
        .handle_child_data(script.now, id, bytes("late"));
    assert_eq!(Wire::of(script.outputs()).body, b"late");
    script.session.handle_data_taken(script.now, Some(id), 4);
    script.session.handle_child_end(script.now, id, FINE);
    assert_eq!(completion(script.outputs()).bytes, 4);
    script.session.handle_completion_started(script.now, id);
    let outputs = script.outputs();
    assert_eq!(outputs[0], Output::EndBody(BodyEnd::Complete));
    assert!(matches!(outputs[1], Output::Finished(_)));
}

#[test]
fn children_of_children_come_to_an_end() {
    let mut deepest = Request::get()
        .exec_url_depth(MAX_EXEC_URL_DEPTH - 1)
        .with_callback();
    execute(&mut deepest, ChildRequest::default());
    let mut deeper = Request::get()
        .exec_url_depth(MAX_EXEC_URL_DEPTH)
        .with_callback();
    let refused = deeper
        .session
        .exec_url(deeper.now, 1026, ChildRequest::default());
    assert_eq!(refused, Err(Misuse::ExecUrlTooDeep.into()));
    assert_eq!(Misuse::ExecUrlTooDeep.win32().code(), 1001);
}

#[test]
fn there_is_no_status_before_a_child() {
    let mut script = Request::get().with_callback();
    let status = script.session.exec_url_status();
    assert_eq!(status, Err(Misuse::NoChildExecuted.into()));
}

#[test]
fn a_child_whose_bytes_cannot_be_sent_is_dropped_and_cuts_the_response() {
    let mut script = Request::get().with_callback();
    script.send_head("200 OK", "Transfer-Encoding: chunked\r\n\r\n");
    script.write(b"2\r\nok\r\n");
    script.outputs();
    let id = execute(&mut script, ChildRequest::default());
    script
        .session
        .handle_child_data(script.now, id, bytes("no chunk"));
    let outputs = script.outputs();
    assert!(outputs.contains(&Output::Report(Misuse::MalformedChunk)));
    assert!(outputs.contains(&Output::Cancel(id)));
    assert_eq!(script.session.wants_child_data(id), None, "no hole in it");
    script.session.handle_cancelled(script.now, id);
    let outputs = script.outputs();
    assert!(outputs.contains(&Output::EndBody(BodyEnd::Cut)));
    assert_eq!(completion(outputs).error, Win32Error::INVALID_PARAMETER);
}

#[test]
fn a_child_that_did_not_read_leaves_the_body_as_it_was() {
    let mut script = Request::post(BodyLength::Known(6)).read_ahead(2).start();
    script
        .session
        .handle_body_chunk(script.now, bytes("abcdef"));
    script.outputs();
    script.session.io_completion(true).expect("open");
    for _ in 0..2 {
        let id = execute(&mut script, ChildRequest::default());
        assert_eq!(script.session.child_body_length(), BodyLength::Known(6));
        script.session.handle_child_end(script.now, id, FINE);
        script.session.handle_completion_started(script.now, id);
        script.outputs();
    }
    assert_eq!(
        script.session.read_client(script.now, 10),
        Ok(Outcome::Done(bytes("cdef"))),
        "the read-ahead is in lpbData"
    );
}

#[test]
fn a_second_child_reads_on_where_the_first_one_stopped() {
    let mut script = Request::post(BodyLength::Known(3)).read_ahead(3).start();
    script.session.handle_body_chunk(script.now, bytes("abc"));
    script.outputs();
    script.session.io_completion(true).expect("open");
    let first = execute(&mut script, ChildRequest::default());
    assert_eq!(
        script.session.read_for_child(first),
        ChildBody::Data(bytes("abc"))
    );
    script.session.handle_child_end(script.now, first, FINE);
    script.session.handle_completion_started(script.now, first);
    script.outputs();
    let second = execute(&mut script, ChildRequest::default());
    assert_eq!(script.session.child_body_length(), BodyLength::None);
    assert_eq!(script.session.read_for_child(second), ChildBody::End);
}

#[test]
fn a_child_whose_head_cannot_be_sent_leaves_the_answer_to_its_parent() {
    let mut script = Request::get().with_callback();
    let id = execute(&mut script, ChildRequest::default());
    let switching = ResponseHead::new(StatusCode::SWITCHING_PROTOCOLS);
    script.session.handle_child_head(id, switching);
    assert!(script.outputs().contains(&Output::Cancel(id)));
    script.session.handle_cancelled(script.now, id);
    let completion = completion(script.outputs());
    assert_eq!(completion.error, Win32Error::INVALID_PARAMETER);
    script.session.handle_completion_started(script.now, id);
    script.send_head("502 Bad Gateway", "\r\n");
    assert_eq!(Wire::of(script.outputs()).status(), Some(502));
}
