use bytes::Bytes;
use isapi_core::request_head::BodyLength;
use isapi_core::session::{
    BodyEnd, Callback, Done, DoneStatus, Ending, How, Initiator, InvokeFailure, Misuse, Output,
    ProcReturn, ProcStatus,
};

use crate::script::{Request, Script, Wire, bytes};

const SUCCESS: Ending = Ending {
    by: Initiator::Extension,
    how: How::Success,
};

#[test]
fn success_zero_and_keep_conn_end_alike() {
    for status in [0, 1, 2] {
        let mut script = Request::get().called();
        script.write(b"x");
        script.returns(ProcStatus::from_raw(status));
        assert_eq!(
            Wire::of(script.outputs()).others,
            [
                Output::EndBody(BodyEnd::Complete),
                Output::Finished(SUCCESS)
            ]
        );
    }
}

#[test]
fn nothing_sent_answers_with_the_status_of_the_control_block() {
    for (http_status, sent) in [(200, 200), (403, 403), (100, 200), (70_000, 200), (0, 200)] {
        let mut script = Request::get().called();
        let status = ProcStatus::Success;
        script.session.handle_proc_return(
            script.now,
            ProcReturn {
                status,
                http_status,
            },
        );
        let wire = Wire::of(script.outputs());
        assert_eq!(wire.status(), Some(sent));
        assert_eq!(wire.head.and_then(|head| head.content_length()), Some(0));
    }
}

#[test]
fn an_error_before_the_head_answers_500_and_after_it_cuts() {
    let ending = Ending {
        by: Initiator::Extension,
        how: How::Error,
    };
    let mut script = Request::get().called();
    script.returns(ProcStatus::Error);
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.status(), Some(500));
    assert_eq!(
        wire.others,
        [Output::EndBody(BodyEnd::Complete), Output::Finished(ending)]
    );

    let mut script = Request::get().called();
    script.write(b"x");
    script.returns(ProcStatus::Error);
    let wire = Wire::of(script.outputs());
    assert_eq!(
        wire.others,
        [Output::EndBody(BodyEnd::Cut), Output::Finished(ending)]
    );
}

#[test]
fn an_unknown_status_is_an_error_and_is_reported() {
    let mut script = Request::get().called();
    script.returns(ProcStatus::from_raw(77));
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.status(), Some(500));
    assert_eq!(wire.others[0], Output::Report(Misuse::UnknownStatus(77)));
}

#[test]
fn pending_waits_for_done_with_session() {
    let mut script = Request::get().called();
    script.returns(ProcStatus::Pending);
    assert_eq!(script.outputs(), []);
    script.write(b"later");
    script.is_done(DoneStatus::Success);
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.body, b"later");
    assert_eq!(
        wire.others,
        [
            Output::EndBody(BodyEnd::Complete),
            Output::Finished(SUCCESS)
        ]
    );
}

#[test]
fn done_before_the_return_answers_the_client_at_once_and_finishes_with_the_return() {
    let mut script = Request::get().called();
    script.write(b"x");
    script.is_done(DoneStatus::Success);
    assert_eq!(
        Wire::of(script.outputs()).others,
        [Output::EndBody(BodyEnd::Complete)]
    );
    assert!(!script.session.is_ended());
    script.returns(ProcStatus::Pending);
    assert_eq!(script.outputs(), [Output::Finished(SUCCESS)]);
}

#[test]
fn done_in_a_synchronous_request_counts_once() {
    let mut script = Request::get().called();
    script.is_done(DoneStatus::Success);
    script.returns(ProcStatus::Success);
    let wire = Wire::of(script.outputs());
    assert_eq!(
        wire.others,
        [
            Output::EndBody(BodyEnd::Complete),
            Output::Finished(SUCCESS)
        ]
    );
}

#[test]
fn done_a_second_time_is_refused() {
    let mut script = Request::get().called();
    script.returns(ProcStatus::Pending);
    script.is_done(DoneStatus::Success);
    let done = Done {
        status: DoneStatus::Success,
        http_status: 200,
    };
    let refused = script.session.done_with_session(script.now, done);
    assert_eq!(refused, Err(Misuse::DoneTwice.into()));
}

#[test]
fn callbacks_after_done_are_refused_by_name() {
    let mut script = Request::get().called();
    script.is_done(DoneStatus::Success);
    assert_eq!(
        script.session.write_client(script.now, b"x"),
        Err(Misuse::AfterDone(Callback::WriteClient).into())
    );
    assert_eq!(
        script.session.check_open(Callback::GetServerVariable),
        Err(Misuse::AfterDone(Callback::GetServerVariable).into())
    );
}

#[test]
fn a_final_return_with_a_read_pending_cancels_it_and_waits_for_its_callback() {
    let mut script = Request::post(BodyLength::Known(4)).read_ahead(0).called();
    script.session.io_completion(true).expect("open");
    let id = script
        .session
        .read_client_async(script.now, 4)
        .expect("started");
    script.returns(ProcStatus::Success);
    let outputs = script.outputs();
    assert_eq!(outputs[0], Output::Report(Misuse::EndedWhilePending));
    assert!(
        matches!(&outputs[1], Output::Complete(completion) if completion.error.code() == 995),
        "{outputs:?}"
    );
    assert_eq!(outputs.len(), 2, "not finished before the callback");
    script.session.handle_completion_started(script.now, id);
    assert_eq!(script.outputs().last(), Some(&Output::Finished(SUCCESS)));
}

