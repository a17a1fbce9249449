use bytes::Bytes;
use isapi_core::session::{
    BodyEnd, ClientFault, DoneStatus, FileRange, FileToken, HostFault, Misuse, Outcome, Output,
    ProcStatus, VectorElement, VectorSend, Wait,
};

use crate::script::{Request, Wire, bytes, completion, head_of};

const RANGE: FileRange = FileRange {
    file: FileToken(3),
    offset: 5 << 32,
    length: 6 << 32,
};

fn memory(text: &'static str) -> VectorElement {
    VectorElement::Memory(bytes(text))
}

fn vector(elements: Vec<VectorElement>) -> VectorSend {
    VectorSend {
        head: None,
        elements,
        disconnect: false,
        final_send: false,
    }
}

#[test]
fn a_synchronous_vector_is_queued_in_order_and_waits_for_its_file() {
    let mut script = Request::get().called();
    let elements = vec![memory("<"), VectorElement::File(RANGE), memory(">")];
    script
        .session
        .vector_send(script.now, vector(elements))
        .expect("sent");
    let outputs = script.outputs();
    assert!(matches!(outputs[0], Output::SendHead(_)));
    let sent = |text| Output::SendData {
        operation: None,
        data: bytes(text),
    };
    let file = Output::SendFile {
        operation: None,
        range: RANGE,
    };
    assert_eq!(outputs[1..], [sent("<"), file, sent(">")]);

    let blocked = Ok(Outcome::Blocked(Wait::SendBuffer));
    assert_eq!(script.session.vector_sent(script.now, true), blocked);
    script
        .session
        .handle_data_taken(script.now, None, RANGE.length + 1);
    assert_eq!(script.session.vector_sent(script.now, true), blocked);
    script.session.handle_data_taken(script.now, None, 1);
    assert_eq!(
        script.session.vector_sent(script.now, true),
        Ok(Outcome::Done(()))
    );
}

#[test]
fn a_vector_of_memory_waits_only_for_room() {
    let mut script = Request::get().send_buffer(4).called();
    let elements = vec![memory("abc"), memory("def")];
    script
        .session
        .vector_send(script.now, vector(elements))
        .expect("sent");
    let blocked = Ok(Outcome::Blocked(Wait::SendBuffer));
    assert_eq!(script.session.vector_sent(script.now, false), blocked);
    script.session.handle_data_taken(script.now, None, 2);
    assert_eq!(
        script.session.vector_sent(script.now, false),
        Ok(Outcome::Done(()))
    );
}

#[test]
fn a_file_that_fails_in_a_synchronous_vector_is_told_to_its_caller() {
    let mut script = Request::get().called();
    let elements = vec![VectorElement::File(RANGE)];
    script
        .session
        .vector_send(script.now, vector(elements))
        .expect("sent");
    script.outputs();
    script
        .session
        .handle_transfer_failed(script.now, None, HostFault::FileTruncated);
    assert_eq!(script.outputs(), [Output::EndBody(BodyEnd::Cut)]);
    assert_eq!(
        script.session.vector_sent(script.now, true),
        Err(HostFault::FileTruncated.into())
    );
}

#[test]
fn a_file_that_fails_behind_the_end_of_the_response_aborts_the_connection() {
    let mut script = Request::get().called();
    let elements = vec![VectorElement::File(RANGE)];
    script
        .session
        .vector_send(script.now, vector(elements))
        .expect("sent");
    script.is_done(DoneStatus::Success);
    let wire = Wire::of(script.outputs());
    assert!(wire.others.contains(&Output::EndBody(BodyEnd::Complete)));
    script
        .session
        .handle_transfer_failed(script.now, None, HostFault::FileRead);
    assert_eq!(script.outputs(), [Output::EndBody(BodyEnd::Abort)]);
}

#[test]
fn a_final_vector_ends_the_response_and_takes_no_more() {
    for has_file in [false, true] {
        let mut script = Request::get().called();
        let mut elements = vec![memory("last")];
        if has_file {
            elements.push(VectorElement::File(RANGE));
        }
        let last = VectorSend {
            final_send: true,
            ..vector(elements)
        };
        script
            .session
            .vector_send(script.now, last)
            .expect("the first one");
        script
            .session
            .handle_data_taken(script.now, None, 4 + RANGE.length);
        let sent = script.session.vector_sent(script.now, has_file);
        assert_eq!(sent, Ok(Outcome::Done(())));
        let end = Output::EndBody(BodyEnd::Complete);
        assert!(script.outputs().contains(&end), "with a file: {has_file}");
        let more = script.session.write_client(script.now, b"more");
        assert_eq!(more, Err(Misuse::SendAfterFinal.into()));
    }
}

