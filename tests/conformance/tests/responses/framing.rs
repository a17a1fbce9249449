//! How the end of a response's body is marked.

use isapi_test_support::{Build, Framing, ReadError, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        without_a_length_http_1_1_gets_chunks,
        without_a_length_http_1_0_gets_a_close,
        a_length_that_is_not_reached_closes_the_connection,
        a_response_is_cut_behind_all_that_was_accepted,
        a_length_that_is_exceeded_is_cut,
        writes_are_passed_on_as_they_come,
    ],
}

fn without_a_length_http_1_1_gets_chunks(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|200 OK|A: b\r\n\r\n", "write one,", "write two"]);
    let mut client = server.connect();
    let response = client
        .expect_reusable(script.target())
        .expect(200, "one,two");
    assert_eq!(response.framing, Framing::Chunked);
    client
        .expect_reusable(script.target())
        .expect(200, "one,two");
}

fn without_a_length_http_1_0_gets_a_close(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|200 OK|A: b\r\n\r\n", "write one,", "write two"]);
    let mut client = server.connect();
    client.send(format!(
        "GET {} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        script.target()
    ));
    let response = client.read_response().expect(200, "one,two");
    assert_eq!(response.framing, Framing::Close);
}

fn a_length_that_is_not_reached_closes_the_connection(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|200 OK|Content-Length: 10\r\n\r\n", "write short"]);
    let mut client = script.start(&server);
    match client.try_read_response() {
        Err(ReadError::BodyCut(response)) => assert_eq!(response.body, b"short"),
        other => panic!("not cut: {other:?}"),
    }
    logs::expect_line(&["ContentLengthNotReached"]);
}

fn a_response_is_cut_behind_all_that_was_accepted(build: Build) {
    let server = TestServer::for_scripts(build);
    // More than the sockets hold, so that much of it is still queued when the extension is done.
    let script = Script::new(&[
        "header 1|200 OK|Content-Length: 99000000\r\n\r\n",
        "write_fill 20000000",
    ]);
    let mut client = script.start(&server);
    match client.try_read_response() {
        Err(ReadError::BodyCut(response)) => assert_eq!(response.body.len(), 20_000_000),
        other => panic!("not cut: {other:?}"),
    }
}

fn a_length_that_is_exceeded_is_cut(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "header 1|200 OK|Content-Length: 4\r\n\r\n",
        "write exactly more",
    ]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "exac");
    logs::expect_line(&["ContentLengthExceeded"]);
    // What was cut off is never taken for the next response.
    client.send_get("/script.dll");
    match client.try_read_response() {
        Ok(response) => assert_eq!(response.status(), 200),
        Err(ReadError::Closed) => (),
        Err(error) => panic!("{error}"),
    }
}

fn writes_are_passed_on_as_they_come(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "header 1|200 OK|A: b\r\n\r\n",
        "write first",
        "await client has the first",
        "write second",
    ]);
    let mut client = script.start(&server);
    assert_eq!(client.read_head().status, 200);
    assert_eq!(client.read_chunk(), b"first");
    script.post(&server, "client has the first");
    assert_eq!(client.read_chunk(), b"second");
    assert_eq!(client.read_chunk(), b"");
}
