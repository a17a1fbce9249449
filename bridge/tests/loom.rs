//! Models of the threads of one request and of one extension, checked in every order that three
//! preemptions can make. They run the production types, from the callbacks down.
//!
//! ```text
//! RUSTFLAGS="--cfg isapi_loom" cargo test -p isapi-bridge --release --test loom
//! ```
//!
//! Loom fails a model that deadlocks, and one that leaves a shared owner behind: the control block
//! and the session are freed exactly once in every order.
#![cfg(isapi_loom)]

#[path = "it/backend.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod backend;
#[path = "it/exchange.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod exchange;
#[path = "it/extension.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod extension;
#[path = "loom/image.rs"]
mod image;
#[path = "it/site.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod site;

use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use isapi_abi::{
    BOOL, DWORD, Entry, HSE_EXEC_URL_INFO, HSE_REQ_EXEC_URL, HSE_STATUS_PENDING,
    HSE_STATUS_SUCCESS, HSE_VERSION_INFO, TRUE,
};
use isapi_bridge::{
    Dispatch, Drive, ExtensionSlot, Job, ModuleSource, Overloaded, RequestSession, Runtime,
    StaticEntry,
};
use isapi_core::session::{ChildStatus, OperationId, SessionConfig};
use isapi_core::win32::Win32Error;
use loom::sync::Notify;
use loom::thread;

use crate::backend::MemoryBackend;
use crate::exchange::Host;
use crate::extension::{Ecb, text};

/// Runs a model in every order; there must be several, or its threads have not met.
fn model(run: impl Fn() + Send + Sync + 'static) {
    let orders = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&orders);
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        run();
    });
    let orders = orders.load(Ordering::Relaxed);
    println!("{orders} orders");
    assert!(orders > 3, "only {orders} orders");
}

/// Keeps the jobs until the model runs them, on the thread of its choice.
#[derive(Clone, Debug, Default)]
struct Jobs(Arc<JobQueue>);

#[derive(Debug, Default)]
struct JobQueue {
    jobs: Mutex<Vec<Waiting>>,
    added: Option<Notify>,
}

struct Waiting(Job);

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waiting")
    }
}

impl Jobs {
    fn new() -> Self {
        Self(Arc::new(JobQueue {
            jobs: Mutex::default(),
            added: Some(Notify::new()),
        }))
    }

    fn try_take(&self) -> Option<Job> {
        self.0
            .jobs
            .lock()
            .expect("unpoisoned")
            .pop()
            .map(|waiting| waiting.0)
    }

    /// Waits for the next job and takes it.
    fn take(&self) -> Job {
        loop {
            if let Some(job) = self.try_take() {
                return job;
            }
            self.0.added.as_ref().expect("made by `new`").wait();
        }
    }
}

impl Dispatch for Jobs {
    fn dispatch(&self, job: Job) -> Result<(), Overloaded> {
        self.0.jobs.lock().expect("unpoisoned").push(Waiting(job));
        self.0.added.as_ref().expect("made by `new`").notify();
        Ok(())
    }
}

/// A host whose calls and completions the model runs by itself.
fn host(config: SessionConfig) -> (Host, Jobs, Jobs) {
    let (calls, completions) = (Jobs::new(), Jobs::new());
    let mut host = Host::with(MemoryBackend::default(), |builder| {
        builder
            .dispatch_calls(calls.clone())
            .dispatch_completions(completions.clone())
            .dispatch_file_reads(Jobs::new())
    });
    host.config = config;
    (host, calls, completions)
}

struct Notified(Notify);

impl Wake for Notified {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }
}

/// Polls until there is an answer.
fn block_on<T>(mut poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
    let notified = Arc::new(Notified(Notify::new()));
    let waker = Waker::from(Arc::clone(&notified));
    loop {
        if let Poll::Ready(value) = poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        notified.0.wait();
    }
}

/// Takes the whole body; its length, and whether it came whole.
fn take_body(session: &RequestSession) -> (usize, bool) {
    let mut length = 0;
    loop {
        match block_on(|cx| session.poll_frame(cx)) {
            None => return (length, true),
            Some(Ok(data)) => length += data.len(),
            Some(Err(_)) => return (length, false),
        }
    }
}

fn assert_finished(session: &RequestSession) {
    let drive = block_on(|cx| session.poll_drive(cx));
    assert!(matches!(drive, Drive::Finished(_)), "{drive:?}");
}

/// The block has not been poisoned: its strings are still there.
fn assert_alive(ecb: Ecb) {
    assert_eq!(
        text(ecb.block().lpszMethod).len(),
        3 + usize::from(ecb.block().cbTotalBytes > 0)
    );
}

/// Nobody uses the extension any more: the block has been given back, once.
fn assert_released(host: &Host) {
    assert_eq!(host.slot.shutdown(never()), Ok(()));
}

