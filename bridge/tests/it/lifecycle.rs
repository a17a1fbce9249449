//! Loading and unloading.

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use isapi_abi::{Entry, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
use isapi_bridge::{
    ExtensionGuard, ExtensionSlot, LoadError, ModuleSource, Runtime, StaticEntry, StillBusy,
};
use isapi_core::session::How;

use crate::backend::MemoryBackend;
use crate::clock::TestClock;
use crate::exchange::{Host, PATIENCE, exchange};
use crate::extension;

/// An extension of its own for one test: it counts, and answers what it is told to.
macro_rules! counted_extension {
    ($name:ident) => {
        mod $name {
            use std::sync::Mutex;
            use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

            use isapi_abi::{BOOL, DWORD, Entry, HSE_VERSION_INFO};

            pub(super) static LOADS: AtomicU32 = AtomicU32::new(0);
            pub(super) static ACCEPTS: AtomicI32 = AtomicI32::new(1);
            pub(super) static AGREES: AtomicI32 = AtomicI32::new(1);
            pub(super) static TERMINATIONS: Mutex<Vec<DWORD>> = Mutex::new(Vec::new());

            unsafe extern "system" fn version(info: *mut HSE_VERSION_INFO) -> BOOL {
                LOADS.fetch_add(1, Ordering::SeqCst);
                // SAFETY: the host gives a zeroed structure; a description without a NUL is
                // what many extensions leave.
                unsafe {
                    assert_eq!((*info).dwExtensionVersion, 0);
                    assert!((*info).lpszExtensionDesc.iter().all(|char| *char == 0));
                    (*info).lpszExtensionDesc.fill(0x41);
                }
                ACCEPTS.load(Ordering::SeqCst)
            }

            unsafe extern "system" fn terminate(flags: DWORD) -> BOOL {
                TERMINATIONS.lock().expect("unpoisoned").push(flags);
                AGREES.load(Ordering::SeqCst)
            }

            #[allow(dead_code, reason = "not every test looks at everything")]
            pub(super) fn loads() -> u32 {
                LOADS.load(Ordering::SeqCst)
            }

            #[allow(dead_code, reason = "not every test looks at everything")]
            pub(super) fn terminations() -> Vec<DWORD> {
                TERMINATIONS.lock().expect("unpoisoned").clone()
            }

            pub(super) fn entry() -> Entry {
                // SAFETY: the functions follow the contract.
                unsafe { Entry::new(version, crate::extension::call, Some(terminate)) }
            }
        }
    };
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let give_up = Instant::now() + PATIENCE;
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        assert!(Instant::now() < give_up, "the future hangs");
        thread::park_timeout(PATIENCE);
    }
}

fn slot(entry: Entry, clock: &TestClock) -> Arc<ExtensionSlot> {
    let runtime = Runtime::builder(MemoryBackend::default())
        .clock(clock.clone())
        .build();
    let provider = Box::new(StaticEntry::new("counted", entry));
    ExtensionSlot::new(ModuleSource::Provider(provider), runtime)
}

fn soon() -> Instant {
    Instant::now() + PATIENCE
}

counted_extension!(concurrent);

#[test]
fn get_extension_version_is_called_once_for_64_concurrent_requests() {
    let slot = slot(concurrent::entry(), &TestClock::new());
    let all = Arc::new(Barrier::new(64));
    let acquirers: Vec<_> = (0..64)
        .map(|_| {
            let (slot, all) = (Arc::clone(&slot), Arc::clone(&all));
            thread::spawn(move || {
                all.wait();
                block_on(slot.acquire()).map(drop)
            })
        })
        .collect();
    for acquirer in acquirers {
        assert!(acquirer.join().expect("well").is_ok());
    }
    assert_eq!(concurrent::loads(), 1);
    assert_eq!(slot.info().expect("loaded").description, "A".repeat(256));
}

counted_extension!(failing);

#[test]
fn a_failed_load_is_remembered_for_30_seconds_and_then_tried_once_more() {
    let clock = TestClock::new();
    let slot = slot(failing::entry(), &clock);
    failing::ACCEPTS.store(0, std::sync::atomic::Ordering::SeqCst);

    let refused = |result: Result<ExtensionGuard, Arc<LoadError>>| match result {
        Err(error) => matches!(*error, LoadError::VersionRefused { .. }),
        Ok(_) => false,
    };
    assert!(refused(block_on(slot.acquire())));
    clock.advance(Duration::from_secs(29));
    assert!(refused(block_on(slot.acquire())));
    assert!(refused(slot.load_blocking()));
    assert_eq!(failing::loads(), 1);

    clock.advance(Duration::from_secs(1));
    assert!(refused(block_on(slot.acquire())));
    assert_eq!(failing::loads(), 2);

    failing::ACCEPTS.store(1, std::sync::atomic::Ordering::SeqCst);
    clock.advance(Duration::from_secs(30));
    assert!(block_on(slot.acquire()).is_ok());
    assert_eq!(failing::loads(), 3);
    // One that never ran is not terminated, one that did is.
    assert_eq!(failing::terminations(), []);
}

