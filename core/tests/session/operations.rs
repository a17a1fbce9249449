use std::time::Duration;

use bytes::Bytes;
use isapi_core::request_head::BodyLength;
use isapi_core::session::{
    BodyEnd, FileRange, FileToken, FileTransmission, HostFault, Misuse, Output, ProcStatus,
    TransmitHead,
};
use isapi_core::win32::Win32Error;

use crate::script::{Request, Wire, bytes, completion, head_of};

fn file(length: u64) -> FileTransmission {
    FileTransmission {
        head: TransmitHead::Raw(Bytes::new()),
        file: Some(FileRange {
            file: FileToken(7),
            offset: 10,
            length,
        }),
        tail: Bytes::new(),
        disconnect: false,
        final_send: false,
        own_callback: false,
    }
}

#[test]
fn an_asynchronous_write_completes_when_its_bytes_were_taken() {
    let mut script = Request::get().with_callback();
    let id = script
        .session
        .write_client_async(script.now, bytes("hello"))
        .expect("started");
    let wire = Wire::of(script.outputs());
    assert_eq!(
        (wire.body.as_slice(), wire.others.len()),
        (b"hello".as_slice(), 0)
    );
    script.session.handle_data_taken(script.now, Some(id), 5);
    let completion = completion(script.outputs());
    assert_eq!(
        (completion.operation, completion.bytes, completion.error),
        (id, 5, Win32Error::SUCCESS)
    );
}

#[test]
fn operations_need_a_callback() {
    let mut script = Request::get().called();
    let refused = script.session.write_client_async(script.now, bytes("x"));
    assert_eq!(refused, Err(Misuse::CompletionNotSet.into()));
    script.session.io_completion(true).expect("open");
    script.session.io_completion(false).expect("open");
    let refused = script.session.read_client_async(script.now, 1);
    assert_eq!(refused, Err(Misuse::CompletionNotSet.into()));
    let own = FileTransmission {
        own_callback: true,
        ..file(1)
    };
    assert!(script.session.transmit_file(script.now, own).is_ok());
}

#[test]
fn a_second_operation_and_a_synchronous_call_are_refused_while_one_is_pending() {
    let mut script = Request::post(BodyLength::Known(4))
        .read_ahead(0)
        .with_callback();
    script
        .session
        .read_client_async(script.now, 4)
        .expect("started");
    assert_eq!(
        script.session.write_client_async(script.now, bytes("x")),
        Err(Misuse::SecondAsyncOperation.into())
    );
    assert_eq!(
        script.session.write_client(script.now, b"x"),
        Err(Misuse::SynchronousWhilePending.into())
    );
    assert_eq!(
        script.session.read_client(script.now, 1),
        Err(Misuse::SynchronousWhilePending.into())
    );
}

#[test]
fn the_next_operation_may_start_when_the_callback_is_entered() {
    let mut script = Request::get().with_callback();
    let id = script
        .session
        .write_client_async(script.now, bytes("a"))
        .expect("started");
    script.session.handle_data_taken(script.now, Some(id), 1);
    assert_eq!(
        script.session.write_client_async(script.now, bytes("b")),
        Err(Misuse::SecondAsyncOperation.into())
    );
    script.session.handle_completion_started(script.now, id);
    assert!(
        script
            .session
            .write_client_async(script.now, bytes("b"))
            .is_ok()
    );
}

#[test]
fn an_asynchronous_read_brings_data_and_at_the_end_nothing() {
    let mut script = Request::post(BodyLength::Known(3))
        .read_ahead(0)
        .with_callback();
    let id = script
        .session
        .read_client_async(script.now, 8)
        .expect("started");
    assert!(script.session.wants_body());
    script.session.handle_body_chunk(script.now, bytes("abc"));
    let read = completion(script.outputs());
    assert_eq!(
        (read.data, read.bytes, read.error),
        (bytes("abc"), 3, Win32Error::SUCCESS)
    );
    script.session.handle_completion_started(script.now, id);
    script
        .session
        .read_client_async(script.now, 8)
        .expect("started");
    let end = completion(script.outputs());
    assert_eq!((end.bytes, end.error), (0, Win32Error::SUCCESS));
}

