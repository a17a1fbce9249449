//! The access log. One test alone in its program: what a thread without a subscriber meets first is
//! off for all of them.

mod common;

use std::convert::Infallible;
use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use common::extension::Scripted;
use common::{get_request, text};
use http::{Request, Response, StatusCode};
use isapi_axum::{Access, IsapiService, ReplaceableError};
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

/// Refuses /none, and answers all else.
async fn answer(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let mut response = Response::new(Body::from("page"));
    if request.uri().path() == "/none" {
        *response.status_mut() = StatusCode::NOT_FOUND;
        let mark = ReplaceableError { sub_status: 8 };
        response.extensions_mut().insert(mark);
    }
    Ok(response)
}

#[tokio::test]
async fn every_request_has_one_line() {
    let log = AccessLog::default();
    // The drivers run on this thread, which is the whole runtime.
    let _guard = tracing::subscriber::set_default(log.clone());
    a_child_has_a_line_of_its_own_that_names_its_parent(&log).await;
    what_is_no_extensions_has_a_line_too(&log).await;
}

async fn what_is_no_extensions_has_a_line_too(log: &AccessLog) {
    let service = IsapiService::builder(Portable::new())
        .extension("/script.dll", entry::<2>())
        .virtual_directory("/closed", env!("CARGO_TARGET_TMPDIR"), Access::NONE)
        .fallback(tower::service_fn(answer))
        .build()
        .unwrap();
    let child = |url: &str| {
        let steps = [
            "io_completion",
            &format!("exec_url url={url}"),
            "return 3",
            "[completion]",
            "done",
        ];
        format!("/script.dll?{}", encode("lines", &steps))
    };
    let failing = format!("/script.dll?{}", encode("failing", &["return 4"]));
    for (url, asked, fields) in [
        ("/page?a=1", "/page?a=1", &["status=200", "method=GET"][..]),
        ("/none", "/none", &["status=404", "sub_status=8"]),
        ("/%2e%2e/x", "/%2e%2e/x", &["status=400", "error="]),
        (
            "/closed/x",
            "/closed/x",
            &["status=403", "sub_status=2", "error="],
        ),
        (&child("/page"), "/page", &["status=200", "parent=1"]),
        (&child("/closed/x"), "/closed/x", &["status=403", "parent="]),
        (&failing, &failing, &["status=500", "extension="]),
    ] {
        log.0.lock().unwrap().clear();
        let is_parent = asked != url;
        text(service.clone().oneshot(get_request(url)).await.unwrap()).await;
        let is_whole = |lines: &[String]| lines.len() == 1 + usize::from(is_parent);
        while !is_whole(&log.0.lock().unwrap()) {
            tokio::task::yield_now().await;
        }
        // Whatever else were written would be by now.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        let lines = log.0.lock().unwrap().clone();
        assert!(is_whole(&lines), "{lines:#?}");
        let of_url = format!(" url=\"{asked}\"");
        let mut lines = lines.iter().filter(|line| line.contains(&of_url));
        let line = lines.next().unwrap_or_else(|| panic!("no line of {asked}"));
        for field in fields {
            assert!(line.contains(&format!(" {field}")), "no {field} in {line}");
        }
        let by_extension = fields.contains(&"extension=");
        assert_eq!(line.contains(" extension="), by_extension, "{line}");
        assert!(line.contains(" elapsed_ms="), "{line}");
    }
}

async fn a_child_has_a_line_of_its_own_that_names_its_parent(log: &AccessLog) {
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