counted_extension!(busy);

#[test]
fn terminate_waits_until_nothing_is_outstanding_and_is_called_once() {
    let slot = slot(busy::entry(), &TestClock::new());
    let guard = slot.load_blocking().expect("loads");
    let busy_error = slot
        .shutdown(Instant::now())
        .expect_err("a request is outstanding");
    assert_eq!(busy_error.sessions, 1);
    assert!(busy_error.to_string().contains("counted"), "{busy_error}");
    assert_eq!(busy::terminations(), []);
    assert!(matches!(
        slot.load_blocking().map(drop).map_err(|error| error.to_string()),
        Err(text) if text.contains("stopping")
    ));

    let waiting = {
        let slot = Arc::clone(&slot);
        thread::spawn(move || slot.shutdown(soon()))
    };
    drop(guard);
    assert_eq!(waiting.join().expect("well"), Ok(()));
    assert_eq!(busy::terminations(), [2]);
    assert_eq!(slot.shutdown(soon()), Ok(()));
    drop(slot);
    assert_eq!(busy::terminations(), [2]);
}

/// An extension of its own for one test, whose `TerminateExtension` returns when the test lets it.
macro_rules! hanging_extension {
    ($name:ident) => {
        mod $name {
            use std::sync::atomic::{AtomicU32, Ordering};
            use std::sync::{Mutex, PoisonError};

            use isapi_abi::{BOOL, DWORD, Entry, HSE_VERSION_INFO, TRUE};

            pub(super) static HANGS: Mutex<()> = Mutex::new(());
            pub(super) static TERMINATIONS: AtomicU32 = AtomicU32::new(0);

            unsafe extern "system" fn version(info: *mut HSE_VERSION_INFO) -> BOOL {
                // SAFETY: the host's structure is passed on as it came.
                unsafe { crate::extension::version(info) }
            }

            unsafe extern "system" fn terminate(_: DWORD) -> BOOL {
                TERMINATIONS.fetch_add(1, Ordering::SeqCst);
                drop(HANGS.lock().unwrap_or_else(PoisonError::into_inner));
                TRUE
            }

            pub(super) fn entry() -> Entry {
                // SAFETY: the functions follow the contract.
                unsafe { Entry::new(version, crate::extension::call, Some(terminate)) }
            }
        }
    };
}

/// Runs what must not wait for ever.
fn in_time<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(run()));
    told.recv_timeout(PATIENCE).expect("returns in time")
}

fn shut_down(slot: &Arc<ExtensionSlot>, deadline: Instant) -> Result<(), StillBusy> {
    let slot = Arc::clone(slot);
    in_time(move || slot.shutdown(deadline))
}

hanging_extension!(hanging);

#[test]
fn a_shutdown_does_not_wait_for_ever_for_an_extension_that_hangs_in_its_end() {
    let slot = slot(hanging::entry(), &TestClock::new());
    drop(slot.load_blocking().expect("loads"));
    let hangs = hanging::HANGS.lock().expect("unpoisoned");
    let busy = shut_down(&slot, Instant::now()).expect_err("TerminateExtension hangs");
    assert_eq!(busy.sessions, 0);
    assert!(busy.to_string().contains("counted"), "{busy}");

    let again = shut_down(&slot, Instant::now()).expect_err("it still does");
    assert_eq!(again, busy);
    drop(hangs);
    assert_eq!(shut_down(&slot, soon()), Ok(()));
    drop(slot);
    assert_eq!(hanging::TERMINATIONS.load(Ordering::SeqCst), 1);
}

hanging_extension!(abandoned);

#[test]
fn a_slot_whose_extension_hangs_in_its_end_may_be_dropped() {
    let slot = slot(abandoned::entry(), &TestClock::new());
    drop(slot.load_blocking().expect("loads"));
    let hangs = abandoned::HANGS.lock().expect("unpoisoned");
    shut_down(&slot, Instant::now()).expect_err("TerminateExtension hangs");
    in_time(move || drop(slot));
    drop(hangs);
}

counted_extension!(punctual);

