//! Synchronous `ReadClient`.

use std::time::Duration;

use isapi_core::session::SessionConfig;
use isapi_test_support::{Build, Script, TestServer, conformance, describe, fill};

conformance! {
    tests: [
        reading_in_small_pieces_gives_the_exact_bytes,
        a_read_waits_for_the_body,
        the_end_is_true_with_no_bytes_however_often_it_is_asked,
        a_body_that_never_comes_fails_the_read_and_may_be_read_again,
        an_asynchronous_read_of_a_body_that_never_comes_completes,
        null_pointers_are_refused,
        a_body_that_is_not_read_does_not_disturb_the_next_request,
    ],
}

fn reading_in_small_pieces_gives_the_exact_bytes(build: Build) {
    let server = TestServer::for_scripts(build);
    let body = fill(60_000);
    for capacity in [1000, 49_152, 1_000_000] {
        let script = Script::new(&[&format!("read_all {capacity}")]);
        server.post(script.target(), &body).expect_status(200);
        let all = format!("read_all 49152+10848 {}", describe(&body));
        script.finished(&server).expect(&[&all]);
    }
}

fn a_read_waits_for_the_body(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "mark asking",
        "read 100",
        "mark asking again",
        "read 100",
        "read 9",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n",
        script.target()
    ));
    assert_eq!(client.read_head().status, 100);
    script.wait(&server, "asking");
    client.send("first");
    script.wait(&server, "asking again");
    client.send("again");
    client.read_response().expect_status(200);
    script.finished(&server).expect(&[
        "asking",
        "read TRUE 5 first",
        "asking again",
        "read TRUE 5 again",
        "read TRUE 0 ",
    ]);
}

fn the_end_is_true_with_no_bytes_however_often_it_is_asked(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["read_all 10", "read 10", "read 10"]);
    server.post(script.target(), "body").expect_status(200);
    let end = "read TRUE 0 ";
    script
        .finished(&server)
        .expect(&["read_all 4+0 body", end, end]);
}

fn a_body_that_never_comes_fails_the_read_and_may_be_read_again(build: Build) {
    let read_timeout = Duration::from_millis(100);
    let config = SessionConfig {
        read_timeout,
        ..SessionConfig::default()
    };
    let server = TestServer::builder()
        .session_config(config)
        .scripts(build)
        .start();
    let script = Script::new(&["read 10", "mark timed out", "await sent", "read 10"]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
        script.target()
    ));
    let journal = script.wait(&server, "timed out");
    let refused = journal.value("read FALSE ").to_owned();
    client.send("late");
    script.post(&server, "sent");
    assert_eq!(refused, "10060");
    let journal = script.finished(&server);
    journal.expect_line("read TRUE 4 late");
}

fn an_asynchronous_read_of_a_body_that_never_comes_completes(build: Build) {
    let config = SessionConfig {
        read_ahead: 0,
        read_timeout: Duration::from_millis(100),
        ..SessionConfig::default()
    };
    let server = TestServer::builder()
        .session_config(config)
        .scripts(build)
        .start();
    let script = Script::new(&[
        "io_completion",
        "read_async 10",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\n",
        script.target()
    ));
    client.read_response().expect_status(200);
    script
        .settled(&server, "completion 1: end")
        .expect_completion(1, &["0 10060", "data ", "done TRUE", "end"]);
}

fn a_body_that_is_not_read_does_not_disturb_the_next_request(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|200 OK|Content-Length: 2\r\n\r\n", "write ok"]);
    let mut client = server.connect();
    client.send_post(script.target(), fill(50_000));
    client.read_response().expect(200, "ok");
    // The rest of the body may be skipped or the connection closed, but never read as a request.
    if client
        .try_send("GET /script.dll HTTP/1.1\r\nHost: test\r\n\r\n")
        .is_ok()
    {
        match client.try_read_response() {
            Ok(response) => assert_eq!(response.status(), 200),
            Err(isapi_test_support::ReadError::Closed) => (),
            Err(error) => panic!("{error}"),
        }
    }
}

fn null_pointers_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["read_null buffer", "read_null size", "read 0"]);
    server.post(script.target(), "body").expect_status(200);
    let refused = "read_null FALSE 87";
    script
        .finished(&server)
        .expect(&[refused, refused, "read TRUE 0 "]);
}
