//! Responses without a body: to `HEAD`, and 204 and 304.

use isapi_test_support::{Build, Framing, Script, TempDir, TestServer, conformance};

conformance! {
    tests: [
        the_body_for_head_is_swallowed,
        a_file_for_head_is_swallowed,
        a_204_has_no_body_and_no_framing,
        a_304_has_no_body_and_keeps_its_length,
    ],
}

fn the_body_for_head_is_swallowed(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|200 OK|Content-Length: 5\r\n\r\n", "write hello"]);
    let mut client = server.connect();
    client.send(format!(
        "HEAD {} HTTP/1.1\r\nHost: test\r\n\r\n",
        script.target()
    ));
    let response = client.read_response_to_head_request();
    assert_eq!(response.status(), 200);
    assert_eq!(response.field("content-length").as_deref(), Some("5"));
    script
        .finished(&server)
        .expect(&["header TRUE", "write TRUE 5"]);
    client.expect_reusable("/script.dll").expect_status(200);
}

fn a_file_for_head_is_swallowed(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let file = directory.file("a.txt", "0123456789");
    let script = Script::new(&[
        &format!("open {}", file.display()),
        "transmit own=1|flags=10|status=200 OK|head=Content-Length: 10\r\n\r\n",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "HEAD {} HTTP/1.1\r\nHost: test\r\n\r\n",
        script.target()
    ));
    let response = client.read_response_to_head_request();
    assert_eq!(response.field("content-length").as_deref(), Some("10"));
    let journal = script.settled(&server, "completion 1: end");
    journal.expect_line("completion 1: 10 0");
    client.expect_reusable("/script.dll").expect_status(200);
}

fn a_204_has_no_body_and_no_framing(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|204 No Content|A: b\r\n\r\n", "write ignored"]);
    let mut client = server.connect();
    let response = client.expect_reusable(script.target()).expect(204, "");
    assert_eq!(response.framing, Framing::None);
    assert_eq!(response.field("content-length"), None);
    client.expect_reusable(script.target()).expect(204, "");
}

fn a_304_has_no_body_and_keeps_its_length(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|304 Not Modified|ETag: \"x\"\r\n\r\n"]);
    let mut client = server.connect();
    let response = client.expect_reusable(script.target()).expect(304, "");
    assert_eq!(response.field("etag").as_deref(), Some("\"x\""));
    client.expect_reusable(script.target()).expect(304, "");
}
