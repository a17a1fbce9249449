//! Synchronous `WriteClient` and its arguments.

use isapi_test_support::{Build, Script, TestServer, conformance, fill};

conformance! {
    tests: [
        flags_of_0_count_as_synchronous,
        unknown_flags_are_refused,
        a_write_of_nothing_has_no_effect,
        null_pointers_are_refused,
        a_write_to_a_slow_reader_waits_for_it,
        a_synchronous_write_while_an_asynchronous_one_is_pending_is_refused,
        a_second_asynchronous_write_is_refused,
    ],
}

const HEAD: &str = "header 1|200 OK|Content-Length: 2\r\n\r\n";

fn flags_of_0_count_as_synchronous(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[HEAD, "write_flags 0|ok"]);
    script.get(&server).expect(200, "ok");
    script
        .finished(&server)
        .expect(&["header TRUE", "write_flags TRUE 2"]);
}

/// Apache's mod_isapi documents this and does not do it.
fn unknown_flags_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[HEAD, "write_flags 32768|no", "write_flags 3|no", "write ok"]);
    script.get(&server).expect(200, "ok");
    let journal = script.finished(&server);
    journal.expect_line("write_flags FALSE 87");
    journal.expect_line("write TRUE 2");
}

fn a_write_of_nothing_has_no_effect(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["write ", "write_null 0", HEAD, "write ", "write ok"]);
    script.get(&server).expect(200, "ok");
    let nothing = "write TRUE 0";
    let expected = [
        nothing,
        "write_null TRUE 0",
        "header TRUE",
        nothing,
        "write TRUE 2",
    ];
    script.finished(&server).expect(&expected);
}

fn null_pointers_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[HEAD, "write_null 2", "write_no_size", "write ok"]);
    script.get(&server).expect(200, "ok");
    script.finished(&server).expect(&[
        "header TRUE",
        "write_null FALSE 87",
        "write_no_size FALSE 87",
        "write TRUE 2",
    ]);
}

fn a_write_to_a_slow_reader_waits_for_it(build: Build) {
    let server = TestServer::for_scripts(build);
    // Once as the row says, once with more than sockets hold.
    for length in [1024 * 1024, 16 * 1024 * 1024] {
        let script = Script::new(&[
            &format!("header 1|200 OK|Content-Length: {length}\r\n\r\n"),
            "mark writing",
            &format!("write_fill {length}"),
            "mark written",
        ]);
        let mut client = script.start(&server);
        let journal = script.wait(&server, "writing");
        assert!(length < 8 * 1024 * 1024 || !journal.has("written"));
        client.read_response().expect(200, fill(length));
        script
            .finished(&server)
            .expect_line(&format!("write_fill TRUE {length}"));
    }
}

fn a_synchronous_write_while_an_asynchronous_one_is_pending_is_refused(build: Build) {
    second_send(build, "write no", "write FALSE 87");
    second_send(build, "header 1|200 OK|A: b\r\n\r\n", "header FALSE 87");
}

fn a_second_asynchronous_write_is_refused(build: Build) {
    second_send(build, "write_async no", "write_async FALSE 87");
    second_send(
        build,
        "transmit own=1|file=none|tail=no",
        "transmit FALSE 87",
    );
}

/// Makes a call while an asynchronous write cannot complete, because the client does not read.
#[track_caller]
fn second_send(build: Build, step: &str, refused: &str) {
    let server = TestServer::for_scripts(build);
    let length = 16 * 1024 * 1024;
    let script = Script::new(&[
        "io_completion",
        &format!("header 1|200 OK|Content-Length: {length}\r\n\r\n"),
        &format!("write_async_fill {length}"),
        step,
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = script.start(&server);
    let journal = script.wait(&server, "return 3");
    journal.expect(&[
        "io_completion TRUE",
        "header TRUE",
        "write_async TRUE",
        refused,
    ]);
    client.read_response().expect(200, fill(length));
    let journal = script.settled(&server, "completion 1: end");
    journal.expect_completion(2, &[]);
}
