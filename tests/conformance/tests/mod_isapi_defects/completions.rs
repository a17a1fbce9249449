//! Callbacks, and requests that go on after the call.

use isapi_test_support::{Build, Script, TempDir, TestServer, conformance};

conformance! {
    tests: [
        the_callback_of_a_file_send_gets_count_and_error_in_this_order,
        a_pending_request_lives_until_it_is_done,
        a_callback_never_runs_on_the_stack_of_its_call,
        the_status_of_done_with_session_counts,
    ],
}

/// It swaps them for a callback of the call's own.
fn the_callback_of_a_file_send_gets_count_and_error_in_this_order(build: Build) {
    let directory = TempDir::new();
    let path = directory.file("ten.txt", "0123456789");
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        &format!("open {}", path.display()),
        "header 1|200 OK|Content-Length: 10\r\n\r\n",
        "transmit own=1",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(200, "0123456789");
    script
        .settled(&server, "completion 1: end")
        .expect_completion(1, &["10 0", "own callback", "done TRUE", "end"]);
}

/// Without its setting `ISAPIFakeAsync` it frees the request while the extension still has it.
fn a_pending_request_lives_until_it_is_done(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "spawn",
        "return 3",
        "[thread]",
        "await return 3",
        "await go",
        "field lpszMethod",
        "header 1|200 OK|Content-Length: 4\r\n\r\n",
        "write late",
        "done",
    ]);
    let mut client = script.start(&server);
    script.wait(&server, "return 3");
    script.post(&server, "go");
    client.read_response().expect(200, "late");
    script
        .settled(&server, "thread 1: done TRUE")
        .expect_line("thread 1: lpszMethod \"GET\"");
}

/// It calls them before the call that starts the operation has returned.
fn a_callback_never_runs_on_the_stack_of_its_call(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write_async ok",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(200, "ok");
    script
        .settled(&server, "completion 1: end")
        .expect_completion(1, &["2 0", "done TRUE", "end"]);
}

/// It takes every end for a success.
fn the_status_of_done_with_session_counts(build: Build) {
    let server = TestServer::for_scripts(build);
    // HSE_STATUS_ERROR
    let script = Script::new(&["spawn", "return 3", "[thread]", "done 4"]);
    script.get(&server).expect_status(500);
}
