//! A request that is ended while an asynchronous operation is pending: the operation completes
//! once, before anything is freed.

use isapi_test_support::{Build, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        success_with_a_write_pending_waits_for_its_completion,
        success_with_a_read_pending_cancels_it_once,
        done_with_a_read_pending_cancels_it_once,
    ],
}

fn success_with_a_write_pending_waits_for_its_completion(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "header 1|200 OK|A: b\r\n\r\n",
        "write_async_fill 16777216",
        "return 1",
        "[completion]",
        "mark end",
    ]);
    let mut client = script.start(&server);
    // Delivered whole or cut, but never a hang.
    let _ = client.try_read_response();
    let journal = script.settled(&server, "completion 1: end");
    journal.expect_completion(2, &[]);
    logs::expect_line(&["EndedWhilePending"]);
}

fn success_with_a_read_pending_cancels_it_once(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 100",
        "return 1",
        "[completion]",
        "mark end",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n",
        script.target()
    ));
    let journal = script.settled(&server, "completion 1: end");
    // ERROR_OPERATION_ABORTED
    journal.expect_line("completion 1: 0 995");
    journal.expect_completion(2, &[]);
    logs::expect_line(&["EndedWhilePending"]);
}

fn done_with_a_read_pending_cancels_it_once(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 100",
        "done",
        "return 3",
        "[completion]",
        "mark end",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n",
        script.target()
    ));
    let journal = script.settled(&server, "completion 1: end");
    // ERROR_OPERATION_ABORTED
    journal.expect_line("completion 1: 0 995");
    journal.expect_completion(2, &[]);
}
