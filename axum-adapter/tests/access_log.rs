//! The access log. One test alone in its program: what a thread without a subscriber meets first is
//! off for all of them.

mod common;

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use common::extension::Scripted;
use common::{get_request, text};
use isapi_axum::IsapiService;
use isapi_emu_loader::Portable;
use script_extension::{encode, entry};
use tower::ServiceExt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps the lines of the access log, each as ` name=value` for every field.
#[derive(Clone, Default)]
struct AccessLog(Arc<Mutex<Vec<String>>>);

impl Subscriber for AccessLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "isapi::access"
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

#[tokio::test]
async fn a_child_has_a_line_of_its_own_that_names_its_parent() {
    let log = AccessLog::default();
    // The drivers run on this thread, which is the whole runtime.
    let _guard = tracing::subscriber::set_default(log.clone());
    let service = IsapiService::builder(Portable::new())
        .extension("/script.dll", entry::<1>())
        .extension("/scripted.dll", isapi_sdk::entry!(Scripted))
        .build()
        .unwrap();
    let steps = [
        "io_completion",
        "exec_url url=/scripted.dll/variables",
        "return 3",
        "[completion]",
        "done",
    ];
    let url = format!("/script.dll?{}", encode("logged", &steps));
    text(service.oneshot(get_request(&url)).await.unwrap()).await;
    let mut lines = Vec::new();
    while lines.len() < 2 {
        tokio::task::yield_now().await;
        lines = log.0.lock().unwrap().clone();
    }
    let has = |line: &str, field: &str| line.contains(&format!(" {field} "));
    let (child, parent): (Vec<String>, Vec<String>) = lines
        .into_iter()
        .partition(|line| has(line, "url=\"/scripted.dll/variables\""));
    assert!(has(&parent[0], "request=1"), "{parent:?}");
    assert!(!parent[0].contains(" parent="), "{parent:?}");
    assert!(has(&child[0], "request=2"), "{child:?}");
    assert!(has(&child[0], "parent=1"), "{child:?}");
    assert!(has(&child[0], "status=200"), "{child:?}");
}
