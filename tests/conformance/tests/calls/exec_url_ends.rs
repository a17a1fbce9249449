//! What ends a child before its time, and what its parent may do then.

use isapi_test_support::{Build, RawClient, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        closing_the_connection_drops_the_child,
        cancelling_drops_the_child_and_the_request_goes_on,
        a_return_with_a_child_pending_waits_for_its_completion,
        no_headers_suppresses_every_head_but_a_raw_one,
    ],
}

/// A child that says when it runs, and when it is told that nobody waits for it any more.
fn child() -> Script {
    Script::new(&["mark inside", "await_client_gone", "mark dropped"])
}

/// A parent that makes a call of its own once the child runs.
#[track_caller]
fn start(
    server: &TestServer,
    child: &Script,
    call: &str,
    completion: &[&str],
) -> (Script, RawClient) {
    let steps = [
        "io_completion",
        &format!("exec_url url={}", child.target()),
        "spawn",
        "return 3",
        "[thread]",
        "await the child runs",
        call,
        "[completion]",
    ];
    let parent = Script::new(&[&steps, completion].concat());
    let client = parent.start(server);
    child.wait(server, "inside");
    parent.post(server, "the child runs");
    (parent, client)
}

fn closing_the_connection_drops_the_child(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = child();
    let (parent, mut client) = start(&server, &child, "close", &["done", "mark end"]);
    client.expect_closed();
    let journal = parent.settled(&server, "completion 1: end");
    // ERROR_NETNAME_DELETED
    journal.expect_completion(1, &["0 64", "done TRUE", "end"]);
    journal.expect_thread(1, &["close TRUE"]);
    journal.expect_completion(2, &[]);
    child.wait(&server, "dropped");
}

fn cancelling_drops_the_child_and_the_request_goes_on(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = child();
    let completion = [
        "header 1|504 Too Slow|Content-Length: 3\r\n\r\n",
        "write own",
        "done",
        "mark end",
    ];
    let (parent, mut client) = start(&server, &child, "cancel_io", &completion);
    client.read_response().expect(504, "own");
    client.expect_reusable("/script.dll").expect_status(200);
    let journal = parent.settled(&server, "completion 1: end");
    // ERROR_OPERATION_ABORTED
    journal.expect_completion(
        1,
        &["0 995", "header TRUE", "write TRUE 3", "done TRUE", "end"],
    );
    journal.expect_completion(2, &[]);
    child.wait(&server, "dropped");
}

/// An error of the extension's: what it gave to the call may be gone.
fn a_return_with_a_child_pending_waits_for_its_completion(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&["mark inside", "header 1|200 OK|A: b\r\n\r\n", "write child"]);
    let parent = Script::new(&[
        "io_completion",
        &format!("exec_url url={}", child.target()),
        "return 1",
        "[completion]",
        "mark end",
    ]);
    let mut client = parent.start(&server);
    // Whole or cut, but never a hang.
    let _ = client.try_read_response();
    let journal = parent.settled(&server, "completion 1: end");
    journal.expect_completion(2, &[]);
    logs::expect_line(&["EndedWhilePending"]);
}

/// Heads that the child sends by a call: those of vectors, files, redirects and error pages too.
fn no_headers_suppresses_every_head_but_a_raw_one(build: Build) {
    let server = TestServer::for_scripts(build);
    for (call, body) in [
        (
            "vector flags=9|status=404 No|headers=X-Child: yes\r\n\r\n|memory=body",
            "body",
        ),
        (
            "transmit own=1|file=none|flags=10|status=404 No|head=X-Child: yes\r\n\r\n|tail=body",
            "body",
        ),
        ("old_header 404 No|X-Child: yes\r\n\r\nbody", "body"),
        ("redirect http://other.example/", ""),
    ] {
        let end: &[&str] = if call.starts_with("transmit") {
            &["return 3", "[completion]", "done"]
        } else {
            &["return 1"]
        };
        let child = Script::new(&[&[call], end].concat());
        // HSE_EXEC_URL_NO_HEADERS
        let parent = Script::new(&[
            "io_completion",
            &format!("exec_url url={}|flags=2", child.target()),
            "return 3",
            "[completion]",
            "write  and more",
            "done",
        ]);
        let response = parent.get(&server).expect(200, format!("{body} and more"));
        assert_eq!(response.field("X-Child"), None, "{call}");
        assert_eq!(response.field("Location"), None, "{call}");
    }
}
