//! Requests that are too large.

use isapi_axum::Limits;
use isapi_test_support::{Build, Extension, Script, TestServer, conformance};

conformance! {
    tests: [
        a_body_above_the_limit_is_refused_before_the_call,
        a_chunked_body_above_the_limit_is_cut,
        a_url_above_the_limit_is_refused,
        a_query_above_the_limit_is_refused,
        a_head_above_the_limit_is_refused,
        a_head_with_too_many_fields_is_refused,
    ],
}

fn server(build: Build) -> TestServer {
    let limits = Limits {
        max_allowed_content_length: 1000,
        max_url: 2000,
        max_query_string: 1000,
    };
    let server = TestServer::builder();
    server
        .extension("/script.dll", build, Extension::Script)
        .limits(limits)
        .start()
}

fn a_body_above_the_limit_is_refused_before_the_call(build: Build) {
    let server = server(build);
    let within = Script::new(&["read_all 100"]);
    server
        .post(within.target(), vec![b'x'; 1000])
        .expect_status(200);

    let above = Script::new(&["mark ran"]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 1001\r\n\r\n",
        above.target()
    ));
    client.read_response().expect_status(413);
    above.post(&server, "asked");
    assert_eq!(above.wait(&server, "asked").lines(), ["asked"]);
}

fn a_chunked_body_above_the_limit_is_cut(build: Build) {
    let server = server(build);
    let script = Script::new(&["read_all 100"]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n",
        script.target()
    ));
    client.send_chunk(vec![b'x'; 900]);
    client.send_chunk(vec![b'x'; 900]);
    // Refused before the call, or cut during it: the extension never sees more than the limit.
    let status = client.try_read_response().map(|response| response.status());
    if matches!(status, Ok(413)) {
        return;
    }
    let journal = script.finished(&server);
    let line = journal.value("read_all ");
    let seen = line.matches('x').count();
    assert!(seen <= 1000, "the extension read {seen} bytes");
}

fn a_url_above_the_limit_is_refused(build: Build) {
    let server = server(build);
    server
        .get(&format!("/script.dll/{}", "a".repeat(1900)))
        .expect_status(200);
    server
        .get(&format!("/script.dll/{}", "a".repeat(2000)))
        .expect_status(414);
}

fn a_query_above_the_limit_is_refused(build: Build) {
    let server = server(build);
    server
        .get(&format!("/script.dll?{}", "a".repeat(1000)))
        .expect_status(200);
    server
        .get(&format!("/script.dll?{}", "a".repeat(1001)))
        .expect_status(414);
}

fn a_head_above_the_limit_is_refused(build: Build) {
    let server = server(build);
    let mut client = server.connect();
    client.send("GET /script.dll HTTP/1.1\r\nHost: test\r\n");
    // The server may close while the rest of the head is still being sent.
    let field = format!("X: {}\r\n\r\n", "x".repeat(100 * 1024));
    if client.try_send(field).is_ok() {
        client.read_response().expect_status(431);
    }
}

fn a_head_with_too_many_fields_is_refused(build: Build) {
    let server = server(build);
    let fields: String = (0..200)
        .map(|number| format!("X-{number}: x\r\n"))
        .collect();
    let mut client = server.connect();
    client.send(format!(
        "GET /script.dll HTTP/1.1\r\nHost: test\r\n{fields}\r\n"
    ));
    client.read_response().expect_status(431);
}