#[test]
fn done_with_a_write_pending_lets_the_bytes_go_out() {
    let mut script = Request::get().called();
    script.session.io_completion(true).expect("open");
    let id = script
        .session
        .write_client_async(script.now, bytes("hello"))
        .expect("started");
    script.returns(ProcStatus::Pending);
    script.is_done(DoneStatus::Success);
    assert_eq!(
        Wire::of(script.outputs()).others,
        [Output::Report(Misuse::EndedWhilePending)]
    );
    script.session.handle_data_taken(script.now, Some(id), 5);
    assert!(matches!(script.outputs().as_slice(), [Output::Complete(_)]));
    script.session.handle_completion_started(script.now, id);
    assert_eq!(
        script.outputs(),
        [
            Output::EndBody(BodyEnd::Complete),
            Output::Finished(SUCCESS)
        ]
    );
}

#[test]
fn a_client_that_leaves_before_the_call_prevents_it() {
    let mut script = Request::post(BodyLength::Known(4)).start();
    script.session.handle_response_dropped(script.now);
    let ending = Ending {
        by: Initiator::Client,
        how: How::Aborted,
    };
    assert_eq!(script.outputs(), [Output::Finished(ending)]);
    script
        .session
        .handle_body_chunk(script.now, Bytes::from_static(b"abcd"));
    assert_eq!(script.outputs(), []);
}

#[test]
fn a_client_that_leaves_later_does_not_end_the_session_for_the_extension() {
    let mut script = Request::get().called();
    script.returns(ProcStatus::Pending);
    script.session.handle_response_dropped(script.now);
    assert!(!script.session.is_ended());
    script.is_done(DoneStatus::Success);
    let ending = Ending {
        by: Initiator::Client,
        how: How::Aborted,
    };
    assert_eq!(script.outputs().last(), Some(&Output::Finished(ending)));
}

#[test]
fn a_call_that_unwinds_answers_500() {
    let mut script = Request::get().called();
    script.returns(ProcStatus::Panicked);
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.status(), Some(500));
    let ending = Ending {
        by: Initiator::Extension,
        how: How::Panicked,
    };
    assert_eq!(wire.others.last(), Some(&Output::Finished(ending)));
}

/// A request whose call has returned and whose first asynchronous write is over, in its callback.
fn in_callback(script: &mut Script) {
    script.session.io_completion(true).expect("open");
    let id = script
        .session
        .write_client_async(script.now, bytes("hello"))
        .expect("started");
    script.returns(ProcStatus::Pending);
    script.session.handle_data_taken(script.now, Some(id), 5);
    script.session.handle_completion_started(script.now, id);
    script.outputs();
}

const PANICKED: Ending = Ending {
    by: Initiator::Extension,
    how: How::Panicked,
};

#[test]
fn a_callback_that_unwinds_cuts_the_response_and_ends_the_session() {
    let mut script = Request::get().called();
    in_callback(&mut script);
    script.session.handle_completion_panicked(script.now);
    assert_eq!(
        script.outputs(),
        [Output::EndBody(BodyEnd::Cut), Output::Finished(PANICKED)]
    );
}

#[test]
fn a_callback_that_unwinds_before_the_head_answers_500() {
    let mut script = Request::post(BodyLength::Known(4)).read_ahead(0).called();
    script.session.io_completion(true).expect("open");
    let id = script
        .session
        .read_client_async(script.now, 4)
        .expect("started");
    script.returns(ProcStatus::Pending);
    script
        .session
        .handle_body_chunk(script.now, Bytes::from_static(b"abcd"));
    script.session.handle_completion_started(script.now, id);
    script.outputs();
    script.session.handle_completion_panicked(script.now);
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.status(), Some(500));
    assert_eq!(wire.others.last(), Some(&Output::Finished(PANICKED)));
}

#[test]
fn a_callback_that_unwinds_with_its_next_operation_pending_ends_only_after_that() {
    let mut script = Request::get().called();
    in_callback(&mut script);
    let next = script
        .session
        .write_client_async(script.now, bytes("more"))
        .expect("the one before is over");
    script.outputs();
    script.session.handle_completion_panicked(script.now);
    let outputs = script.outputs();
    assert_eq!(
        outputs,
        [
            Output::Cancel(next),
            Output::Report(Misuse::EndedWhilePending)
        ]
    );
    script.session.handle_cancelled(script.now, next);
    assert!(!script.session.is_ended());
    script.session.handle_completion_started(script.now, next);
    assert_eq!(script.outputs().last(), Some(&Output::Finished(PANICKED)));
}

#[test]
fn a_callback_that_unwinds_after_the_end_changes_nothing() {
    let mut script = Request::get().called();
    in_callback(&mut script);
    script.is_done(DoneStatus::Success);
    assert_eq!(script.outputs().last(), Some(&Output::Finished(SUCCESS)));
    script.session.handle_completion_panicked(script.now);
    assert_eq!(script.outputs(), []);
}

#[test]
fn a_call_that_is_not_made_answers_as_the_host_says() {
    let mut script = Request::get().called();
    script
        .session
        .handle_invoke_failed(script.now, InvokeFailure::Overloaded);
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.status(), Some(503));
    let ending = Ending {
        by: Initiator::Host,
        how: How::Error,
    };
    assert_eq!(wire.others.last(), Some(&Output::Finished(ending)));
}
