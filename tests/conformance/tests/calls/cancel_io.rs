//! `HSE_REQ_CANCEL_IO`.

use isapi_core::session::SessionConfig;
use isapi_test_support::{Build, RawClient, Script, TestServer, conformance};

conformance! {
    tests: [
        a_pending_read_completes_once_with_995,
        with_nothing_pending_nothing_happens,
        after_it_the_request_goes_on,
    ],
}

/// Calls are made at once, not when the beginning of the body is there.
fn server(build: Build) -> TestServer {
    TestServer::builder()
        .scripts(build)
        .session_config(SessionConfig {
            read_ahead: 0,
            ..SessionConfig::default()
        })
        .start()
}

/// A request whose body never comes.
fn start(server: &TestServer, script: &Script) -> RawClient {
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n",
        script.target()
    ));
    client
}

fn a_pending_read_completes_once_with_995(build: Build) {
    let server = server(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 100",
        "cancel_io",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = start(&server, &script);
    client.read_response().expect_status(200);
    let journal = script.settled(&server, "completion 1: end");
    journal.expect_completion(1, &["0 995", "data ", "done TRUE", "end"]);
    journal.expect_line("cancel_io TRUE");
    journal.expect_completion(2, &[]);
}

fn with_nothing_pending_nothing_happens(build: Build) {
    let server = server(build);
    let script = Script::new(&[
        "cancel_io",
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write ok",
        "cancel_io",
    ]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "ok");
    client.expect_reusable("/script.dll").expect_status(200);
    script.finished(&server).expect(&[
        "cancel_io TRUE",
        "header TRUE",
        "write TRUE 2",
        "cancel_io TRUE",
    ]);
}

fn after_it_the_request_goes_on(build: Build) {
    let server = server(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 100",
        "cancel_io",
        "return 3",
        "[completion]",
        "header 1|200 OK|Content-Length: 5\r\n\r\n",
        "write_async later",
        "[completion]",
        "done",
    ]);
    start(&server, &script).read_response().expect(200, "later");
}
