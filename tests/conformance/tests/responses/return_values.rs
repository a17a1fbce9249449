//! What `HttpExtensionProc` returns.

use isapi_test_support::{Build, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        an_error_with_nothing_sent_is_500,
        an_error_after_the_head_aborts_the_response,
        an_error_from_done_is_500_as_well,
        zero_counts_as_success,
        an_unknown_value_is_an_error_and_is_reported,
    ],
}

fn an_error_with_nothing_sent_is_500(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["return 4"]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect_status(500);
}

fn an_error_after_the_head_aborts_the_response(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|200 OK|A: b\r\n\r\n", "write half", "return 4"]);
    let mut client = script.start(&server);
    assert!(
        client.try_read_response().is_err(),
        "a failed response must not look complete"
    );
}

fn an_error_from_done_is_500_as_well(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["spawn", "return 3", "[thread]", "done 4"]);
    script.get(&server).expect_status(500);
}

fn zero_counts_as_success(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write ok",
        "return 0",
    ]);
    script.get(&server).expect(200, "ok");
}

fn an_unknown_value_is_an_error_and_is_reported(build: Build) {
    let server = TestServer::for_scripts(build);
    let value = if build == Build::Linked {
        "4711"
    } else {
        "4712"
    };
    let script = Script::new(&[&format!("return {value}")]);
    script.get(&server).expect_status(500);
    logs::expect_line(&["UnknownStatus", value]);
}
