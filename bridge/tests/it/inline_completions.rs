//! Completion callbacks on the threads that serve the connections.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Instant;

use isapi_abi::{HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
use isapi_bridge::{DispatchMode, Drive, InlineCall, InlineDispatch, RequestSession};

use crate::clock::TestClock;
use crate::exchange::{Host, PATIENCE, block_on, exchange};
use crate::inline::{
    LONG, PROOF, Threads, calls_until_inline, host, host_on, thread_of_a_short_call,
};

/// A request that begins a write, and what tells the thread that its callback runs on, after `during` ran
/// in it with the bytes and the error.
fn with_a_callback(
    host: &Host,
    during: impl Fn(u32, u32) + Send + Sync + 'static,
) -> (RequestSession, mpsc::Receiver<String>) {
    let (tell, told) = mpsc::channel();
    let during = Arc::new(during);
    let session = host.get(move |ecb| {
        let (tell, during) = (tell.clone(), Arc::clone(&during));
        ecb.on_completion(move |ecb, bytes, error| {
            during(bytes, error);
            let name = thread::current().name().expect("named").to_owned();
            tell.send(name).expect("the test listens");
            ecb.done(HSE_STATUS_SUCCESS).expect("once");
        })
        .expect("registers");
        ecb.write_async(b"x").expect("nothing is pending");
        HSE_STATUS_PENDING
    });
    (session, told)
}

/// On which thread the callback of a write runs, after `during` ran in it.
fn thread_of_a_completion(host: &Host, during: impl Fn() + Send + Sync + 'static) -> String {
    let (session, told) = with_a_callback(host, move |bytes, error| {
        assert_eq!((bytes, error), (1, 0));
        during();
    });
    assert_eq!(exchange(&session, &[]).body, b"x");
    told.recv_timeout(PATIENCE).expect("the callback ran")
}

#[test]
fn callbacks_run_where_the_calls_of_their_extension_do() {
    let (mut host, _) = host();
    assert_eq!(thread_of_a_completion(&host, || {}), "inline");
    host.dispatch = DispatchMode::Pool;
    assert_eq!(thread_of_a_completion(&host, || {}), "isapi-completion");

    let host = host_on(Threads::default(), &TestClock::new());
    assert_eq!(thread_of_a_completion(&host, || {}), "isapi-completion");
    calls_until_inline(&host);
    assert_eq!(thread_of_a_completion(&host, || {}), "inline");
}

#[test]
fn long_callbacks_send_the_extension_back_to_worker_threads() {
    let clock = TestClock::new();
    let host = host_on(Threads::default(), &clock);
    calls_until_inline(&host);
    // A callback is counted when it has returned.
    let patience = Instant::now() + PATIENCE;
    while thread_of_a_short_call(&host) == "inline" {
        assert!(Instant::now() < patience, "were not counted");
        let clock = clock.clone();
        thread_of_a_completion(&host, move || clock.advance(LONG));
    }
    // The second proof is twice the first, and a few calls have been counted for it.
    assert!(calls_until_inline(&host) > PROOF);
}

/// Makes so many calls, and has no room for the others: they are refused, or lost.
#[derive(Debug)]
struct Full {
    threads: Threads,
    room: AtomicUsize,
    loses: bool,
}

impl InlineDispatch for Full {
    fn spawn(&self, call: InlineCall) -> Result<(), InlineCall> {
        let take = |room: usize| room.checked_sub(1);
        let has_room = self
            .room
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
        match (has_room, self.loses) {
            (Ok(_), _) => self.threads.spawn(call),
            (Err(_), true) => {
                drop(call);
                Ok(())
            }
            (Err(_), false) => Err(call),
        }
    }

    fn block(&self, wait: &mut dyn FnMut()) {
        self.threads.block(wait);
    }

    fn wake(&self, waker: Waker) {
        self.threads.wake(waker);
    }
}

#[test]
fn a_callback_that_is_refused_or_lost_runs_on_a_worker_thread() {
    for loses in [false, true] {
        let full = Full {
            threads: Threads::default(),
            room: AtomicUsize::new(1),
            loses,
        };
        let mut host = host_on(full, &TestClock::new());
        host.dispatch = DispatchMode::Inline;
        assert_eq!(thread_of_a_completion(&host, || {}), "isapi-completion");
    }
}

/// A request whose driver is at hand when the callback of its write becomes due, and what tells the thread
/// that this runs on.
fn with_a_callback_left_to_the_driver(host: &Host) -> (RequestSession, mpsc::Receiver<String>) {
    let (session, told) = with_a_callback(host, |_, _| {});
    block_on(|cx| session.poll_head(cx)).expect("a head");
    let mut noop = Context::from_waker(Waker::noop());
    assert!(session.poll_drive(&mut noop).is_pending());
    let frame = block_on(|cx| session.poll_frame(cx));
    assert!(frame.is_some_and(|frame| frame.is_ok()));
    (session, told)
}

#[test]
fn a_callback_is_left_to_a_driver_that_is_at_hand() {
    let (host, _) = host();
    let (session, told) = with_a_callback_left_to_the_driver(&host);
    let mut noop = Context::from_waker(Waker::noop());
    let Poll::Ready(Drive::Call(call)) = session.poll_drive(&mut noop) else {
        panic!("the callback is due");
    };
    assert!(told.try_recv().is_err(), "nobody has run it");
    assert!(session.poll_drive(&mut noop).is_pending(), "it is due once");
    let thread = thread::Builder::new().name("inline".to_owned());
    let caller = thread.spawn(move || call.run()).expect("a thread");
    caller.join().expect("the callback is well");
    assert_eq!(told.recv_timeout(PATIENCE).as_deref(), Ok("inline"));
    let end = block_on(|cx| session.poll_drive(cx));
    assert!(matches!(end, Drive::Finished(_)), "{end:?}");
}

#[test]
fn a_callback_that_was_left_to_a_driver_outlives_it() {
    let (host, _) = host();
    let (session, told) = with_a_callback_left_to_the_driver(&host);
    session.driver_dropped();
    let thread = told.recv_timeout(PATIENCE);
    assert_eq!(thread.as_deref(), Ok("isapi-completion"));
}

#[test]
fn a_call_may_wait_for_its_own_callback() {
    let (host, _) = host();
    let session = host.post(4, |ecb| {
        let (completed, completion) = mpsc::channel();
        ecb.on_completion(move |_, _, _| completed.send(()).expect("the call listens"))
            .expect("registers");
        // The body is there, so that the callback is due at once.
        let buffer = Box::leak(Box::new([0; 4]));
        ecb.read_async(buffer.as_mut_ptr(), 4)
            .expect("nothing is pending");
        completion.recv_timeout(PATIENCE).expect("runs elsewhere");
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[b"body"]).body, b"");
}