#[test]
fn an_idle_extension_is_terminated_even_when_the_time_is_up() {
    let slot = slot(punctual::entry(), &TestClock::new());
    drop(slot.load_blocking().expect("loads"));
    assert_eq!(slot.shutdown(Instant::now()), Ok(()));
    assert_eq!(punctual::terminations(), [2]);
}

counted_extension!(idle);

#[test]
fn an_idle_extension_may_refuse_to_unload_and_is_loaded_anew_when_it_agrees() {
    let slot = slot(idle::entry(), &TestClock::new());
    assert!(!slot.unload_idle());
    drop(slot.load_blocking().expect("loads"));

    idle::AGREES.store(0, std::sync::atomic::Ordering::SeqCst);
    assert!(!slot.unload_idle());
    drop(slot.load_blocking().expect("is still there"));
    assert_eq!((idle::loads(), idle::terminations()), (1, vec![1]));

    idle::AGREES.store(1, std::sync::atomic::Ordering::SeqCst);
    let guard = slot.load_blocking().expect("is still there");
    assert!(!slot.unload_idle());
    drop(guard);
    assert!(slot.unload_idle());
    assert_eq!(slot.info(), None);
    drop(slot.load_blocking().expect("loads anew"));
    assert_eq!((idle::loads(), idle::terminations()), (2, vec![1, 1]));
}

counted_extension!(dropped);

#[test]
fn a_slot_that_is_dropped_terminates_its_extension_when_the_last_request_is_done() {
    let slot = slot(dropped::entry(), &TestClock::new());
    let guard = slot.load_blocking().expect("loads");
    drop(slot);
    assert_eq!(dropped::terminations(), []);
    drop(guard);
    let give_up = soon();
    while dropped::terminations().is_empty() {
        assert!(Instant::now() < give_up, "never terminated");
        thread::yield_now();
    }
    assert_eq!(dropped::terminations(), [2]);
}

#[test]
fn an_open_pending_request_keeps_the_extension() {
    let host = Host::new();
    let (tell, told) = mpsc::channel();
    let session = host.get(move |ecb| {
        tell.send(ecb).expect("the test listens");
        HSE_STATUS_PENDING
    });
    let ecb = told.recv_timeout(PATIENCE).expect("the call is made");
    assert_eq!(
        host.slot
            .shutdown(Instant::now())
            .map_err(|busy| busy.sessions),
        Err(1)
    );
    assert!(!host.slot.unload_idle());
    ecb.done(HSE_STATUS_SUCCESS).expect("done once");
    assert_eq!(exchange(&session, &[]).ending.how, How::Success);
    assert_eq!(host.slot.shutdown(soon()), Ok(()));
}

#[test]
fn a_module_that_cannot_be_opened_says_why() {
    let runtime = Runtime::builder(MemoryBackend::default()).build();
    let source = ModuleSource::File("/no/such/module.so".into());
    let slot = ExtensionSlot::new(source, runtime);
    let error = block_on(slot.acquire())
        .map(drop)
        .expect_err("there is none");
    assert!(
        error.to_string().starts_with("/no/such/module.so: "),
        "{error}"
    );
}

/// A waker that uses the slot whenever it is woken or dropped.
struct Curious {
    slot: Arc<ExtensionSlot>,
    woken: mpsc::Sender<()>,
}

impl Wake for Curious {
    fn wake(self: Arc<Self>) {
        let _ = self.slot.info();
        let _ = self.woken.send(());
    }
}

impl Drop for Curious {
    fn drop(&mut self) {
        let _ = self.slot.info();
    }
}

#[test]
fn a_waker_may_use_the_slot() {
    let slot = slot(extension::entry(), &TestClock::new());
    let (woken, wakes) = mpsc::channel();
    let curious = || {
        Waker::from(Arc::new(Curious {
            slot: Arc::clone(&slot),
            woken: woken.clone(),
        }))
    };
    let wakers = [curious(), curious()];
    let mut acquire = Box::pin(slot.acquire());
    let acquired = in_time(move || {
        for waker in wakers {
            let _ = acquire.as_mut().poll(&mut Context::from_waker(&waker));
        }
        wakes.recv_timeout(PATIENCE).expect("wakes");
        block_on(acquire).is_ok()
    });
    assert!(acquired);
}

#[test]
fn a_waiting_acquire_may_be_dropped() {
    let slot = slot(extension::entry(), &TestClock::new());
    for _ in 0..3 {
        let mut acquire = Box::pin(slot.acquire());
        let waker = Waker::noop();
        let _ = acquire.as_mut().poll(&mut Context::from_waker(waker));
    }
    assert!(block_on(slot.acquire()).is_ok());
}
