//! Requests that are never ended.

use std::time::Duration;

use isapi_test_support::{Build, Instance, Script, TestServer, conformance, is_in_process};

conformance! {
    tests: [
        a_stop_waits_a_while_and_names_the_busy_extension,
        requests_that_nobody_ends_are_counted_and_reported,
        terminate_extension_is_not_called_while_a_request_is_pending,
        the_control_block_outlives_a_client_that_left,
    ],
}

/// A server that waits no long time when it stops.
fn impatient(build: Build) -> TestServer {
    TestServer::builder()
        .scripts(build)
        .drain_timeout(DRAIN_TIMEOUT)
        .start()
}

const DRAIN_TIMEOUT: Duration = Duration::from_millis(200);

fn a_stop_waits_a_while_and_names_the_busy_extension(build: Build) {
    let server = impatient(build);
    let script = Script::new(&["return 3"]);
    let client = script.start(&server);
    script.wait(&server, "return 3");
    let busy = server.stop().expect_err("a request is pending");
    assert_eq!(busy.len(), 1, "{busy:?}");
    assert!(busy[0].name.contains("script"), "{busy:?}");
    assert_eq!(busy[0].sessions, 1, "{busy:?}");
    drop(client);
}

/// What was never ended is not freed, though its client has left long ago.
fn requests_that_nobody_ends_are_counted_and_reported(build: Build) {
    let server = impatient(build);
    for _ in 0..3 {
        let script = Script::new(&[
            "is_connected",
            "spawn",
            "return 3",
            "[thread]",
            "await_client_gone",
            "mark alone",
        ]);
        let client = script.start(&server);
        script.wait(&server, "return 3");
        client.reset();
        script.settled(&server, "thread 1: alone");
    }
    // One that ends is not among them.
    let ended = Script::new(&["spawn", "return 3", "[thread]", "done"]);
    ended.get(&server).expect_status(200);
    let busy = server.stop().expect_err("three requests are pending");
    assert_eq!(busy.len(), 1, "{busy:?}");
    assert!(busy[0].name.contains("script"), "{busy:?}");
    assert_eq!(busy[0].sessions, 3, "{busy:?}");
    assert!(busy[0].to_string().contains("script"), "{}", busy[0]);
}

/// Apache's mod_isapi unloaded modules under live requests (CVE-2010-0425).
fn terminate_extension_is_not_called_while_a_request_is_pending(build: Build) {
    let instance = Instance::<4>::new(build);
    let server = instance
        .add(TestServer::builder(), "/script.dll")
        .drain_timeout(DRAIN_TIMEOUT)
        .start();
    let script = Script::new(&[
        "spawn", "return 3", "[thread]", "await go", "done", "mark end",
    ]);
    let client = script.start(&server);
    script.wait(&server, "return 3");
    server.stop().expect_err("a request is pending");

    // Another server tells what the first one has called.
    let other = instance.start();
    let lifecycle = instance.lifecycle(&other, "/script.dll");
    assert!(
        !lifecycle.contains(&"TerminateExtension 2".to_owned()),
        "{lifecycle:?}"
    );
    // The request of a program has ended with it. In this process the extension still ends it, long
    // after its server has gone.
    if !is_in_process() {
        return;
    }
    script.post(&other, "go");
    script
        .settled(&other, "thread 1: end")
        .expect_thread(1, &["done TRUE", "end"]);
    drop(client);
}

fn the_control_block_outlives_a_client_that_left(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "spawn",
        "return 3",
        "[thread]",
        "await gone",
        "await_client_gone",
        "field lpszMethod",
        "variable URL",
        "done",
        "mark end",
    ]);
    let client = script.start(&server);
    script.wait(&server, "return 3");
    client.reset();
    script.post(&server, "gone");
    let journal = script.settled(&server, "thread 1: end");
    let left = "is_connected TRUE 0";
    let url = "URL 12 \"/script.dll\"";
    journal.expect_thread(1, &[left, "lpszMethod \"GET\"", url, "done TRUE", "end"]);
}
