//! `HSE_REQ_DONE_WITH_SESSION` at every moment it can come.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        done_inside_the_call_and_success_afterwards_end_the_request_once,
        done_inside_the_call_and_pending_afterwards_end_the_request_once,
        done_in_a_completion_before_the_return_ends_the_request,
        done_twice_is_refused,
        done_on_another_thread_ends_the_request,
        done_with_an_unknown_status_is_an_error,
    ],
}

const HEAD: &str = "header 1|200 OK|Content-Length: 2\r\n\r\n";

fn done_inside_the_call_and_success_afterwards_end_the_request_once(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[HEAD, "write ok", "done", "write x", "done", "return 1"]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "ok");
    client.expect_reusable("/script.dll").expect(200, "");
    script.finished(&server).expect(&[
        "header TRUE",
        "write TRUE 2",
        "done TRUE",
        "write FALSE 87",
        "done FALSE 87",
    ]);
}

fn done_inside_the_call_and_pending_afterwards_end_the_request_once(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[HEAD, "write ok", "done", "return 3"]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "ok");
    client.expect_reusable("/script.dll").expect(200, "");
}

/// Apache's mod_isapi had a race here (PR 11918).
fn done_in_a_completion_before_the_return_ends_the_request(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        HEAD,
        "write_async ok",
        "await completion 1: end",
        "field lpszMethod",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "ok");
    client.expect_reusable("/script.dll").expect(200, "");
    // The control block was still there after DONE, because the call had not returned.
    script
        .wait(&server, "return 3")
        .expect_line("lpszMethod \"GET\"");
}

fn done_twice_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["spawn", "return 3", "[thread]", "done", "done", "mark end"]);
    script.get(&server).expect(200, "");
    let journal = script.settled(&server, "thread 1: end");
    journal.expect_thread(1, &["done TRUE", "done FALSE 87", "end"]);
}

fn done_on_another_thread_ends_the_request(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "spawn",
        "spawn",
        "return 3",
        "[thread]",
        HEAD,
        "write ok",
        "[thread]",
        "await thread 1: write TRUE 2",
        "done",
    ]);
    script.get(&server).expect(200, "ok");
}

fn done_with_an_unknown_status_is_an_error(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["spawn", "return 3", "[thread]", "done 99"]);
    script.get(&server).expect_status(500);
}
