use isapi_core::session::{BodyEnd, DoneStatus, Output, ProcStatus, VectorElement, VectorSend};

use crate::script::{Request, Wire, bytes, completion};

#[test]
fn without_a_limit_every_write_goes_out_at_once() {
    let mut script = Request::get().called();
    script.write(b"now");
    assert_eq!(Wire::of(script.outputs()).body, b"now");
}

#[test]
fn what_is_held_back_goes_out_at_the_end() {
    let mut script = Request::get().response_buffer_limit(100).called();
    script.send_head("404 Not Found", "Content-Length: 4\r\n\r\n");
    script.write(b"ab");
    script.write(b"cd");
    assert_eq!(script.outputs(), []);
    script.is_done(DoneStatus::Success);
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.status(), wire.body.as_slice()),
        (Some(404), b"abcd".as_slice())
    );
    assert_eq!(wire.others, [Output::EndBody(BodyEnd::Complete)]);
}

#[test]
fn what_is_more_than_the_limit_goes_out_together() {
    let mut script = Request::get().response_buffer_limit(3).called();
    script.write(b"abc");
    assert_eq!(script.outputs(), []);
    script.write(b"d");
    assert_eq!(Wire::of(script.outputs()).body, b"abcd");
}

#[test]
fn the_flush_flag_passes_on_what_was_held_and_what_comes() {
    let mut script = Request::get().response_buffer_limit(100).called();
    script.write(b"held");
    script
        .session
        .set_flush_flag(script.now, true)
        .expect("open");
    assert_eq!(Wire::of(script.outputs()).body, b"held");
    script.write(b"at once");
    assert_eq!(Wire::of(script.outputs()).body, b"at once");
    script
        .session
        .set_flush_flag(script.now, false)
        .expect("open");
    script.write(b"held again");
    assert_eq!(script.outputs(), []);
}

#[test]
fn an_asynchronous_write_that_is_held_back_completes_at_once() {
    let mut script = Request::get().response_buffer_limit(100).with_callback();
    script
        .session
        .write_client_async(script.now, bytes("held"))
        .expect("started");
    assert_eq!(completion(script.outputs()).bytes, 4);
}

#[test]
fn a_client_that_takes_nothing_makes_the_extension_wait_with_a_buffer_too() {
    let mut script = Request::get()
        .response_buffer_limit(1)
        .send_buffer(4)
        .with_callback();
    script.write(b"full");
    script.outputs();
    let id = script
        .session
        .write_client_async(script.now, bytes("more"))
        .expect("started");
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.body.as_slice(), wire.others.len()),
        (b"more".as_slice(), 0)
    );
    script.session.handle_data_taken(script.now, None, 4);
    script.session.handle_data_taken(script.now, Some(id), 4);
    assert_eq!(completion(script.outputs()).bytes, 4);
}

#[test]
fn a_final_vector_takes_what_was_held_before_it_along() {
    let mut script = Request::get().response_buffer_limit(100).called();
    script.write(b"before ");
    let vector = VectorSend {
        head: None,
        elements: vec![VectorElement::Memory(bytes("and last"))],
        disconnect: false,
        final_send: true,
    };
    script
        .session
        .vector_send(script.now, vector)
        .expect("sent");
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.body, b"before and last");
    assert_eq!(wire.others, [Output::EndBody(BodyEnd::Complete)]);
}

#[test]
fn what_is_held_back_for_a_client_that_is_gone_is_dropped() {
    let mut script = Request::get().response_buffer_limit(100).called();
    script.write(b"held");
    script.session.handle_response_dropped(script.now);
    script.is_done(DoneStatus::Success);
    assert_eq!(script.outputs(), []);
}

#[test]
fn an_error_before_anything_went_out_is_500_whatever_is_held_back() {
    let mut script = Request::get().response_buffer_limit(100).called();
    script.send_head("200 OK", "\r\n");
    script.write(b"half of it");
    script.returns(ProcStatus::Error);
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.status(), wire.body.as_slice()),
        (Some(500), [].as_slice())
    );
    assert_eq!(wire.others[0], Output::EndBody(BodyEnd::Complete));
}

#[test]
fn an_error_behind_a_whole_response_that_is_held_back_does_not_replace_it() {
    let mut script = Request::get().response_buffer_limit(100).called();
    script.send_head("200 OK", "Content-Length: 5\r\n\r\n");
    script.write(b"whole");
    script.returns(ProcStatus::Error);
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.status(), wire.body.as_slice()),
        (Some(200), b"whole".as_slice())
    );
    assert_eq!(wire.others[0], Output::EndBody(BodyEnd::Complete));
}

#[test]
fn an_error_cuts_a_response_whose_head_went_out() {
    let mut script = Request::get().response_buffer_limit(3).called();
    script.write(b"gone");
    script.write(b"new");
    script.returns(ProcStatus::Error);
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.status(), wire.body.as_slice()),
        (Some(200), b"gonenew".as_slice())
    );
    assert_eq!(wire.others[0], Output::EndBody(BodyEnd::Cut));
}
