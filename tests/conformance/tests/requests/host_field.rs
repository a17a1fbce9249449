//! The `Host` field.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        without_a_host_a_request_is_refused,
        with_two_hosts_a_request_is_refused,
        with_a_malformed_host_a_request_is_refused,
        http_1_0_needs_no_host,
        the_host_of_an_absolute_target_wins,
    ],
}

fn without_a_host_a_request_is_refused(build: Build) {
    refused(build, "HTTP/1.1\r\n\r\n");
}

fn with_two_hosts_a_request_is_refused(build: Build) {
    refused(build, "HTTP/1.1\r\nHost: one\r\nHost: two\r\n\r\n");
    refused(build, "HTTP/1.1\r\nHost: one\r\nHost: one\r\n\r\n");
}

fn with_a_malformed_host_a_request_is_refused(build: Build) {
    refused(build, "HTTP/1.1\r\nHost: one two\r\n\r\n");
    refused(build, "HTTP/1.1\r\nHost: one/two\r\n\r\n");
}

fn http_1_0_needs_no_host(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["variable HTTP_HOST", "variable SERVER_PROTOCOL"]);
    let mut client = server.connect();
    client.send(format!("GET {} HTTP/1.0\r\n\r\n", script.target()));
    client.read_response().expect_status(200);
    let protocol = "SERVER_PROTOCOL 9 \"HTTP/1.0\"";
    script
        .finished(&server)
        .expect(&["HTTP_HOST FALSE 1413", protocol]);
}

fn the_host_of_an_absolute_target_wins(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "variable SERVER_NAME",
        "variable HTTP_HOST",
        "variable ALL_RAW",
        "variable SCRIPT_NAME",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "GET http://target.example{} HTTP/1.1\r\nX-A: a\r\nhOST: other.example\r\n\r\n",
        script.target()
    ));
    client.read_response().expect_status(200);
    script.finished(&server).expect(&[
        "SERVER_NAME 15 \"target.example\"",
        "HTTP_HOST 15 \"target.example\"",
        r#"ALL_RAW 31 "X-A: a\r\nhOST: target.example\r\n""#,
        "SCRIPT_NAME 12 \"/script.dll\"",
    ]);
}

/// Asserts that a request that goes on like this gets 400 and no extension runs.
#[track_caller]
fn refused(build: Build, rest: &str) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["mark ran"]);
    let mut client = server.connect();
    client.send(format!("GET {} {rest}", script.target()));
    client.read_response().expect_status(400);
    script.post(&server, "asked");
    assert_eq!(script.wait(&server, "asked").lines(), ["asked"]);
}
