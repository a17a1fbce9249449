//! Requests with one answer, which is always the same.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        an_extension_runs_in_process,
        no_request_is_traced,
        the_cache_routine_can_be_called,
        there_are_no_cached_rights_to_refresh,
        an_abortive_close_is_accepted_and_ignored,
    ],
}

fn an_extension_runs_in_process(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["is_in_process", "support 1030"])
        .run(&server)
        .expect(&["is_in_process TRUE 0", "support 1030 FALSE 87"]);
}

fn no_request_is_traced(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["trace_info", "support 1042"])
        .run(&server)
        .expect(&["trace_info TRUE 0 0 0 0", "support 1042 FALSE 87"]);
}

fn the_cache_routine_can_be_called(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["cache_callback", "support 1040"])
        .run(&server)
        .expect(&["cache_callback TRUE 0x0", "support 1040 FALSE 87"]);
}

fn there_are_no_cached_rights_to_refresh(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["refresh_acl C:\\scripts\\a.dll", "refresh_acl NULL"])
        .run(&server)
        .expect(&["refresh_acl TRUE", "refresh_acl FALSE 87"]);
}

fn an_abortive_close_is_accepted_and_ignored(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "abortive_close",
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write ok",
    ]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "ok");
    client.expect_reusable("/script.dll").expect_status(200);
    script
        .finished(&server)
        .expect(&["abortive_close TRUE", "header TRUE", "write TRUE 2"]);
}