#[test]
fn an_asynchronous_read_times_out() {
    let mut script = Request::post(BodyLength::Known(3))
        .read_ahead(0)
        .with_callback();
    script
        .session
        .read_client_async(script.now, 8)
        .expect("started");
    script.pass(Duration::from_secs(60));
    assert_eq!(completion(script.outputs()).error, Win32Error::WSAETIMEDOUT);
}

#[test]
fn the_client_leaving_ends_a_read_with_995() {
    let mut script = Request::post(BodyLength::Known(3))
        .read_ahead(0)
        .with_callback();
    script
        .session
        .read_client_async(script.now, 8)
        .expect("started");
    script.session.handle_response_dropped(script.now);
    assert_eq!(completion(script.outputs()).error.code(), 995);
}

/// HTTP says of a client that leaves that its body is cut, before anything else is known of it.
#[test]
fn a_body_that_is_cut_ends_a_read_with_995() {
    let mut script = Request::post(BodyLength::Known(9))
        .read_ahead(0)
        .with_callback();
    let id = script
        .session
        .read_client_async(script.now, 8)
        .expect("started");
    script.session.handle_body_chunk(script.now, bytes("abc"));
    script.session.handle_body_cut(script.now);
    let read = completion(script.outputs());
    assert_eq!((read.data, read.error), (bytes("abc"), Win32Error::SUCCESS));
    script.session.handle_completion_started(script.now, id);
    script
        .session
        .read_client_async(script.now, 8)
        .expect("started");
    let cut = completion(script.outputs());
    assert_eq!((cut.bytes, cut.error), (0, Win32Error::OPERATION_ABORTED));
}

#[test]
fn the_client_leaving_cancels_a_write_which_then_ends_with_995() {
    let mut script = Request::get().with_callback();
    let id = script
        .session
        .write_client_async(script.now, bytes("hello"))
        .expect("started");
    script.outputs();
    script.session.handle_data_taken(script.now, Some(id), 2);
    script.session.handle_response_dropped(script.now);
    let outputs = script.outputs();
    assert!(outputs.contains(&Output::Cancel(id)), "{outputs:?}");
    script.session.handle_cancelled(script.now, id);
    let completion = completion(script.outputs());
    assert_eq!((completion.bytes, completion.error.code()), (2, 995));
}

#[test]
fn close_connection_ends_a_pending_read_with_64() {
    let mut script = Request::post(BodyLength::Known(3))
        .read_ahead(0)
        .with_callback();
    script
        .session
        .read_client_async(script.now, 8)
        .expect("started");
    script.session.close_connection(script.now).expect("open");
    let outputs = script.outputs();
    assert!(
        outputs.contains(&Output::EndBody(BodyEnd::Abort)),
        "{outputs:?}"
    );
    assert_eq!(completion(outputs).error, Win32Error::NETNAME_DELETED);
}

#[test]
fn close_connection_with_nothing_pending_closes_and_warns() {
    let mut script = Request::get().called();
    script.session.close_connection(script.now).expect("open");
    assert_eq!(
        script.outputs(),
        [
            Output::Report(Misuse::CloseWithNothingPending),
            Output::EndBody(BodyEnd::Abort)
        ]
    );
    assert_eq!(script.session.query_connected(), Ok(false));
}