/// A deadline for models: loom has no clock, and finds by itself what waits for ever.
fn never() -> Instant {
    Instant::now() + Duration::from_secs(3600)
}

fn small_buffers() -> SessionConfig {
    SessionConfig {
        read_ahead: 0,
        send_buffer: 1,
        ..SessionConfig::default()
    }
}

#[test]
fn a_blocked_writer_is_woken_by_its_consumer() {
    model(|| {
        let (host, calls, _) = host(small_buffers());
        let session = host.get(|ecb| {
            assert_eq!(ecb.write(b"abc"), Ok(3));
            HSE_STATUS_SUCCESS
        });
        let call = calls.take();
        let caller = thread::spawn(call);
        assert_eq!(take_body(&session), (3, true));
        caller.join().expect("the call returns");
        assert_finished(&session);
        assert_released(&host);
    });
}

#[test]
fn a_blocked_writer_is_woken_when_its_client_leaves() {
    model(|| {
        let (host, calls, _) = host(small_buffers());
        let session = host.get(|ecb| {
            let written = ecb.write(b"abc");
            assert!(matches!(written, Ok(3) | Err(10054)), "{written:?}");
            HSE_STATUS_SUCCESS
        });
        let call = calls.take();
        let caller = thread::spawn(call);
        let leaver = {
            let session = session.clone();
            thread::spawn(move || session.response_dropped())
        };
        let waker = Waker::noop();
        let _ = session.poll_frame(&mut Context::from_waker(waker));
        leaver.join().expect("well");
        caller.join().expect("the call returns");
        assert_finished(&session);
        assert_released(&host);
    });
}

#[test]
fn a_blocked_reader_is_woken_by_the_body() {
    model(|| {
        let (host, calls, _) = host(small_buffers());
        let session = host.post(2, |ecb| {
            assert_eq!(ecb.read(10), Ok(b"ab".to_vec()));
            assert_eq!(ecb.read(10), Ok(Vec::new()));
            HSE_STATUS_SUCCESS
        });
        let call = calls.take();
        let caller = thread::spawn(call);
        let mut body = vec![&b"ab"[..]];
        loop {
            match block_on(|cx| session.poll_drive(cx)) {
                Drive::Call(call) => panic!("nothing runs inline: {call:?}"),
                Drive::ExecUrl(child) => panic!("nobody asked for {child:?}"),
                Drive::Finished(_) => break,
                Drive::ReadBody => match body.pop() {
                    Some(chunk) => session.body_chunk(chunk.into()),
                    None => session.body_end(),
                },
            }
        }
        caller.join().expect("the call returns");
        assert_released(&host);
    });
}

#[test]
fn a_reader_and_the_end_of_its_body_meet_in_any_order() {
    model(|| {
        let (host, calls, _) = host(small_buffers());
        let session = host.post(2, |ecb| {
            assert_eq!(ecb.read(10), Ok(Vec::new()));
            HSE_STATUS_SUCCESS
        });
        let call = calls.take();
        let caller = thread::spawn(call);
        session.body_cut();
        caller.join().expect("the call returns");
        assert_finished(&session);
        assert_released(&host);
    });
}

#[test]
fn done_on_another_thread_meets_the_return_in_any_order() {
    model(|| {
        let (host, calls, _) = host(SessionConfig::default());
        let started = Arc::new((Mutex::new(None), Notify::new()));
        let told = Arc::clone(&started);
        let session = host.get(move |ecb| {
            *told.0.lock().expect("unpoisoned") = Some(ecb);
            told.1.notify();
            assert_alive(ecb);
            HSE_STATUS_PENDING
        });
        let call = calls.take();
        let caller = thread::spawn(call);
        let worker = thread::spawn(move || {
            // The wait may also end for no reason.
            let ecb = loop {
                started.1.wait();
                if let Some(ecb) = *started.0.lock().expect("unpoisoned") {
                    break ecb;
                }
            };
            assert_eq!(ecb.done(HSE_STATUS_SUCCESS), Ok(()));
            assert_eq!(ecb.write(b"late"), Err(87));
        });
        caller.join().expect("the call returns");
        worker.join().expect("well");
        assert_eq!(take_body(&session), (0, true));
        assert_finished(&session);
        assert_released(&host);
    });
}

