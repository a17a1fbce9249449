//! Clients that leave.

use isapi_test_support::{Build, RawClient, Script, TestServer, conformance};

conformance! {
    tests: [
        a_write_after_a_reset_fails_and_so_do_the_next,
        an_asynchronous_write_is_aborted,
        is_connected_tells_of_a_reset,
        is_connected_tells_of_a_close,
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

fn is_connected_tells_of_a_reset(build: Build) {
    is_connected_tells(build, RawClient::reset);
}

fn is_connected_tells_of_a_close(build: Build) {
    is_connected_tells(build, drop);
}

#[track_caller]
fn is_connected_tells(build: Build, leave: fn(RawClient)) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "is_connected",
        "mark asked",
        "await_client_gone",
        "return 4",
    ]);
    let client = script.start(&server);
    script
        .wait(&server, "asked")
        .expect(&["is_connected TRUE 1", "asked"]);
    leave(client);
    script
        .wait(&server, "return 4")
        .expect_line("is_connected TRUE 0");
}

fn closing_with_nothing_pending_closes_the_connection(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["close", "is_connected", "write x", "return 4"]);
    let mut client = script.start(&server);
    client.expect_closed();
    let journal = script.wait(&server, "return 4");
    journal.expect_line("close TRUE");
    journal.expect_line("is_connected TRUE 0");
    assert!(
        journal
            .lines()
            .iter()
            .any(|line| line.starts_with("write FALSE ")),
        "{journal:#?}"
    );
}
