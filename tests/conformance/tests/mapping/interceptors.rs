//! Wildcard handlers that pass a request on with `HSE_REQ_EXEC_URL`.

use isapi_test_support::{Build, Extension, Handler, Journal, Script, TestServer, conformance};

conformance! {
    tests: [
        each_passes_the_request_to_the_next,
        without_the_flag_the_same_one_runs_again,
        an_interceptor_may_answer_by_itself,
    ],
}

/// Two interceptors, which run the script in the query, before the hello extension.
fn server(build: Build) -> TestServer {
    TestServer::builder()
        .extension("/hello.dll", build, Extension::Hello)
        .long_queries()
        .handler(Handler::new("*", build, Extension::Script))
        .handler(Handler::new("*", build, Extension::Script))
        .start()
}

/// The URL of the hello extension with a script for the interceptors.
fn target(script: &Script) -> String {
    script.target().replace("/script.dll", "/hello.dll")
}

fn calls(journal: &Journal) -> usize {
    let calls = journal.lines().iter();
    calls.filter(|line| *line == "HttpExtensionProc").count()
}

fn each_passes_the_request_to_the_next(build: Build) {
    let server = server(build);
    // HSE_EXEC_URL_IGNORE_CURRENT_INTERCEPTOR
    let script = Script::new(&[
        "io_completion",
        "variable URL",
        "exec_url flags=4",
        "return 3",
        "[completion]",
        "exec_url_status",
        "done",
        "mark end",
    ]);
    let plain = TestServer::with(build, Extension::Hello);
    let hello = plain.get(&target(&script));
    server.get(&target(&script)).expect(200, hello.body);
    let journal = script.settled(&server, "completion 1: end");
    assert_eq!(calls(&journal), 2, "{journal:#?}");
    journal.expect_line("completion 1: exec_url_status TRUE 200 0 0");
}

fn without_the_flag_the_same_one_runs_again(build: Build) {
    let server = server(build);
    let script = Script::new(&[
        "io_completion",
        "exec_url flags=0",
        "return_if_refused 1",
        "return 3",
        "[completion]",
        "done",
    ]);
    server.get(&target(&script)).expect(200, "");
    let journal = script.finished(&server);
    journal.expect_line("exec_url FALSE 1001");
    assert_eq!(calls(&journal), 13, "{journal:#?}");
}

fn an_interceptor_may_answer_by_itself(build: Build) {
    let server = server(build);
    let script = Script::new(&[
        "header 1|403 Forbidden|Content-Length: 2\r\n\r\n",
        "write no",
    ]);
    server.get(&target(&script)).expect(403, "no");
    assert_eq!(calls(&script.finished(&server)), 1);
}