#[test]
fn two_threads_that_are_both_done_end_the_session_once() {
    model(|| {
        let (host, calls, _) = host(SessionConfig::default());
        let started = Arc::new(Mutex::new(None));
        let told = Arc::clone(&started);
        let session = host.get(move |ecb| {
            *told.lock().expect("unpoisoned") = Some(ecb);
            HSE_STATUS_PENDING
        });
        calls.take()();
        let ecb: Ecb = started.lock().expect("unpoisoned").expect("told");
        let other = thread::spawn(move || ecb.done(HSE_STATUS_SUCCESS));
        let mine = ecb.done(HSE_STATUS_SUCCESS);
        let other = other.join().expect("well");
        assert!(matches!(
            (mine, other),
            (Ok(()), Err(87)) | (Err(87), Ok(()))
        ));
        assert_finished(&session);
        assert_released(&host);
    });
}

#[test]
fn a_completion_that_ends_the_session_meets_the_return_in_any_order() {
    model(|| {
        let (host, calls, completions) = host(SessionConfig::default());
        let session = host.get(|ecb| {
            ecb.on_completion(|ecb, bytes, error| {
                assert_eq!((bytes, error), (2, 0));
                assert_eq!(ecb.done(HSE_STATUS_SUCCESS), Ok(()));
                assert_alive(ecb);
            })
            .expect("registers");
            assert_eq!(ecb.write_async(b"ab"), Ok(()));
            assert_alive(ecb);
            HSE_STATUS_PENDING
        });
        let call = calls.take();
        let caller = thread::spawn(call);
        let completer = thread::spawn(move || completions.take()());
        assert_eq!(take_body(&session), (2, true));
        completer.join().expect("the callback returns");
        caller.join().expect("the call returns");
        assert_finished(&session);
        assert_released(&host);
    });
}

#[test]
fn a_pending_operation_completes_once_when_the_client_leaves() {
    model(|| {
        let (host, calls, completions) = host(SessionConfig::default());
        let session = host.get(|ecb| {
            ecb.on_completion(|ecb, bytes, error| {
                assert!(
                    matches!((bytes, error), (2, 0) | (0, 995)),
                    "{bytes}, {error}"
                );
                assert_eq!(ecb.done(HSE_STATUS_SUCCESS), Ok(()));
            })
            .expect("registers");
            assert_eq!(ecb.write_async(b"ab"), Ok(()));
            HSE_STATUS_PENDING
        });
        calls.take()();
        let leaver = {
            let session = session.clone();
            thread::spawn(move || session.response_dropped())
        };
        let completer = {
            let completions = completions.clone();
            thread::spawn(move || completions.take()())
        };
        let _ = session.poll_frame(&mut Context::from_waker(Waker::noop()));
        leaver.join().expect("well");
        completer.join().expect("the callback returns");
        assert!(completions.try_take().is_none(), "a second completion");
        assert_finished(&session);
        assert_released(&host);
    });
}

/// An extension that executes a child and is done when that is over.
fn exec_url(ecb: Ecb, completed: impl FnOnce(DWORD, DWORD) + Send + 'static) -> DWORD {
    ecb.on_completion(|ecb, bytes, error| {
        completed(bytes, error);
        assert_eq!(ecb.done(HSE_STATUS_SUCCESS), Ok(()));
    })
    .expect("registers");
    let mut info = HSE_EXEC_URL_INFO {
        pszUrl: ptr::null_mut(),
        pszMethod: ptr::null_mut(),
        pszChildHeaders: ptr::null_mut(),
        pUserInfo: ptr::null_mut(),
        pEntity: ptr::null_mut(),
        dwExecUrlFlags: 0,
    };
    assert_eq!(ecb.ask(HSE_REQ_EXEC_URL, &mut info), Ok(()));
    HSE_STATUS_PENDING
}

fn take_child(session: &RequestSession) -> OperationId {
    match block_on(|cx| session.poll_drive(cx)) {
        Drive::ExecUrl(child) => child.operation,
        other => panic!("the child comes first: {other:?}"),
    }
}

const CHILD_ENDED: ChildStatus = ChildStatus {
    status: 200,
    sub_status: 0,
    error: Win32Error::SUCCESS,
};

#[test]
fn a_child_that_ends_meets_a_client_that_leaves_in_any_order() {
    model(|| {
        let (host, calls, completions) = host(SessionConfig::default());
        let session = host.get(|ecb| {
            exec_url(ecb, |bytes, error| {
                assert!(matches!((bytes, error), (0, 0 | 995)), "{bytes}, {error}");
            })
        });
        calls.take()();
        let child = take_child(&session);
        let leaver = {
            let session = session.clone();
            thread::spawn(move || session.response_dropped())
        };
        let completer = {
            let completions = completions.clone();
            thread::spawn(move || completions.take()())
        };
        session.child_end(child, CHILD_ENDED);
        assert!(!block_on(|cx| session.poll_child_room(child, cx)));
        leaver.join().expect("well");
        completer.join().expect("the callback returns");
        assert!(completions.try_take().is_none(), "a second completion");
        assert_finished(&session);
        assert_released(&host);
    });
}

