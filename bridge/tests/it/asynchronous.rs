//! Work that goes on after `HSE_STATUS_PENDING`.

use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use isapi_abi::{
    HSE_REQ_CLOSE_CONNECTION, HSE_REQ_IO_COMPLETION, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS,
};
use isapi_core::session::{How, Initiator, SessionConfig};

use crate::backend::MemoryBackend;
use crate::exchange::{Client, Host, PATIENCE, exchange};
use crate::extension::Ecb;

/// Where the stack was, over all callbacks.
#[derive(Debug)]
struct StackSpan {
    lowest: AtomicUsize,
    highest: AtomicUsize,
}

impl StackSpan {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            lowest: AtomicUsize::new(usize::MAX),
            highest: AtomicUsize::new(0),
        })
    }

    fn note(&self) {
        let here = 0u8;
        let address = (&raw const here).addr();
        self.lowest.fetch_min(address, Ordering::Relaxed);
        self.highest.fetch_max(address, Ordering::Relaxed);
    }

    fn length(&self) -> usize {
        self.highest.load(Ordering::Relaxed) - self.lowest.load(Ordering::Relaxed)
    }
}

#[test]
fn a_hundred_thousand_chained_writes_use_constant_stack() {
    const WRITES: usize = 100_000;

    fn next(ecb: Ecb, left: usize, span: Arc<StackSpan>) {
        if left == 0 {
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
            return;
        }
        ecb.on_completion(move |ecb, bytes, error| {
            span.note();
            assert_eq!((bytes, error), (1, 0));
            next(ecb, left - 1, span);
        })
        .expect("registers");
        ecb.write_async(b"x").expect("nothing else is pending");
    }

    // One thread for all callbacks, so that their stack addresses can be compared.
    let host = Host::with(MemoryBackend::default(), |builder| {
        builder.completion_threads(1)
    });
    let span = StackSpan::new();
    let noted = Arc::clone(&span);
    let session = host.get(move |ecb| {
        next(ecb, WRITES, Arc::clone(&noted));
        HSE_STATUS_PENDING
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.body.len(), WRITES);
    assert_eq!(response.ending.how, How::Success);
    assert!(
        span.length() < 16 * 1024,
        "the stack grew by {} bytes",
        span.length()
    );
}

#[test]
fn done_may_come_before_the_call_returns_pending() {
    let host = Host::new();
    let session = host.get(|ecb| {
        thread::spawn(move || {
            ecb.write(b"from a worker").expect("the client is there");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .join()
        .expect("the worker is well");
        // The block is still there, whatever else is over.
        assert_eq!(ecb.block().cbAvailable, 0);
        HSE_STATUS_PENDING
    });
    let response = exchange(&session, &[]);
    assert_eq!(response.body, b"from a worker");
    assert_eq!(response.ending.how, How::Success);
}

#[test]
fn a_completion_may_end_the_session_before_the_call_returns() {
    let host = Host::new();
    let session = host.get(|ecb| {
        let (over, wait) = mpsc::channel();
        ecb.on_completion(move |ecb, bytes, error| {
            assert_eq!((bytes, error), (5, 0));
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
            over.send(()).expect("the call waits");
        })
        .expect("registers");
        ecb.write_async(b"hello").expect("nothing is pending");
        wait.recv_timeout(PATIENCE).expect("the callback runs");
        HSE_STATUS_PENDING
    });
    assert_eq!(exchange(&session, &[]).body, b"hello");
}

#[test]
fn the_callback_gets_the_same_block() {
    let host = Host::new();
    let session = host.get(|ecb| {
        ecb.on_completion(move |other, _, _| {
            assert_eq!(other, ecb);
            other.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        ecb.write_async(b"hello").expect("nothing is pending");
        HSE_STATUS_PENDING
    });
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
}

#[test]
fn an_asynchronous_write_does_not_read_its_buffer_later() {
    let host = Host::new();
    let (release, gate) = mpsc::channel();
    let session = host.get(move |ecb| {
        ecb.on_completion(|ecb, _, _| ecb.done(HSE_STATUS_SUCCESS).expect("done once"))
            .expect("registers");
        let mut buffer = b"before".to_vec();
        ecb.write_async(&buffer).expect("nothing is pending");
        buffer.fill(b'!');
        drop(buffer);
        release.send(()).expect("the test listens");
        HSE_STATUS_PENDING
    });
    gate.recv_timeout(PATIENCE).expect("the call is made");
    assert_eq!(exchange(&session, &[]).body, b"before");
}

#[test]
fn a_later_registration_is_for_the_next_operation() {
    let host = Host::new();
    let (release, gate) = mpsc::channel();
    let session = host.get(move |ecb| {
        ecb.on_completion(|ecb, _, _| {
            // The second routine is called for this write.
            ecb.write_async(b"two").expect("nothing is pending");
        })
        .expect("registers");
        ecb.write_async(b"one, ").expect("nothing is pending");
        ecb.on_completion(|ecb, bytes, _| {
            assert_eq!(bytes, 3);
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        release.send(()).expect("the test listens");
        HSE_STATUS_PENDING
    });
    // The first write cannot complete before the client takes it.
    gate.recv_timeout(PATIENCE).expect("the call is made");
    assert_eq!(exchange(&session, &[]).body, b"one, two");
}

#[test]
fn a_body_is_read_by_five_steps() {
    const CAPACITY: usize = 4;

    fn read_on(ecb: Ecb, mut buffer: Box<[u8; CAPACITY]>, mut all: Vec<u8>) {
        let start = buffer.as_mut_ptr();
        ecb.on_completion(move |ecb, bytes, error| {
            assert_eq!(error, 0);
            if bytes == 0 {
                ecb.write(&all).expect("the client is there");
                ecb.done(HSE_STATUS_SUCCESS).expect("done once");
                return;
            }
            all.extend_from_slice(&buffer[..usize::try_from(bytes).expect("fits")]);
            read_on(ecb, buffer, all);
        })
        .expect("registers");
        ecb.read_async(start, CAPACITY).expect("nothing is pending");
    }

    let mut host = Host::new();
    host.config = SessionConfig {
        read_ahead: 0,
        ..SessionConfig::default()
    };
    let session = host.post(11, |ecb| {
        read_on(ecb, Box::new([0; CAPACITY]), Vec::new());
        HSE_STATUS_PENDING
    });
    let response = exchange(&session, &[b"abc", b"defghij", b"k"]);
    assert_eq!(response.body, b"abcdefghijk");
}

#[test]
fn a_client_that_leaves_completes_what_is_pending_with_995() {
    let host = Host::new();
    let (told, result) = mpsc::channel();
    let (started, start) = mpsc::channel();
    let session = host.get(move |ecb| {
        let told = told.clone();
        ecb.on_completion(move |ecb, bytes, error| {
            told.send((bytes, error, ecb.write(b"more").err()))
                .expect("the test listens");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        ecb.write_async(&[b'x'; 1000]).expect("nothing is pending");
        started.send(()).expect("the test listens");
        HSE_STATUS_PENDING
    });
    start.recv_timeout(PATIENCE).expect("the call is made");
    session.response_dropped();
    assert_eq!(result.recv_timeout(PATIENCE), Ok((0, 995, Some(10054))));
    let mut client = Client::new(session, &[]);
    client.drive_until(|client| client.ending.is_some());
    assert_eq!(
        client.ending.map(|ending| ending.by),
        Some(Initiator::Client)
    );
}

#[test]
fn closing_the_connection_completes_a_pending_read_with_64() {
    let mut host = Host::new();
    host.config = SessionConfig {
        read_ahead: 0,
        ..SessionConfig::default()
    };
    let (told, result) = mpsc::channel();
    let session = host.post(10, move |ecb| {
        let told = told.clone();
        let mut buffer = Box::new([0u8; 10]);
        let start = buffer.as_mut_ptr();
        ecb.on_completion(move |ecb, bytes, error| {
            drop(buffer);
            told.send((bytes, error)).expect("the test listens");
            ecb.done(HSE_STATUS_SUCCESS).expect("done once");
        })
        .expect("registers");
        ecb.read_async(start, 10).expect("nothing is pending");
        let none = ptr::null_mut();
        ecb.support(HSE_REQ_CLOSE_CONNECTION, none, none.cast(), none.cast())
            .expect("closes");
        HSE_STATUS_PENDING
    });
    assert_eq!(result.recv_timeout(PATIENCE), Ok((0, 64)));
    let response = exchange(&session, &[]);
    assert!(response.head.is_err());
    assert!(response.aborted);
}

#[test]
fn nothing_starts_without_a_callback() {
    let host = Host::new();
    let session = host.get(|ecb| {
        assert_eq!(ecb.write_async(b"x"), Err(87));
        let none = ptr::null_mut();
        ecb.on_completion(|_, _, _| panic!("was taken back"))
            .expect("registers");
        ecb.support(HSE_REQ_IO_COMPLETION, none, none.cast(), none.cast())
            .expect("takes back");
        assert_eq!(ecb.write_async(b"x"), Err(87));
        ecb.write(b"ok").expect("synchronous writes need none");
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).body, b"ok");
}

#[test]
fn a_second_operation_and_a_synchronous_write_are_refused_while_one_is_pending() {
    let host = Host::new();
    let (release, gate) = mpsc::channel();
    let session = host.get(move |ecb| {
        ecb.on_completion(|ecb, _, _| ecb.done(HSE_STATUS_SUCCESS).expect("done once"))
            .expect("registers");
        ecb.write_async(b"first").expect("nothing is pending");
        assert_eq!(ecb.write_async(b"second"), Err(87));
        assert_eq!(ecb.write(b"third"), Err(87));
        release.send(()).expect("the test listens");
        HSE_STATUS_PENDING
    });
    // The first cannot complete before the client takes it.
    gate.recv_timeout(PATIENCE).expect("the call is made");
    assert_eq!(exchange(&session, &[]).body, b"first");
}
