//! Which connections are kept.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        both_kinds_of_success_keep_the_connection,
        both_kinds_of_done_keep_the_connection,
        a_head_without_keep_conn_closes_it,
        a_head_that_says_close_closes_it,
        http_1_0_is_kept_only_when_it_asks,
        is_keep_conn_tells_what_the_client_asked,
        disconnect_after_send_closes_it,
        a_connection_survives_the_thread_that_ended_its_request,
    ],
}

const HEAD: &str = "header 1|200 OK|Content-Length: 2\r\n\r\n";

fn both_kinds_of_success_keep_the_connection(build: Build) {
    let server = TestServer::for_scripts(build);
    let mut client = server.connect();
    for status in ["return 0", "return 1", "return 2"] {
        let script = Script::new(&[HEAD, "write ok", status]);
        client.expect_reusable(script.target()).expect(200, "ok");
    }
    client.expect_reusable("/script.dll").expect_status(200);
}

/// Apache's mod_isapi ignores the status of `HSE_REQ_DONE_WITH_SESSION`.
fn both_kinds_of_done_keep_the_connection(build: Build) {
    let server = TestServer::for_scripts(build);
    let mut client = server.connect();
    for done in ["done", "done 1", "done 2"] {
        let script = Script::new(&["spawn", "return 3", "[thread]", HEAD, "write ok", done]);
        client.expect_reusable(script.target()).expect(200, "ok");
    }
    client.expect_reusable("/script.dll").expect_status(200);
}

fn a_head_without_keep_conn_closes_it(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 0|200 OK|Content-Length: 2\r\n\r\n", "write ok"]);
    let mut client = server.connect();
    let response = client.expect_reusable(script.target()).expect(200, "ok");
    assert!(response.head.says_close(), "{response:?}");
    client.expect_closed();
}

fn a_head_that_says_close_closes_it(build: Build) {
    let server = TestServer::for_scripts(build);
    let head = "header 1|200 OK|Content-Length: 2\r\nConnection: close\r\n\r\n";
    let script = Script::new(&[head, "write ok"]);
    let mut client = server.connect();
    let response = client.expect_reusable(script.target()).expect(200, "ok");
    assert!(response.head.says_close(), "{response:?}");
    client.expect_closed();
}

fn http_1_0_is_kept_only_when_it_asks(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[HEAD, "write ok"]);
    let mut client = server.connect();
    let ask = format!(
        "GET {} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        script.target()
    );
    client.send(&ask).read_response().expect(200, "ok");
    client.send(&ask).read_response().expect(200, "ok");
    client.send(format!("GET {} HTTP/1.0\r\n\r\n", script.target()));
    client.read_response().expect(200, "ok");
    client.expect_closed();
}

/// Apache's mod_isapi answers no before the first head of a connection.
fn is_keep_conn_tells_what_the_client_asked(build: Build) {
    let server = TestServer::for_scripts(build);
    for (request, answer) in [
        ("HTTP/1.1\r\nHost: test\r\n\r\n", "1"),
        ("HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", "0"),
        ("HTTP/1.0\r\n\r\n", "0"),
        ("HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "1"),
    ] {
        let script = Script::new(&["is_keep_conn", HEAD, "write ok"]);
        let mut client = server.connect();
        client.send(format!("GET {} {request}", script.target()));
        client.read_response().expect(200, "ok");
        let journal = script.finished(&server);
        assert_eq!(journal.value("is_keep_conn TRUE "), answer, "{request:?}");
    }
}

fn disconnect_after_send_closes_it(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "transmit own=1|file=none|flags=14|status=200 OK|head=Content-Length: 2\r\n\r\n|tail=ok",
        "return 3",
        "[completion]",
        "write more",
        "done",
        "mark end",
    ]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "ok");
    client.expect_closed();
    let journal = script.settled(&server, "completion 1: end");
    journal.expect_completion(
        1,
        &["2 0", "own callback", "write FALSE 87", "done TRUE", "end"],
    );
}

fn a_connection_survives_the_thread_that_ended_its_request(build: Build) {
    let server = TestServer::for_scripts(build);
    let mut client = server.connect();
    for _ in 0..5 {
        let script = Script::new(&["spawn", "return 3", "[thread]", HEAD, "write ok", "done 2"]);
        client.expect_reusable(script.target()).expect(200, "ok");
    }
}
