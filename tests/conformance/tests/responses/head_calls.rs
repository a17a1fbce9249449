//! Response heads by `HSE_REQ_SEND_RESPONSE_HEADER_EX` and `HSE_REQ_SEND_RESPONSE_HEADER`.

use isapi_test_support::{Build, Framing, Script, TestServer, conformance};

conformance! {
    tests: [
        status_and_fields_are_sent_as_given,
        the_connection_is_kept_for_a_response_with_a_length,
        without_a_status_it_is_200_ok,
        a_status_line_counts_as_a_status,
        only_as_many_characters_as_told_are_used,
        a_head_need_not_end_with_a_blank_line,
        the_old_call_sends_what_follows_the_blank_line_as_body,
        the_old_call_needs_no_headers,
        a_second_head_is_refused_and_not_sent,
        a_head_that_would_split_the_response_is_refused,
        a_refused_head_can_be_mended,
        null_pointers_are_refused,
    ],
}

fn status_and_fields_are_sent_as_given(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "header 1|418 I'm a teapot|Content-Length: 3\r\nX-One: 1\r\nX-Two: a, b\r\nX-One: 2\r\n\r\n",
        "write tea",
    ]);
    let response = script.get(&server).expect(418, "tea");
    assert_eq!(response.head.version, "HTTP/1.1");
    assert_eq!(response.head.reason, "I'm a teapot");
    assert_eq!(response.field("X-One").as_deref(), Some("1, 2"));
    assert_eq!(response.field("X-Two").as_deref(), Some("a, b"));
}

fn the_connection_is_kept_for_a_response_with_a_length(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "header 1|404 Not Found|Content-Length: 3\r\n\r\n",
        "write no\n",
    ]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(404, "no\n");
    client.expect_reusable(script.target()).expect(404, "no\n");
}

fn without_a_status_it_is_200_ok(build: Build) {
    let server = TestServer::for_scripts(build);
    for status in ["NULL", ""] {
        let header = format!("header 1|{status}|Content-Length: 0\r\n\r\n");
        let response = Script::new(&[&header]).get(&server).expect(200, "");
        assert_eq!(response.head.reason, "OK");
        let header = format!("old_header {status}|Content-Length: 0\r\n\r\n");
        Script::new(&[&header]).get(&server).expect(200, "");
    }
}

fn a_status_line_counts_as_a_status(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|HTTP/1.1 203 Fine|Content-Length: 0\r\n\r\n"]);
    let response = script.get(&server).expect(203, "");
    assert_eq!(response.head.reason, "Fine");
}

fn only_as_many_characters_as_told_are_used(build: Build) {
    let server = TestServer::for_scripts(build);
    let headers = "A: 1\r\n\r\nB: 2\r\n\r\n";
    let script = Script::new(&[&format!("header_length 200 OK|{headers}|8")]);
    let response = script.get(&server).expect(200, "");
    assert_eq!(response.field("A").as_deref(), Some("1"));
    assert_eq!(response.field("B"), None);
}

fn a_head_need_not_end_with_a_blank_line(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|200 OK|Content-Length: 2\r\n", "write ok"]);
    script.get(&server).expect(200, "ok");
}

fn the_old_call_sends_what_follows_the_blank_line_as_body(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "old_header 200 OK|Content-Type: text/plain\r\n\r\nbody, ",
        "write and more",
    ]);
    script.get(&server).expect(200, "body, and more");
    script
        .finished(&server)
        .expect(&["old_header TRUE", "write TRUE 8"]);
}

fn the_old_call_needs_no_headers(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["old_header 200 OK|NULL", "write text"]);
    script.get(&server).expect(200, "text");
}

fn a_second_head_is_refused_and_not_sent(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "header 1|404 Not Found|Content-Length: 0\r\n\r\n",
        "old_header 404 Not Found|Content-Length: 0\r\n\r\n",
        "redirect http://elsewhere/",
        "write ok",
    ]);
    script.get(&server).expect(200, "ok");
    script.finished(&server).expect(&[
        "header TRUE",
        "header FALSE 87",
        "old_header FALSE 87",
        "redirect FALSE 87",
        "write TRUE 2",
    ]);
}

fn a_head_that_would_split_the_response_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    for bad in [
        "200 OK\r\nX: y|Content-Length: 0\r\n\r\n",
        "200 OK|X: a\rb\r\n\r\n",
        "200 OK|X: a\0b\r\n\r\n",
        "200 OK|X y\r\n\r\n",
        "200 OK|X y: z\r\n\r\n",
        "200 OK|: z\r\n\r\n",
        "200 OK|Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "200 OK|Content-Length: -1\r\n\r\n",
        "2000 OK|A: b\r\n\r\n",
        "99 Low|A: b\r\n\r\n",
        "OK|A: b\r\n\r\n",
    ] {
        let script = Script::new(&[
            &format!("header 1|{bad}"),
            "header 1|500 X|Content-Length: 0\r\n\r\n",
        ]);
        let response = script.get(&server).expect(500, "");
        assert_eq!(response.field("X"), None, "{bad:?}");
        script
            .finished(&server)
            .expect(&["header FALSE 87", "header TRUE"]);
    }
}

fn a_refused_head_can_be_mended(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "header 1|200 OK|broken\r\n\r\n",
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write ok",
    ]);
    script.get(&server).expect(200, "ok");
}

fn null_pointers_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let calls = [1, 2, 1003, 1006, 1008, 1010, 1016, 1018];
    let calls = calls.map(|code| format!("support {code}"));
    let refused = calls.each_ref().map(|call| format!("{call} FALSE 87"));
    let script = Script::new(&calls.each_ref().map(String::as_str));
    script
        .run(&server)
        .expect(&refused.each_ref().map(String::as_str));

    // Headers may be missing altogether.
    let script = Script::new(&["header 1|204 No Content|NULL"]);
    assert_eq!(script.get(&server).expect(204, "").framing, Framing::None);
}
