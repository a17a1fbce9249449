//! Response heads that an extension writes with `WriteClient`.

use isapi_test_support::{Build, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        data_that_begins_with_http_is_a_head,
        a_raw_head_may_come_in_pieces,
        a_raw_head_may_come_by_asynchronous_writes,
        a_raw_head_with_a_length_keeps_the_connection,
        a_raw_head_that_asks_for_a_close_gets_it,
        anything_else_is_body_under_200,
        header_lines_without_a_status_line_are_body,
        a_raw_head_cannot_split_the_response,
        after_a_head_call_such_data_is_body,
        a_raw_head_that_never_ends_is_500,
        a_raw_head_has_at_most_64_kib,
    ],
}

fn data_that_begins_with_http_is_a_head(build: Build) {
    let server = TestServer::for_scripts(build);
    let script =
        Script::new(&["write HTTP/1.1 202 Taken\r\nContent-Length: 4\r\nX: y\r\n\r\nbody"]);
    let response = script.get(&server).expect(202, "body");
    assert_eq!(response.head.reason, "Taken");
    assert_eq!(response.field("X").as_deref(), Some("y"));
    let journal = script.finished(&server);
    assert!(
        journal
            .value("write TRUE ")
            .parse::<usize>()
            .is_ok_and(|bytes| bytes > 4)
    );
}

fn a_raw_head_may_come_in_pieces(build: Build) {
    let server = TestServer::for_scripts(build);
    let whole = "HTTP/1.1 202 Taken\r\nContent-Length: 4\r\nX: y\r\n\r\nbody";
    let steps: Vec<String> = whole
        .chars()
        .map(|letter| format!("write {letter}"))
        .collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    Script::new(&steps).get(&server).expect(202, "body");

    let steps = [
        "write HTTP/1.1 202 Taken\r\nContent-Le",
        "write ngth: 4\r\n\r\nbo",
        "write dy",
    ];
    Script::new(&steps).get(&server).expect(202, "body");
}

fn a_raw_head_may_come_by_asynchronous_writes(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "write_async HTTP/1.1 202 Taken\r\nContent-",
        "return 3",
        "[completion]",
        "write_async Length: 4\r\n\r\nbody",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(202, "body");
    script.settled(&server, "completion 2: end");
}

fn a_raw_head_with_a_length_keeps_the_connection(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["write HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "ok");
    client.expect_reusable(script.target()).expect(200, "ok");
}

fn a_raw_head_that_asks_for_a_close_gets_it(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["write HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok"]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "ok");
    client.expect_closed();
}

/// Apache's mod_isapi takes the first bytes for headers and answers 500.
fn anything_else_is_body_under_200(build: Build) {
    let server = TestServer::for_scripts(build);
    for text in ["hello", "HTTX", "H", "HTTP", " HTTP/1.1 200 OK\r\n\r\n"] {
        let script = Script::new(&[&format!("write {text}")]);
        script.get(&server).expect(200, text);
    }
}

fn header_lines_without_a_status_line_are_body(build: Build) {
    let server = TestServer::for_scripts(build);
    let text = "Content-Type: text/plain\r\n\r\nhi";
    Script::new(&[&format!("write {text}")])
        .get(&server)
        .expect(200, text);
}

fn a_raw_head_cannot_split_the_response(build: Build) {
    let server = TestServer::for_scripts(build);
    let bad = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx";
    let script = Script::new(&[&format!("write {bad}"), "return 4"]);
    let mut client = server.connect();
    let response = client.expect_reusable(script.target()).expect_status(500);
    assert!(!response.text().contains("HTTP/1.1"), "{response:?}");
    script.wait(&server, "return 4").expect(&["write FALSE 87"]);
}

fn after_a_head_call_such_data_is_body(build: Build) {
    let server = TestServer::for_scripts(build);
    let text = "HTTP/1.1 404 Not Found\r\n\r\n";
    let length = text.len();
    let script = Script::new(&[
        &format!("header 1|200 OK|Content-Length: {length}\r\n\r\n"),
        &format!("write {text}"),
    ]);
    script.get(&server).expect(200, text);
}

fn a_raw_head_that_never_ends_is_500(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["write HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"]);
    script.get(&server).expect_status(500);
    logs::expect_line(&["HeadNotFinished"]);
}

fn a_raw_head_has_at_most_64_kib(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "write HTTP/1.1 200 OK\r\nX: ",
        "write_repeat x|40000",
        "write_repeat x|40000",
        "return 4",
    ]);
    script.get(&server).expect_status(500);
    let journal = script.wait(&server, "return 4");
    journal.expect_line("write_repeat TRUE 40000");
    journal.expect_line("write_repeat FALSE 87");
}
