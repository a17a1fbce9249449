//! Memory of an extension that is sent without a copy.

use std::sync::mpsc::{Receiver, channel};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use isapi_abi::{HSE_REQ_CANCEL_IO, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
use isapi_bridge::{BodyFrame, Lending, Loan, RequestSession, Transport};
use isapi_core::session::{How, Initiator, SessionConfig};

use crate::exchange::{Client, Host, PATIENCE, exchange};
use crate::inline;

/// Long enough to be lent.
const LENGTH: usize = 100_000;

/// What the callback was told.
type Outcome = (u32, u32);

fn lending_host() -> Host {
    let mut host = Host::new();
    host.transport = Transport {
        lent_memory: true,
        ..Transport::default()
    };
    host
}

/// Memory that the extension never frees.
fn memory() -> &'static [u8] {
    Vec::leak(vec![b'm'; LENGTH])
}

/// A request that writes `memory` and is done; the write has begun when this returns.
fn write(host: &Host, memory: &'static [u8]) -> (RequestSession, Receiver<Outcome>) {
    write_behind(host, b"", memory)
}

/// Like [`write`], behind what is written synchronously.
fn write_behind(
    host: &Host,
    front: &'static [u8],
    memory: &'static [u8],
) -> (RequestSession, Receiver<Outcome>) {
    let (told, outcome) = channel();
    let (started, start) = channel();
    let session = host.get(move |ecb| {
        let told = told.clone();
        ecb.on_completion(move |ecb, bytes, error| {
            told.send((bytes, error)).expect("the test listens");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        if !front.is_empty() {
            ecb.write(front).expect("the client is there");
        }
        ecb.write_async(memory).expect("nothing is pending");
        started.send(()).expect("the test listens");
        HSE_STATUS_PENDING
    });
    start.recv_timeout(PATIENCE).expect("the call is made");
    (session, outcome)
}

fn next(session: &RequestSession, lending: Lending) -> BodyFrame {
    let mut cx = Context::from_waker(Waker::noop());
    match session.poll_body(lending, &mut cx) {
        Poll::Ready(Some(Ok(frame))) => frame,
        other => panic!("no frame: {other:?}"),
    }
}

/// Takes the write as it was lent.
fn borrow(session: &RequestSession) -> (Bytes, Loan) {
    match next(session, Lending::Accepted) {
        BodyFrame::Lent(data, loan) => (data, loan),
        other => panic!("not lent: {other:?}"),
    }
}

fn is_pending(outcome: &Receiver<Outcome>) -> bool {
    outcome.try_recv().is_err()
}

#[test]
fn a_write_hands_out_the_extensions_own_memory_and_completes_when_it_is_back() {
    let memory = memory();
    let (session, outcome) = write(&lending_host(), memory);
    assert!(matches!(
        next(&session, Lending::Undecided),
        BodyFrame::Lendable
    ));
    let (mut data, loan) = borrow(&session);
    assert!(std::ptr::eq(&raw const data[..], memory));
    assert_eq!(loan.count(&memory[..LENGTH / 2]), 50_000);
    let rest = data.split_off(LENGTH / 2);
    drop(data);
    assert_eq!(loan.count(&rest), 50_000);
    assert_eq!(loan.count(b"somebody else's"), 0);
    assert!(!loan.is_returned());
    assert!(is_pending(&outcome));
    drop(rest);
    assert!(loan.is_returned());
    assert_eq!(loan.counted(), 100_000);
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((100_000, 0)));
    let response = exchange(&session, &[]);
    assert_eq!(response.ending.how, How::Success);
    assert_eq!(response.body, b"");
}

#[test]
fn what_a_connection_had_not_sent_at_its_end_is_lost() {
    let memory = memory();
    let (session, outcome) = write(&lending_host(), memory);
    let (data, loan) = borrow(&session);
    loan.count(&data[..30_000]);
    loan.cut();
    drop(data);
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((30_000, 995)));
    let mut client = Client::new(session, &[]);
    client.drive_until(|client| client.ending.is_some());
    let ending = client.ending.expect("waited for");
    assert_eq!((ending.by, ending.how), (Initiator::Client, How::Aborted));
}

#[test]
fn what_is_dropped_uncounted_by_a_connection_that_goes_on_was_sent_by_somebody_else() {
    let (session, outcome) = write(&lending_host(), memory());
    let (data, loan) = borrow(&session);
    loan.count(&data[..30_000]);
    drop(data);
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((100_000, 0)));
}

#[test]
fn a_consumer_that_keeps_what_it_takes_gets_copies() {
    let memory = memory();
    let (session, outcome) = write(&lending_host(), memory);
    let response = exchange(&session, &[]);
    assert_eq!(response.body, memory);
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((100_000, 0)));

    let (session, outcome) = write(&lending_host(), memory);
    let mut frames = Vec::new();
    while frames.iter().map(Bytes::len).sum::<usize>() < LENGTH {
        match next(&session, Lending::Refused) {
            BodyFrame::Data(data) => frames.push(data),
            other => panic!("not a copy: {other:?}"),
        }
    }
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((100_000, 0)));
    let addresses = memory.as_ptr_range();
    for frame in frames {
        assert!(!addresses.contains(&frame.as_ptr()));
    }
}