#[test]
fn a_file_goes_out_between_head_and_tail_and_counts_all_three() {
    let mut script = Request::get().with_callback();
    let transmission = FileTransmission {
        head: TransmitHead::Raw(bytes("<<")),
        tail: bytes(">"),
        ..file(100)
    };
    let id = script
        .session
        .transmit_file(script.now, transmission)
        .expect("started");
    let outputs = script.outputs();
    let range = FileRange {
        file: FileToken(7),
        offset: 10,
        length: 100,
    };
    assert!(matches!(outputs[0], Output::SendHead(_)));
    assert_eq!(
        outputs[1..],
        [
            Output::SendData {
                operation: Some(id),
                data: bytes("<<")
            },
            Output::SendFile {
                operation: Some(id),
                range
            },
            Output::SendData {
                operation: Some(id),
                data: bytes(">")
            },
        ]
    );
    for taken in [2, 60, 40, 1] {
        assert_eq!(script.outputs(), []);
        script
            .session
            .handle_data_taken(script.now, Some(id), taken);
    }
    assert_eq!(completion(script.outputs()).bytes, 103);
}

#[test]
fn a_head_by_send_headers_is_not_counted() {
    let mut script = Request::get().with_callback();
    let head = TransmitHead::Response(head_of("200 OK", "Content-Length: 5\r\n"), Bytes::new());
    let transmission = FileTransmission { head, ..file(5) };
    let id = script
        .session
        .transmit_file(script.now, transmission)
        .expect("started");
    script.outputs();
    script.session.handle_data_taken(script.now, Some(id), 5);
    assert_eq!(completion(script.outputs()).bytes, 5);
}

#[test]
fn send_headers_after_a_head_is_refused_and_sends_nothing() {
    let mut script = Request::get().with_callback();
    script.write(b"x");
    script.outputs();
    let head = TransmitHead::Response(head_of("200 OK", ""), Bytes::new());
    let refused = script
        .session
        .transmit_file(script.now, FileTransmission { head, ..file(5) });
    assert_eq!(refused, Err(Misuse::HeadersSentTwice.into()));
    assert_eq!(script.outputs(), [Output::Report(Misuse::HeadersSentTwice)]);
}

#[test]
fn disconnect_after_send_closes_behind_the_file_and_refuses_what_follows() {
    let mut script = Request::get().with_callback();
    let transmission = FileTransmission {
        disconnect: true,
        ..file(5)
    };
    let id = script
        .session
        .transmit_file(script.now, transmission)
        .expect("started");
    assert!(
        Wire::of(script.outputs())
            .head
            .expect("a head")
            .wants_close()
    );
    script.session.handle_data_taken(script.now, Some(id), 5);
    assert!(
        script
            .outputs()
            .contains(&Output::EndBody(BodyEnd::CloseAfter))
    );
    script.session.handle_completion_started(script.now, id);
    assert_eq!(
        script.session.write_client(script.now, b"x"),
        Err(Misuse::SendAfterFinal.into())
    );
    script.returns(ProcStatus::Pending);
    assert!(!script.session.is_ended(), "DONE is still owed");
}

#[test]
fn a_file_that_shrinks_cuts_the_response_and_tells_the_callback() {
    let mut script = Request::get().with_callback();
    let id = script
        .session
        .transmit_file(script.now, file(5))
        .expect("started");
    script.outputs();
    script.session.handle_data_taken(script.now, Some(id), 2);
    script
        .session
        .handle_transfer_failed(script.now, Some(id), HostFault::FileTruncated);
    let outputs = script.outputs();
    assert!(
        outputs.contains(&Output::EndBody(BodyEnd::Cut)),
        "{outputs:?}"
    );
    let completion = completion(outputs);
    assert_eq!(
        (completion.bytes, completion.error),
        (2, Win32Error::HANDLE_EOF)
    );
}

#[test]
fn an_asynchronous_read_of_nothing_waits_for_nothing() {
    let mut script = Request::post(BodyLength::Known(4))
        .read_ahead(0)
        .with_callback();
    let id = script.session.read_client_async(script.now, 0);
    assert!(!script.session.wants_body());
    let completion = completion(script.outputs());
    assert_eq!(Ok(completion.operation), id);
    assert_eq!(
        (completion.bytes, completion.error),
        (0, Win32Error::SUCCESS)
    );
}
