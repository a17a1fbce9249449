//! Calls on the threads that serve the connections, which here are threads called "inline".

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use isapi_abi::{DWORD, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
use isapi_bridge::{DispatchMode, InlineCall, InlineDispatch};
use isapi_core::session::How;

use crate::backend::MemoryBackend;
use crate::clock::TestClock;
use crate::exchange::{Host, PATIENCE, exchange};
use crate::extension::Ecb;

/// How many short calls prove an extension, and how many after its first long one.
pub(crate) const PROOF: usize = 32;
const SECOND_PROOF: usize = 64;

/// How long it cannot prove itself after it has blocked for the first time.
const PENANCE: Duration = Duration::from_millis(250);

/// Longer than a short call, and than half of what may be an interruption: the second one in a row is none.
pub(crate) const LONG: Duration = Duration::from_millis(6);

#[derive(Clone, Debug, Default)]
pub(crate) struct Threads(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    /// What each call is said to have had no processor for, in milliseconds.
    preempted: AtomicU64,
    waits: AtomicUsize,
    wakes: AtomicUsize,
}

impl Threads {
    fn preempt(&self, each: Duration) {
        let each = u64::try_from(each.as_millis()).expect("short");
        self.0.preempted.store(each, Ordering::SeqCst);
    }

    fn waits(&self) -> usize {
        self.0.waits.load(Ordering::SeqCst)
    }

    fn wakes(&self) -> usize {
        self.0.wakes.load(Ordering::SeqCst)
    }
}

impl InlineDispatch for Threads {
    fn spawn(&self, call: InlineCall) -> Result<(), InlineCall> {
        let thread = thread::Builder::new().name("inline".to_owned());
        thread
            .spawn(move || call.run())
            .expect("the system gives a thread");
        Ok(())
    }

    fn block(&self, wait: &mut dyn FnMut()) {
        assert_eq!(thread::current().name(), Some("inline"));
        self.0.waits.fetch_add(1, Ordering::SeqCst);
        wait();
    }

    fn wake(&self, waker: Waker) {
        assert_eq!(thread::current().name(), Some("inline"));
        self.0.wakes.fetch_add(1, Ordering::SeqCst);
        waker.wake();
    }

    fn preempted(&self) -> Duration {
        Duration::from_millis(self.0.preempted.load(Ordering::SeqCst))
    }
}

/// A host whose calls all run inline.
pub(crate) fn host() -> (Host, Threads) {
    let threads = Threads::default();
    let mut host = host_on(threads.clone(), &TestClock::new());
    host.dispatch = DispatchMode::Inline;
    (host, threads)
}

pub(crate) fn host_on(dispatch: impl InlineDispatch, clock: &TestClock) -> Host {
    Host::with(MemoryBackend::default(), |builder| {
        builder.dispatch_inline(dispatch).clock(clock.clone())
    })
}

/// Answers with the name of the thread that the call runs on.
pub(crate) fn tell_thread(ecb: Ecb) -> DWORD {
    let name = thread::current().name().expect("named").to_owned();
    ecb.write(name.as_bytes()).expect("the client is there");
    HSE_STATUS_SUCCESS
}

pub(crate) fn thread_of_a_short_call(host: &Host) -> String {
    String::from_utf8(exchange(&host.get(tell_thread), &[]).body).expect("a name")
}

/// How many calls run on worker threads before the next one that runs inline, which is made as well.
pub(crate) fn calls_until_inline(host: &Host) -> usize {
    (0..)
        .take_while(|_| match &*thread_of_a_short_call(host) {
            "inline" => false,
            "isapi-call" => true,
            other => panic!("on {other}"),
        })
        .count()
}

#[test]
fn an_extension_whose_calls_have_proved_short_is_called_inline() {
    let host = host_on(Threads::default(), &TestClock::new());
    assert_eq!(calls_until_inline(&host), PROOF);
    for _ in 0..100 {
        assert_eq!(thread_of_a_short_call(&host), "inline");
    }
}

#[test]
fn long_calls_send_the_extension_back_to_worker_threads_until_it_has_proved_itself_again() {
    let clock = TestClock::new();
    let host = host_on(Threads::default(), &clock);
    calls_until_inline(&host);
    for _ in 0..2 {
        let clock = clock.clone();
        let long = host.get(move |ecb| {
            clock.advance(LONG);
            tell_thread(ecb)
        });
        assert_eq!(exchange(&long, &[]).body, b"inline");
    }
    assert_eq!(calls_until_inline(&host), SECOND_PROOF);
}

#[test]
fn a_call_that_had_no_processor_is_as_short_as_it_would_have_been() {
    let threads = Threads::default();
    let clock = TestClock::new();
    let host = host_on(threads.clone(), &clock);
    calls_until_inline(&host);
    let long = |host: &Host| {
        let clock = clock.clone();
        let session = host.get(move |ecb| {
            clock.advance(PENANCE);
            tell_thread(ecb)
        });
        exchange(&session, &[]).body
    };
    threads.preempt(PENANCE);
    for _ in 0..100 {
        assert_eq!(long(&host), b"inline");
    }
    threads.preempt(PENANCE / 2);
    assert_eq!(long(&host), b"inline");
    // It is counted when it has returned, behind its response.
    let patience = Instant::now() + PATIENCE;
    while thread_of_a_short_call(&host) == "inline" {
        assert!(Instant::now() < patience, "was not counted");
    }
}

#[test]
fn a_call_that_waits_for_its_client_is_not_short_however_little_time_it_takes() {
    let threads = Threads::default();
    let clock = TestClock::new();
    let mut host = host_on(threads.clone(), &clock);
    host.config.send_buffer = 1;
    let waiting = |host: &Host| {
        let session = host.get(|ecb| {
            ecb.write(b"more than").expect("the client is there");
            tell_thread(ecb)
        });
        exchange(&session, &[]).body
    };
    for _ in 0..PROOF + 1 {
        assert_eq!(waiting(&host), b"more thanisapi-call");
    }
    assert_eq!(threads.waits(), 0, "worker threads need not hand over");

    host.config.send_buffer = 1000;
    calls_until_inline(&host);
    host.config.send_buffer = 1;
    assert_eq!(waiting(&host), b"more thaninline");
    assert!(threads.waits() > 0);
    host.config.send_buffer = 1000;
    // It is counted when it has returned, behind its response.
    let patience = Instant::now() + PATIENCE;
    while thread_of_a_short_call(&host) == "inline" {
        assert!(Instant::now() < patience, "was not counted");
    }
    for _ in 0..PROOF * 2 {
        assert_eq!(thread_of_a_short_call(&host), "isapi-call");
    }
    clock.advance(PENANCE);
    assert_eq!(calls_until_inline(&host), PROOF);
}

#[test]
fn the_wait_of_another_thread_is_no_wait_of_the_call() {
    let (mut host, threads) = host();
    host.config.send_buffer = 1;
    let session = host.get(|ecb| {
        let writer = thread::spawn(move || ecb.write(b"beside"));
        let written = writer.join().expect("the writer is well");
        written.expect("the client is there");
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[]).body, b"beside");
    assert_eq!(threads.waits(), 0);
}

#[test]
fn a_mode_of_its_own_decides_where_a_call_runs() {
    let mut host = host_on(Threads::default(), &TestClock::new());
    host.dispatch = DispatchMode::Inline;
    for _ in 0..PROOF + 1 {
        assert_eq!(thread_of_a_short_call(&host), "inline");
    }
    host.dispatch = DispatchMode::Pool;
    assert_eq!(thread_of_a_short_call(&host), "isapi-call");
}

#[test]
fn a_read_that_waits_for_the_body_hands_its_thread_over() {
    let (mut host, threads) = host();
    host.config.read_ahead = 0;
    let session = host.post(6, |ecb| {
        let mut read = Vec::new();
        while read.len() < 6 {
            read.extend(ecb.read(100).expect("the body comes"));
        }
        ecb.write(&read).expect("the client is there");
        HSE_STATUS_SUCCESS
    });
    assert_eq!(exchange(&session, &[b"abc", b"def"]).body, b"abcdef");
    assert!(threads.waits() > 0);
}

#[test]
fn whom_an_inline_call_wakes_is_left_to_its_thread() {
    let (host, threads) = host();
    let (tell, told) = mpsc::channel();
    let session = host.get(move |ecb| {
        let (completed, completion) = mpsc::channel();
        ecb.on_completion(move |_, _, _| completed.send(()).expect("the call listens"))
            .expect("registers");
        ecb.write_async(b"through").expect("nothing is pending");
        let waited = completion.recv_timeout(PATIENCE);
        tell.send(waited).expect("the test listens");
        ecb.done(HSE_STATUS_SUCCESS).expect("once");
        HSE_STATUS_PENDING
    });
    assert_eq!(exchange(&session, &[]).body, b"through");
    assert_eq!(told.recv_timeout(PATIENCE), Ok(Ok(())));
    assert!(threads.wakes() > 0);
}

/// Takes no call, or loses each.
#[derive(Debug)]
struct Unable {
    loses: bool,
}

impl InlineDispatch for Unable {
    fn spawn(&self, call: InlineCall) -> Result<(), InlineCall> {
        match self.loses {
            true => drop(call),
            false => return Err(call),
        }
        Ok(())
    }

    fn block(&self, _: &mut dyn FnMut()) {
        panic!("no call runs here");
    }

    fn wake(&self, _: Waker) {
        panic!("no call runs here");
    }
}

#[test]
fn a_call_that_may_not_run_inline_runs_on_a_worker_thread() {
    let mut host = host_on(Unable { loses: false }, &TestClock::new());
    host.dispatch = DispatchMode::Inline;
    assert_eq!(thread_of_a_short_call(&host), "isapi-call");
}

#[test]
fn a_call_that_goes_with_its_runtime_ends_its_request() {
    let mut host = host_on(Unable { loses: true }, &TestClock::new());
    host.dispatch = DispatchMode::Inline;
    let response = exchange(&host.get(tell_thread), &[]);
    assert_eq!(response.head.expect("a head").status(), 503);
    assert_ne!(response.ending.how, How::Success);
}
