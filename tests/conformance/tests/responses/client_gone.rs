//! Clients that leave.

use std::time::{Duration, Instant};

use isapi_test_support::{Build, RawClient, Script, TestServer, conformance, is_in_process, logs};

conformance! {
    tests: [
        a_write_after_a_reset_fails_and_so_do_the_next,
        an_asynchronous_write_is_aborted,
        is_connected_tells_of_a_client_that_leaves,
        is_connected_tells_of_it_while_a_body_waits,
        is_connected_tells_of_it_while_a_request_waits,
        is_connected_tells_of_it_under_tls,
        one_that_only_stops_sending_has_left_too,
        closing_with_nothing_pending_closes_the_connection,
    ],
}

fn a_write_after_a_reset_fails_and_so_do_the_next(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "header 1|200 OK|A: b\r\n\r\n",
        "write hello",
        "await gone",
        "await_client_gone",
        "write_fill 16777216",
        "write x",
        "return 4",
    ]);
    let mut client = script.start(&server);
    assert_eq!(client.read_head().status, 200);
    script.wait(&server, "write TRUE 5");
    client.reset();
    script.post(&server, "gone");
    let journal = script.wait(&server, "return 4");
    for call in ["write_fill FALSE ", "write FALSE "] {
        let code = journal.value(call);
        assert!(
            ["64", "995", "1229", "10053", "10054"].contains(&code),
            "{call}{code}"
        );
    }
}

fn an_asynchronous_write_is_aborted(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "header 1|200 OK|A: b\r\n\r\n",
        "write_async_fill 16777216",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = script.start(&server);
    client.read_head();
    script.wait(&server, "return 3");
    client.reset();
    let journal = script.settled(&server, "completion 1: end");
    let report = journal
        .lines()
        .iter()
        .find_map(|line| line.strip_prefix("completion 1: "));
    // ERROR_OPERATION_ABORTED
    assert!(
        report.is_some_and(|report| report.ends_with(" 995")),
        "{journal:#?}"
    );
    journal.expect_completion(2, &[]);
}

fn is_connected_tells_of_a_client_that_leaves(build: Build) {
    is_connected_tells(build, |target| {
        format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n")
    });
}

/// Nobody reads the connection then. What waits has room in the system's buffer: the end behind what
/// has none stays on the client's machine.
fn is_connected_tells_of_it_while_a_body_waits(build: Build) {
    is_connected_tells(build, |target| {
        let part = "x".repeat(64 * 1024);
        format!("POST {target} HTTP/1.1\r\nHost: test\r\nContent-Length: 1048576\r\n\r\n{part}")
    });
}

/// Nobody reads the connection then either.
fn is_connected_tells_of_it_while_a_request_waits(build: Build) {
    is_connected_tells(build, |target| {
        format!(
            "GET {target} HTTP/1.1\r\nHost: test\r\n\r\n\
             GET {target} HTTP/1.1\r\nHost: test\r\n\r\n\
             GET {target} HTT"
        )
    });
}

/// It ends in the middle: no `close_notify` is sent.
fn is_connected_tells_of_it_under_tls(build: Build) {
    let server = TestServer::builder().scripts(build).tls().start();
    is_connected_tells_at(&server, |target| {
        format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n")
    });
}

/// A client that leaves after `request` was connected before, and is not soon after, whether it
/// closes its connection or resets it.
#[track_caller]
fn is_connected_tells(build: Build, request: fn(&str) -> String) {
    is_connected_tells_at(&TestServer::for_scripts(build), request);
}

/// How long after its client an extension must know. A program under Wine shares the machine with many
/// others.
fn soon() -> Duration {
    match is_in_process() {
        true => Duration::from_secs(1),
        false => Duration::from_secs(10),
    }
}

#[track_caller]
fn is_connected_tells_at(server: &TestServer, request: fn(&str) -> String) {
    for leave in [drop, RawClient::reset] {
        let script = Script::new(&[
            "is_connected",
            "mark asked",
            "await left",
            "await_client_gone",
            "return 4",
        ]);
        let mut client = server.connect();
        client.send(request(script.target()));
        script
            .wait(server, "asked")
            .expect(&["is_connected TRUE 1", "asked"]);
        leave(client);
        let left = Instant::now();
        script.post(server, "left");
        script
            .wait(server, "return 4")
            .expect_line("is_connected TRUE 0");
        assert!(left.elapsed() < soon(), "too late");
    }
}

fn one_that_only_stops_sending_has_left_too(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["mark waiting", "await_client_gone", "return 1"]);
    let mut client = script.start(&server);
    script.wait(&server, "waiting");
    client.finish_sending();
    script.finished(&server);
}

fn closing_with_nothing_pending_closes_the_connection(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["close", "is_connected", "write x", "return 4"]);
    let mut client = script.start(&server);
    client.expect_closed();
    let journal = script.wait(&server, "return 4");
    journal.expect_line("close TRUE");
    logs::expect_line(&["CloseWithNothingPending"]);
    journal.expect_line("is_connected TRUE 0");
    assert!(
        journal
            .lines()
            .iter()
            .any(|line| line.starts_with("write FALSE ")),
        "{journal:#?}"
    );
}
