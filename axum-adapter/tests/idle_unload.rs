//! Extensions that nobody uses are offered to unload.

mod common;

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use common::extension::{Event, Scripted};
use common::{get_request, next, text, unload_all};
use isapi_axum::IsapiService;
use isapi_emu_loader::Portable;
use isapi_sdk::{Extension, LoadFailure, Request, Status, Unload};
use tokio::sync::mpsc::UnboundedSender;
use tower::ServiceExt;

const TESTS: usize = 4;

static LOADS: [AtomicUsize; TESTS] = [const { AtomicUsize::new(0) }; TESTS];
static AGREES: [AtomicBool; TESTS] = [const { AtomicBool::new(true) }; TESTS];
static WATCHERS: [Mutex<Option<UnboundedSender<Unload>>>; TESTS] =
    [const { Mutex::new(None) }; TESTS];

/// Counts its loads and says when it is asked to go; each test has one of its own.
struct Counted<const TEST: usize>;

impl<const TEST: usize> Extension for Counted<TEST> {
    const DESCRIPTION: &'static str = "Counts its loads";

    fn load() -> Result<Self, LoadFailure> {
        LOADS[TEST].fetch_add(1, Ordering::SeqCst);
        Ok(Self)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let _ = request.send_header("200 OK", &[("Content-Length", "2")]);
        let _ = request.write(b"ok");
        Status::Success
    }

    fn unload(&self, reason: Unload) -> bool {
        if let Some(watcher) = &*WATCHERS[TEST].lock().unwrap() {
            // A test that has seen enough listens no more.
            let _ = watcher.send(reason);
        }
        AGREES[TEST].load(Ordering::SeqCst)
    }
}

/// A macro, because every use of `entry!` is an extension of its own.
macro_rules! counted {
    ($test:literal) => {
        IsapiService::builder(Portable::new())
            .extension("/counted", isapi_sdk::entry!(Counted<$test>))
    };
}

/// One whole request; it is over before this returns.
async fn request(service: &IsapiService) {
    let response = service.clone().oneshot(get_request("/counted")).await;
    assert_eq!(text(response.unwrap()).await, "ok");
}

fn loads(test: usize) -> usize {
    LOADS[test].load(Ordering::SeqCst)
}

#[tokio::test]
async fn an_extension_that_agrees_goes_and_is_loaded_anew() {
    let service = counted!(0).build().unwrap();
    assert_eq!(service.unload_unused(Duration::ZERO).await.len(), 0);
    request(&service).await;
    assert_eq!(unload_all(&service).await, 1);
    assert_eq!(loads(0), 1);
    request(&service).await;
    assert_eq!(loads(0), 2);
}

#[tokio::test]
async fn an_extension_that_refuses_stays() {
    let (sender, mut asked) = tokio::sync::mpsc::unbounded_channel();
    *WATCHERS[1].lock().unwrap() = Some(sender);
    AGREES[1].store(false, Ordering::SeqCst);
    let service = counted!(1).build().unwrap();
    request(&service).await;
    let mut offers = 0;
    while asked.try_recv().is_err() {
        // The end of the request may still be on its way.
        assert!(service.unload_unused(Duration::ZERO).await.is_empty());
        offers += 1;
        assert!(offers < 1_000_000);
        tokio::task::yield_now().await;
    }
    request(&service).await;
    assert_eq!(loads(1), 1);

    // The end of the service is no question.
    service.shutdown(Duration::from_secs(10)).await.unwrap();
    assert_eq!(asked.recv().await, Some(Unload::Must));
}

#[tokio::test]
async fn an_extension_that_was_used_lately_is_not_asked() {
    let service = counted!(2).build().unwrap();
    request(&service).await;
    let unloaded = service.unload_unused(Duration::from_secs(3600)).await;
    assert!(unloaded.is_empty(), "{unloaded:?}");
    request(&service).await;
    assert_eq!(loads(2), 1);
}

#[tokio::test]
async fn an_idle_timeout_asks_by_itself() {
    let (sender, mut asked) = tokio::sync::mpsc::unbounded_channel();
    *WATCHERS[3].lock().unwrap() = Some(sender);
    let service = counted!(3)
        .idle_timeout(Duration::from_millis(20))
        .build()
        .unwrap();
    for load in 1..=2 {
        request(&service).await;
        assert_eq!(loads(3), load);
        let reason = tokio::time::timeout(Duration::from_secs(20), asked.recv()).await;
        assert_eq!(reason.expect("it is never asked"), Some(Unload::Advisory));
    }
}

#[tokio::test]
async fn an_extension_with_an_open_request_is_not_asked() {
    let service = common::service!("/scripted.dll", Scripted);
    let mut events = common::extension::watch("idle");
    let gate = common::extension::gate("idle");
    let open = service
        .clone()
        .oneshot(get_request("/scripted.dll/write-and-wait?idle"));
    let open = tokio::spawn(open);
    while next(&mut events).await != Event::Done(5) {}
    assert!(service.unload_unused(Duration::ZERO).await.is_empty());

    drop(gate);
    let response = open.await.unwrap().unwrap();
    assert_eq!(text(response).await, "12345");
    assert_eq!(unload_all(&service).await, 1);
}
