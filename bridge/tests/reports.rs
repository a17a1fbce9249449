//! What is logged of an extension that breaks the contract. In a program of its own: the
//! subscriber is there for all threads.
#![cfg(not(isapi_loom))]

#[path = "it/backend.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod backend;
#[path = "it/exchange.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod exchange;
#[path = "it/extension.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod extension;
#[path = "it/site.rs"]
#[allow(dead_code, reason = "shared with the other tests")]
mod site;

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ptr;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use isapi_abi::{DWORD, Entry, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
use isapi_bridge::{
    BodyFrame, EntryProvider, Escaped, ExtensionSlot, ForeignCall, ForeignFunction, Lending,
    ModuleSource,
};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::exchange::{Host, PATIENCE, exchange};

type Fields = BTreeMap<&'static str, String>;

/// Keeps the fields of every event.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Fields>>>);

impl Recorder {
    /// The one of all threads.
    fn get() -> &'static Self {
        static RECORDER: LazyLock<Recorder> = LazyLock::new(|| {
            let recorder = Recorder::default();
            tracing::subscriber::set_global_default(recorder.clone()).expect("the only one");
            recorder
        });
        &RECORDER
    }

    fn named(&self, misuse: &str) -> Vec<Fields> {
        self.with("misuse", misuse)
    }

    /// The events that have a field of this value.
    fn with(&self, field: &str, value: &str) -> Vec<Fields> {
        let events = self.0.lock().expect("unpoisoned");
        let has = |event: &&Fields| event.get(field).is_some_and(|found| found == value);
        events.iter().filter(has).cloned().collect()
    }
}

impl Subscriber for Recorder {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = FieldsOf::default();
        event.record(&mut fields);
        let level = event.metadata().level().to_string();
        fields.0.insert("level", level);
        self.0.lock().expect("unpoisoned").push(fields.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct FieldsOf(Fields);

impl Visit for FieldsOf {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

#[test]
fn each_broken_rule_is_logged_once_by_name_with_extension_and_request() {
    let recorder = Recorder::get();
    let host = Host::new();
    let session = host.get(|ecb| {
        for _ in 0..3 {
            let none = ptr::null_mut();
            assert_eq!(ecb.support(5000, none, none.cast(), none.cast()), Err(87));
            assert_eq!(ecb.write_flags(b"x", 0x8000), Err(87));
        }
        ecb.send_header("200 OK", "\r\n").expect("first head");
        assert_eq!(ecb.send_header("200 OK", "\r\n"), Err(87));
        HSE_STATUS_SUCCESS
    });
    exchange(&session, &[]);

    for misuse in ["UnknownSupportRequest", "UnknownFlags", "HeadersSentTwice"] {
        let events = recorder.named(misuse);
        assert_eq!(events.len(), 1, "{misuse}");
        assert_eq!(events[0]["extension"], "scripted (linked in)");
        assert_eq!(events[0]["request"], session.id().to_string());
        assert!(events[0]["url"].starts_with('/'), "{:?}", events[0]);
        let section = misuse.to_ascii_lowercase();
        assert_eq!(events[0]["see"], format!("docs/misuse.md#{section}"));
        assert!(events[0]["message"].starts_with(misuse), "{:?}", events[0]);
    }

    // A callback after the end is told to the request that it belonged to.
    let (tell, told) = std::sync::mpsc::channel();
    let ended = host.get(move |ecb| {
        tell.send(ecb).expect("the test listens");
        HSE_STATUS_SUCCESS
    });
    exchange(&ended, &[]);
    host.slot
        .shutdown(Instant::now() + PATIENCE)
        .expect("nothing is outstanding");
    let ecb = told.recv().expect("was called");
    for _ in 0..3 {
        assert_eq!(ecb.write(b"x"), Err(87));
    }
    let stale = recorder.named("StaleConnection");
    assert_eq!(stale.len(), 1);
    assert_eq!(stale[0]["request"], ended.id().to_string());
}

#[test]
fn lent_memory_that_somebody_keeps_is_told_with_extension_and_request() {
    let recorder = Recorder::get();
    let mut host = Host::new();
    host.transport.lent_memory = true;
    let memory: &'static [u8] = Vec::leak(vec![b'm'; 100_000]);
    let (tell, started) = std::sync::mpsc::channel();
    let session = host.get(move |ecb| {
        ecb.on_completion(|ecb, _, _| ecb.done(HSE_STATUS_SUCCESS).expect("done once"))
            .expect("registers");
        ecb.write_async(memory).expect("nothing is pending");
        tell.send(()).expect("the test listens");
        HSE_STATUS_PENDING
    });
    started.recv_timeout(PATIENCE).expect("the call is made");
    let mut cx = Context::from_waker(Waker::noop());
    let frame = session.poll_body(Lending::Accepted, &mut cx);
    let Poll::Ready(Some(Ok(BodyFrame::Lent(data, loan)))) = frame else {
        panic!("not lent: {frame:?}");
    };
    loan.count(&data);
    for _ in 0..2 {
        session.handle_timeout(session.next_timeout().expect("a write is watched"));
    }
    drop(data);

    let mut events = recorder.with("request", &session.id().to_string());
    events.retain(|event| event["message"].contains("lent_memory"));
    assert_eq!(events.len(), 1, "{events:?}");
    assert_eq!(events[0]["extension"], "scripted (linked in)");
    assert_eq!(events[0]["level"], "WARN");
}

/// The scripted extension, on a platform that stops something at the end of each request's call.
struct Raising;

// SAFETY: the functions are those of this program.
unsafe impl EntryProvider for Raising {
    fn entry(&self) -> Entry {
        extension::entry()
    }

    fn name(&self) -> String {
        "raising".to_owned()
    }

    unsafe fn call(&self, call: &ForeignCall<'_>) -> Result<DWORD, Escaped> {
        // SAFETY: the promise is the caller's, in the same words.
        let answer = unsafe { call.function.call() };
        match call.function {
            ForeignFunction::HttpExtensionProc(..) => Err(Escaped::new("C++ exception")),
            _ => Ok(answer),
        }
    }
}

#[test]
fn each_escape_is_one_error_that_says_what_happened_and_what_to_do() {
    let recorder = Recorder::get();
    let mut host = Host::new();
    let source = ModuleSource::Provider(Box::new(Raising));
    host.slot = ExtensionSlot::new(source, Arc::clone(&host.runtime));
    let sessions = [
        host.get(|_| HSE_STATUS_SUCCESS),
        host.get(|_| HSE_STATUS_SUCCESS),
    ];
    for session in &sessions {
        exchange(session, &[]);
    }

    let mut events = recorder.with("extension", "raising");
    // Its load is of no request.
    events.retain(|event| event.contains_key("request"));
    assert_eq!(events.len(), sessions.len(), "{events:?}");
    for session in sessions {
        let request = session.id().to_string();
        let mut of_request = events.iter().filter(|event| event["request"] == request);
        let event = of_request.next().expect("each has its own");
        assert_eq!(event["level"], "ERROR");
        assert_eq!(
            event["message"],
            "C++ exception escaped HttpExtensionProc; the request fails if it was not done, and the \
             extension goes on being called: it has to catch its exceptions"
        );
    }
}
