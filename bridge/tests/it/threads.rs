//! Many threads at once (E2, E4).

use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;

use isapi_abi::{HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
use isapi_core::session::How;

use crate::backend::MemoryBackend;
use crate::exchange::{Client, Host, PATIENCE, exchange};

#[test]
fn a_hundred_requests_go_through_an_extension_that_guards_itself_with_a_lock() {
    const REQUESTS: usize = 100;
    let host = Host::new();
    let section = Arc::new(Mutex::new(0usize));
    let sessions: Vec<_> = (0..REQUESTS)
        .map(|_| {
            let section = Arc::clone(&section);
            host.get(move |ecb| {
                // The extension holds its own lock while it calls back.
                let mut entered = section.lock().expect("unpoisoned");
                *entered += 1;
                ecb.send_header("200 OK", "\r\n").expect("first head");
                ecb.write(b"inside").expect("the client is there");
                HSE_STATUS_SUCCESS
            })
        })
        .collect();
    let clients: Vec<_> = sessions
        .into_iter()
        .map(|session| thread::spawn(move || exchange(&session, &[])))
        .collect();
    for client in clients {
        let response = client.join().expect("the client is well");
        assert_eq!(
            (&*response.body, response.ending.how),
            (&b"inside"[..], How::Success)
        );
    }
    assert_eq!(*section.lock().expect("unpoisoned"), REQUESTS);
}

#[test]
fn a_hundred_threads_may_write_to_one_request() {
    const THREADS: u8 = 100;
    const PIECE: usize = 3000;
    let host = Host::new();
    let session = host.get(|ecb| {
        let all = Arc::new(Barrier::new(usize::from(THREADS)));
        let writers: Vec<_> = (0..THREADS)
            .map(|number| {
                let all = Arc::clone(&all);
                thread::spawn(move || {
                    all.wait();
                    ecb.write(&[number; PIECE])
                })
            })
            .collect();
        for writer in writers {
            let written = writer.join().expect("the writer is well");
            assert_eq!(written, Ok(u32::try_from(PIECE).expect("fits")));
        }
        HSE_STATUS_SUCCESS
    });
    let response = exchange(&session, &[]);
    for number in 0..THREADS {
        let count = response.body.iter().filter(|byte| **byte == number).count();
        assert_eq!(count, PIECE, "of thread {number}");
    }
}

#[test]
fn calls_that_block_keep_no_completion_waiting() {
    let host = Host::with(MemoryBackend::default(), |builder| builder.call_threads(2));
    let (started, start) = mpsc::channel();
    let asynchronous = host.get(move |ecb| {
        ecb.on_completion(|ecb, _, _| ecb.done(HSE_STATUS_SUCCESS).expect("done once"))
            .expect("registers");
        ecb.write_async(b"through").expect("nothing is pending");
        started.send(()).expect("the test listens");
        HSE_STATUS_PENDING
    });
    start.recv_timeout(PATIENCE).expect("the call is made");

    let (entered, inside) = mpsc::channel();
    let (release, gate) = mpsc::channel::<()>();
    let gate = Arc::new(Mutex::new(gate));
    let blocked: Vec<_> = (0..2)
        .map(|_| {
            let (entered, gate) = (entered.clone(), Arc::clone(&gate));
            host.get(move |_| {
                entered.send(()).expect("the test listens");
                let released = gate.lock().expect("unpoisoned").recv();
                released.expect("the test releases");
                HSE_STATUS_SUCCESS
            })
        })
        .collect();
    for _ in &blocked {
        inside.recv_timeout(PATIENCE).expect("the call is made");
    }

    assert_eq!(exchange(&asynchronous, &[]).body, b"through");
    for session in &blocked {
        release.send(()).expect("a call waits");
        // Which of the two goes on is open; both do in the end.
        let _ = session;
    }
    for session in blocked {
        assert_eq!(exchange(&session, &[]).ending.how, How::Success);
    }
}

#[test]
fn a_call_that_can_neither_run_nor_wait_is_answered_503() {
    let host = Host::with(MemoryBackend::default(), |b| {
        b.call_threads(1).queued_calls(0)
    });
    host.slot.load_blocking().expect("loads");
    let (entered, inside) = mpsc::channel();
    let (release, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let blocked = host.get(move |_| {
        entered.send(()).expect("the test listens");
        gate.lock()
            .expect("unpoisoned")
            .recv()
            .expect("the test releases");
        HSE_STATUS_SUCCESS
    });
    inside.recv_timeout(PATIENCE).expect("the call is made");
    let refused = exchange(&host.get(|_| HSE_STATUS_SUCCESS), &[]);
    assert_eq!(refused.head.expect("a response").status(), 503);
    release.send(()).expect("the call waits");
    assert_eq!(exchange(&blocked, &[]).ending.how, How::Success);
}

#[test]
fn a_blocked_reader_is_woken_when_the_client_leaves() {
    let mut host = Host::new();
    host.config.read_ahead = 0;
    let (told, result) = mpsc::channel();
    let session = host.post(10, move |ecb| {
        told.send(ecb.read(10)).expect("the test listens");
        HSE_STATUS_SUCCESS
    });
    let mut client = Client::new(session.clone(), &[]);
    let reader = thread::spawn(move || result.recv_timeout(PATIENCE));
    session.body_cut();
    assert_eq!(reader.join().expect("well"), Ok(Ok(Vec::new())));
    client.wait_until(|client| client.ending.is_some());
}
