//! Responses without a body: to `HEAD`, and 204 and 304.

use isapi_test_support::{Build, Framing, Script, TempDir, TestServer, conformance};

conformance! {
    tests: [
        the_body_for_head_is_swallowed,
        a_file_for_head_is_swallowed,
        a_204_has_no_body_and_no_framing,
        a_304_has_no_body_and_keeps_its_length,
        no_way_of_sending_gives_them_a_body,
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

fn no_way_of_sending_gives_them_a_body(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let file = directory.file("a.txt", "0123456789");
    let open = format!("open {}", file.display());
    for status in ["204 No Content", "304 Not Modified"] {
        let child = Script::new(&[&format!("header 1|{status}|A: b\r\n\r\n"), "write child"]);
        let head = format!("status={status}|headers=A: b\r\n\r\n");
        for (send, bytes) in [
            (format!("vector flags=10|{head}|memory=vector"), "6"),
            (format!("vector flags=10|{head}|file=0,0"), "10"),
            (
                format!("transmit flags=10|status={status}|head=A: b\r\n\r\n|tail=tail"),
                "14",
            ),
            (format!("exec_url url={}", child.target()), ""),
        ] {
            let script = Script::new(&[
                &open,
                "io_completion",
                &send,
                "return 3",
                "[completion]",
                "done",
                "mark end",
            ]);
            let mut client = server.connect();
            let code = status[..3].parse().expect("a number");
            let response = client.expect_reusable(script.target()).expect(code, "");
            assert_eq!(response.framing, Framing::None, "{send}");
            client.expect_reusable("/script.dll").expect(200, "");
            let journal = script.settled(&server, "completion 1: end");
            if !bytes.is_empty() {
                journal.expect_line(&format!("completion 1: {bytes} 0"));
            }
        }
    }
    for raw in ["204 No Content", "304 Not Modified"] {
        let script = Script::new(&[&format!("write HTTP/1.1 {raw}\r\nA: b\r\n\r\nbody")]);
        let mut client = server.connect();
        let response = client.expect_reusable(script.target());
        assert_eq!(response.framing, Framing::None, "{raw}");
        client.expect_reusable("/script.dll").expect(200, "");
    }
}
