//! Modules that nobody uses: `TerminateExtension(HSE_TERM_ADVISORY_UNLOAD)`.

use std::time::Duration;

use isapi_test_support::{Build, Instance, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        a_module_is_asked_until_it_agrees_and_is_then_loaded_anew,
        a_module_with_a_pending_request_is_not_asked,
    ],
}

const IDLE: Duration = Duration::from_millis(20);

/// The script extension refuses every second time.
fn a_module_is_asked_until_it_agrees_and_is_then_loaded_anew(build: Build) {
    let instance = Instance::<20>::new(build);
    let name = format!("idle-{build:?}").to_lowercase();
    let url = format!("/{name}.dll");
    let server = instance
        .add_as(TestServer::builder(), &url, &name)
        .idle_timeout(IDLE)
        .start();
    server.get(&url).expect_status(200);
    logs::expect_line(&["unloaded, nobody used it", &name]);
    assert_eq!(
        instance.lifecycle(&server, &url),
        [
            "GetExtensionVersion",
            "TerminateExtension 1",
            "TerminateExtension 1",
            "GetExtensionVersion",
        ]
    );
}

fn a_module_with_a_pending_request_is_not_asked(build: Build) {
    let instance = Instance::<21>::new(build);
    let server = instance
        .add(TestServer::builder(), "/script.dll")
        .idle_timeout(IDLE)
        .start();
    let pending = Script::new(&[
        "spawn",
        "return 3",
        "[thread]",
        "mark here",
        "await go",
        "done",
    ]);
    let mut client = pending.start(&server);
    pending.wait(&server, "thread 1: here");
    // Longer than it takes to be asked, measured by another module that is.
    let measure = Instance::<22>::new(build);
    let name = format!("measure-{build:?}").to_lowercase();
    let url = format!("/{name}.dll");
    let other = measure
        .add_as(TestServer::builder(), &url, &name)
        .idle_timeout(IDLE)
        .start();
    other.get(&url).expect_status(200);
    logs::expect_line(&["unloaded, nobody used it", &name]);
    assert_eq!(
        instance.lifecycle(&server, "/script.dll"),
        ["GetExtensionVersion"]
    );
    pending.post(&server, "go");
    client.read_response().expect_status(200);
}
