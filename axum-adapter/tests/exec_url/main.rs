//! Requests within requests: what a child is asked, what becomes of its answer, and when it goes.
//!
//! The parent is a script ([`script_extension`]) in the query of its URL. What its calls answer is in
//! its journal, whose name is the test's own.

#[path = "../common/mod.rs"]
mod common;

mod lifetimes;
mod mapping;
mod requests;
mod responses;

use script_extension::{encode, journal};

/// The URL of a script that executes a child, asks how it ended, and is done.
fn parent(name: &str, child: &str) -> String {
    let child = format!("exec_url {child}");
    script(
        name,
        &[
            "io_completion",
            &child,
            "return 3",
            "[completion]",
            "exec_url_status",
            "done",
        ],
    )
}

fn script(name: &str, steps: &[&str]) -> String {
    format!("/script.dll?{}", encode(name, steps))
}

/// The journal of a script as soon as it has `line`.
async fn journal(name: &'static str, line: &'static str) -> Vec<String> {
    let waiting = tokio::task::spawn_blocking(move || journal::wait(name, line));
    let lines = waiting.await.unwrap();
    assert!(lines.iter().any(|have| have == line), "{lines:?}");
    lines
}

/// The whole journal of a script that is done in its completion.
async fn whole_journal(name: &'static str) -> Vec<String> {
    let line = "completion 1: done TRUE";
    let waiting = tokio::task::spawn_blocking(move || journal::wait_settled(name, line));
    waiting.await.unwrap()
}

/// How many bytes and which error the completion of a [`parent`]'s child had, and its status.
async fn ending(name: &'static str) -> (String, String) {
    let lines = whole_journal(name).await;
    let said = |start: &str| {
        let line = lines.iter().find_map(|line| line.strip_prefix(start));
        line.unwrap_or_else(|| panic!("no {start:?} in {lines:?}"))
            .to_owned()
    };
    (
        said("completion 1: "),
        said("completion 1: exec_url_status "),
    )
}

/// A service with scripts at `/script.dll` and [`Scripted`](common::extension::Scripted) at
/// `/scripted.dll`, not yet built. Every number is an extension of its own.
macro_rules! site {
    ($number:literal) => {
        isapi_axum::IsapiService::builder(isapi_emu_loader::Portable::new())
            .extension("/script.dll", script_extension::entry::<$number>())
            .extension(
                "/scripted.dll",
                isapi_sdk::entry!(crate::common::extension::Scripted),
            )
    };
}
pub(crate) use site;