#[test]
fn a_child_is_woken_by_the_consumer_of_what_it_sent() {
    model(|| {
        let (host, calls, completions) = host(small_buffers());
        let session =
            host.get(|ecb| exec_url(ecb, |bytes, error| assert_eq!((bytes, error), (2, 0))));
        calls.take()();
        let child = take_child(&session);
        let executor = {
            let session = session.clone();
            thread::spawn(move || {
                for data in [&b"a"[..], b"b"] {
                    assert!(block_on(|cx| session.poll_child_room(child, cx)));
                    session.child_data(child, data.into());
                }
                session.child_end(child, CHILD_ENDED);
                completions.take()();
            })
        };
        assert_eq!(take_body(&session), (2, true));
        executor.join().expect("the callback returns");
        assert_finished(&session);
        assert_released(&host);
    });
}

/// Requests inside the extension of the gate's models, and its terminations.
static INSIDE: AtomicU32 = AtomicU32::new(0);
static LOADS: AtomicU32 = AtomicU32::new(0);
static TERMINATIONS: AtomicU32 = AtomicU32::new(0);
/// The models of the gate share the counters.
static ONE_GATE_MODEL: Mutex<()> = Mutex::new(());

unsafe extern "system" fn gate_version(_: *mut HSE_VERSION_INFO) -> BOOL {
    LOADS.fetch_add(1, Ordering::SeqCst);
    TRUE
}

unsafe extern "system" fn gate_terminate(_: DWORD) -> BOOL {
    assert_eq!(
        INSIDE.load(Ordering::SeqCst),
        0,
        "terminated with a request outstanding"
    );
    TERMINATIONS.fetch_add(1, Ordering::SeqCst);
    TRUE
}

fn gate_slot() -> Arc<ExtensionSlot> {
    for counter in [&INSIDE, &LOADS, &TERMINATIONS] {
        counter.store(0, Ordering::SeqCst);
    }
    // SAFETY: the functions follow the contract.
    let entry = unsafe { Entry::new(gate_version, extension::call, Some(gate_terminate)) };
    let provider = Box::new(StaticEntry::new("gate", entry));
    let runtime = Runtime::builder(MemoryBackend::default())
        .dispatch_calls(Jobs::new())
        .dispatch_completions(Jobs::new())
        .dispatch_file_reads(Jobs::new())
        .build();
    ExtensionSlot::new(ModuleSource::Provider(provider), runtime)
}

/// One request, as far as the gate sees it.
fn pass(slot: &ExtensionSlot) -> bool {
    let guard = slot.loaded().ok_or(());
    let Ok(guard) = guard.or_else(|()| slot.load_blocking()) else {
        return false;
    };
    INSIDE.fetch_add(1, Ordering::SeqCst);
    thread::yield_now();
    INSIDE.fetch_sub(1, Ordering::SeqCst);
    drop(guard);
    true
}

#[test]
fn terminate_waits_for_those_inside_and_lets_nobody_in_after() {
    let _alone = ONE_GATE_MODEL
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    model(|| {
        let slot = gate_slot();
        drop(slot.load_blocking().expect("loads"));
        let requests: Vec<_> = (0..2)
            .map(|_| {
                let slot = Arc::clone(&slot);
                thread::spawn(move || pass(&slot))
            })
            .collect();
        assert_eq!(slot.shutdown(never()), Ok(()));
        assert_eq!(TERMINATIONS.load(Ordering::SeqCst), 1);
        for request in requests {
            request.join().expect("well");
        }
        assert!(!pass(&slot));
        drop(slot);
        assert_eq!(TERMINATIONS.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn two_shutdowns_terminate_once() {
    let _alone = ONE_GATE_MODEL
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    model(|| {
        let slot = gate_slot();
        drop(slot.load_blocking().expect("loads"));
        let other = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || slot.shutdown(never()))
        };
        assert_eq!(slot.shutdown(never()), Ok(()));
        assert_eq!(TERMINATIONS.load(Ordering::SeqCst), 1);
        assert_eq!(other.join().expect("well"), Ok(()));
        drop(slot);
        assert_eq!(TERMINATIONS.load(Ordering::SeqCst), 1);
    });
}

#[test]
fn an_idle_unload_and_a_request_meet_in_any_order() {
    let _alone = ONE_GATE_MODEL
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    model(|| {
        let slot = gate_slot();
        drop(slot.load_blocking().expect("loads"));
        let request = {
            let slot = Arc::clone(&slot);
            thread::spawn(move || assert!(pass(&slot)))
        };
        let unloaded = slot.unload_idle();
        request.join().expect("well");
        let loads = LOADS.load(Ordering::SeqCst);
        assert!(loads == 1 || (loads == 2 && unloaded), "{loads} loads");
        drop(slot);
    });
}