#[test]
fn a_client_that_leaves_completes_the_write_when_the_memory_is_back() {
    let (session, outcome) = write(&lending_host(), memory());
    let (data, loan) = borrow(&session);
    loan.count(&data[..30_000]);
    session.response_dropped();
    assert!(is_pending(&outcome), "somebody can still read the memory");
    loan.cut();
    drop(data);
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((30_000, 995)));
}

#[test]
fn a_client_that_leaves_before_the_memory_was_taken_gives_it_back_at_once() {
    let (session, outcome) = write(&lending_host(), memory());
    session.response_dropped();
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((0, 995)));
    drop(session);
}

#[test]
fn a_cancelled_write_has_the_connection_closed_and_waits_for_the_memory() {
    let (told, outcome) = channel();
    let (started, start) = channel();
    let host = lending_host();
    let memory = memory();
    let session = host.get(move |ecb| {
        let told = told.clone();
        ecb.on_completion(move |ecb, bytes, error| {
            told.send((bytes, error)).expect("the test listens");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        ecb.write_async(memory).expect("nothing is pending");
        started.send(ecb).expect("the test listens");
        HSE_STATUS_PENDING
    });
    let ecb = start.recv_timeout(PATIENCE).expect("the call is made");
    let (data, loan) = borrow(&session);
    let none = std::ptr::null_mut();
    ecb.support(HSE_REQ_CANCEL_IO, none, none.cast(), none.cast())
        .expect("cancels");
    assert!(session.is_aborted());
    assert!(is_pending(&outcome), "somebody can still read the memory");
    loan.count(&data[..10]);
    loan.cut();
    drop(data);
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((10, 995)));
    let mut client = Client::new(session, &[]);
    client.drive_until(|client| client.ending.is_some());
}

#[test]
fn bytes_that_go_out_keep_a_write_from_timing_out() {
    let mut host = lending_host();
    host.config.write_timeout = Duration::from_secs(60);
    let (session, outcome) = write(&host, memory());
    let (data, loan) = borrow(&session);
    let first = session.next_timeout().expect("a write is watched");
    loan.count(&data[..LENGTH]);
    session.handle_timeout(first);
    let second = session.next_timeout().expect("it is still watched");
    assert!(second >= first + Duration::from_secs(60));
    assert!(!session.is_aborted());
    // From there on nothing moves.
    session.handle_timeout(second);
    assert!(session.is_aborted());
    assert!(is_pending(&outcome), "somebody can still read the memory");
    loan.cut();
    drop(data);
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((100_000, 64)));
}

#[test]
fn copies_that_are_taken_keep_a_write_from_timing_out() {
    let mut host = lending_host();
    let patience = Duration::from_secs(60);
    host.config.write_timeout = patience;
    let (session, outcome) = write(&host, Vec::leak(vec![b'm'; 10 * LENGTH]));
    let mut taken = 0;
    let mut deadline = session.next_timeout().expect("a write is watched");
    for _ in 0..3 {
        match next(&session, Lending::Refused) {
            BodyFrame::Data(data) => taken += u32::try_from(data.len()).expect("fits"),
            other => panic!("not a copy: {other:?}"),
        }
        session.handle_timeout(deadline);
        assert!(!session.is_aborted());
        let next = session.next_timeout().expect("it is still watched");
        assert!(next >= deadline + patience);
        deadline = next;
    }
    // From there on nothing moves.
    session.handle_timeout(deadline);
    assert!(session.is_aborted());
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((taken, 64)));
}

#[test]
fn what_is_held_back_for_the_end_of_the_response_is_a_copy() {
    let mut host = lending_host();
    host.config = SessionConfig {
        response_buffer_limit: 1_000_000,
        ..SessionConfig::default()
    };
    let memory = memory();
    let (session, outcome) = write(&host, memory);
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((100_000, 0)));
    assert_eq!(exchange(&session, &[]).body, memory);
}

#[test]
fn a_refused_write_borrows_nothing() {
    let host = lending_host();
    let memory = memory();
    let session = host.get(move |ecb| {
        assert_eq!(
            ecb.write_async(memory),
            Err(87),
            "no callback is registered"
        );
        ecb.write(b"ok").expect("the client is there");
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).body, b"ok");
}

#[test]
fn what_is_longer_than_announced_is_not_waited_for() {
    let host = lending_host();
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n";
    let (session, outcome) = write_behind(&host, head, memory());
    let (data, loan) = borrow(&session);
    assert_eq!(data.len(), 60_000);
    loan.count(&data);
    drop(data);
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((100_000, 0)));
}

#[test]
fn the_callback_of_a_lent_write_runs_in_the_call_that_has_its_memory_back() {
    let (mut host, _) = inline::host();
    host.transport.lent_memory = true;
    let (session, outcome) = write(&host, memory());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(session.poll_head(&mut cx).is_ready());
    assert!(session.poll_drive(&mut cx).is_pending());
    let (data, loan) = borrow(&session);
    loan.count(&data);
    drop(data);
    // Whatever its driver does.
    assert_eq!(outcome.recv_timeout(PATIENCE), Ok((100_000, 0)));
}
