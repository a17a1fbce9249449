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
use std::sync::{Arc, Mutex};
use std::time::Instant;

use isapi_abi::HSE_STATUS_SUCCESS;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::exchange::{Host, PATIENCE, exchange};

type Fields = BTreeMap<&'static str, String>;

/// Keeps the fields of every event.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Fields>>>);

impl Recorder {
    fn named(&self, misuse: &str) -> Vec<Fields> {
        let events = self.0.lock().expect("unpoisoned");
        let named = |event: &&Fields| event.get("misuse").is_some_and(|name| name == misuse);
        events.iter().filter(named).cloned().collect()
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
    let recorder = Recorder::default();
    tracing::subscriber::set_global_default(recorder.clone()).expect("the only one");

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
