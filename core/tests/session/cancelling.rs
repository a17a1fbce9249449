use isapi_core::request_head::BodyLength;
use isapi_core::session::{BodyEnd, ChildRequest, DoneStatus, Output, ProcStatus};
use isapi_core::win32::Win32Error;

use crate::script::{Request, Wire, bytes, completion};

#[test]
fn a_cancelled_read_completes_as_aborted_and_the_response_goes_on() {
    let mut script = Request::post(BodyLength::Known(4))
        .read_ahead(0)
        .with_callback();
    let id = script.session.read_client_async(script.now, 4);
    script.session.cancel_io().expect("open");
    let completion = completion(script.outputs());
    assert_eq!(Ok(completion.operation), id);
    assert_eq!(
        (completion.bytes, completion.error),
        (0, Win32Error::OPERATION_ABORTED)
    );
    assert_eq!(script.session.poll_timeout(), None);

    script
        .session
        .handle_completion_started(script.now, completion.operation);
    script.write(b"still here");
    assert_eq!(Wire::of(script.outputs()).body, b"still here");
}

#[test]
fn a_cancelled_send_drops_its_rest_and_cuts_the_response() {
    let mut script = Request::get().with_callback();
    let id = script
        .session
        .write_client_async(script.now, bytes("hello"))
        .expect("started");
    script.outputs();
    script.session.handle_data_taken(script.now, Some(id), 2);
    script.session.cancel_io().expect("open");
    assert_eq!(script.outputs(), [Output::Cancel(id)]);
    script.session.cancel_io().expect("open");
    assert_eq!(script.outputs(), [], "cancelled once");

    script.session.handle_cancelled(script.now, id);
    let outputs = script.outputs();
    assert!(outputs.contains(&Output::EndBody(BodyEnd::Cut)));
    let completion = completion(outputs);
    assert_eq!(
        (completion.bytes, completion.error),
        (2, Win32Error::OPERATION_ABORTED)
    );
}

#[test]
fn with_nothing_pending_nothing_is_cancelled() {
    let mut script = Request::get().with_callback();
    script.session.cancel_io().expect("open");
    assert_eq!(script.outputs(), []);

    script.is_done(DoneStatus::Success);
    script.outputs();
    assert!(script.session.cancel_io().is_err(), "after the end");
}

#[test]
fn a_cancelled_child_that_sent_nothing_leaves_the_answer_to_its_parent() {
    let mut script = Request::get().with_callback();
    let id = script
        .session
        .exec_url(script.now, 1026, ChildRequest::default())
        .expect("started");
    script.session.cancel_io().expect("open");
    script.session.handle_cancelled(script.now, id);
    let completion = completion(script.outputs());
    assert_eq!(completion.error, Win32Error::OPERATION_ABORTED);
    script
        .session
        .handle_completion_started(script.now, completion.operation);
    script.send_head("504 Gateway Timeout", "\r\n");
    assert_eq!(Wire::of(script.outputs()).status(), Some(504));
}

#[test]
fn a_request_that_ends_before_its_child_has_answered_is_cut() {
    let mut script = Request::get().with_callback();
    let id = script
        .session
        .exec_url(script.now, 1026, ChildRequest::default())
        .expect("started");
    script.returns(ProcStatus::Success);
    script.session.handle_cancelled(script.now, id);
    let end = Output::EndBody(BodyEnd::Cut);
    assert!(script.outputs().contains(&end), "nobody has answered");
}