#[test]
fn a_vector_that_disconnects_closes_the_connection_behind_it() {
    let mut script = Request::get().called();
    let last = VectorSend {
        disconnect: true,
        ..vector(vec![memory("bye")])
    };
    script.session.vector_send(script.now, last).expect("sent");
    let wire = Wire::of(script.outputs());
    assert_eq!(wire.others, [Output::EndBody(BodyEnd::CloseAfter)]);
    assert!(wire.head.is_some_and(|head| head.wants_close()));
}

#[test]
fn an_asynchronous_vector_counts_its_elements_and_what_followed_its_head() {
    let mut script = Request::get().with_callback();
    let sent = VectorSend {
        head: Some((head_of("404 Not Found", "A: b\r\n\r\n"), bytes("12"))),
        ..vector(vec![memory("345"), VectorElement::File(RANGE)])
    };
    let id = script
        .session
        .vector_send_async(script.now, sent)
        .expect("started");
    assert_eq!(Wire::of(script.outputs()).status(), Some(404));
    script
        .session
        .handle_data_taken(script.now, Some(id), 5 + RANGE.length);
    assert_eq!(completion(script.outputs()).bytes, 5 + RANGE.length);
}

#[test]
fn a_vector_that_cannot_be_sent_whole_is_not_sent_at_all() {
    let mut script = Request::get().called();
    script.send_head("200 OK", "Transfer-Encoding: chunked\r\n\r\n");
    script.outputs();
    let across = vec![memory("5\r\nab"), VectorElement::File(RANGE)];
    let refused = script.session.vector_send(script.now, vector(across));
    assert_eq!(refused, Err(Misuse::FileAcrossChunks.into()));
    let wire = Wire::of(script.outputs());
    assert_eq!((wire.head, wire.body), (None, Vec::new()));
}

#[test]
fn the_first_bytes_of_a_vector_may_be_a_head() {
    let mut script = Request::get().called();
    let elements = vec![
        memory("HTTP/1.1 201 Created\r\n"),
        memory("Content-Length: 2\r\n\r\nhi"),
    ];
    script
        .session
        .vector_send(script.now, vector(elements))
        .expect("sent");
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.status(), wire.body.as_slice()),
        (Some(201), b"hi".as_slice())
    );
}

#[test]
fn an_empty_vector_completes_with_nothing() {
    let mut script = Request::get().with_callback();
    let empty = vector(vec![VectorElement::Memory(Bytes::new())]);
    let id = script
        .session
        .vector_send_async(script.now, empty)
        .expect("started");
    let completion = completion(script.outputs());
    assert_eq!((completion.operation, completion.bytes), (id, 0));
}

#[test]
fn a_vector_does_not_wait_for_a_client_that_goes_after_the_end() {
    let mut script = Request::get().called();
    let elements = vec![VectorElement::File(RANGE)];
    script
        .session
        .vector_send(script.now, vector(elements))
        .expect("sent");
    // Another thread ends the request while the vector's caller waits.
    script.returns(ProcStatus::Pending);
    script.is_done(DoneStatus::Success);
    script.outputs();
    let blocked = Ok(Outcome::Blocked(Wait::SendBuffer));
    assert_eq!(script.session.vector_sent(script.now, true), blocked);
    script.session.handle_response_dropped(script.now);
    assert_eq!(script.outputs(), []);
    assert_eq!(
        script.session.vector_sent(script.now, true),
        Err(ClientFault::Gone.into())
    );
}

#[test]
fn files_may_be_longer_together_than_any_number() {
    let endless = FileRange {
        offset: 0,
        length: u64::MAX,
        ..RANGE
    };
    let mut script = Request::get().with_callback();
    let twice = || vec![VectorElement::File(endless), VectorElement::File(endless)];
    script
        .session
        .vector_send(script.now, vector(twice()))
        .expect("sent");
    script
        .session
        .vector_send(script.now, vector(twice()))
        .expect("sent");
    script
        .session
        .exec_url(script.now, 1026, Default::default())
        .map(|id| assert_eq!(script.session.wants_child_data(id), Some(false)))
        .expect("started");
}
