//! W: asynchronous writing with `WriteClient`.

use isapi_test_support::{Build, Script, TestServer, conformance, fill};

conformance! {
    tests: [
        w1_the_callback_is_set_with_io_completion,
        w2_a_write_is_started_with_the_async_flag,
        w3_pending_is_returned_while_the_write_is_under_way,
        w4_the_callback_may_start_the_next_write,
        w4_thousands_of_writes_in_a_row_use_no_stack,
        w5_done_with_session_ends_the_request,
    ],
}

fn w1_the_callback_is_set_with_io_completion(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write_async no",
        "io_completion",
        "io_completion NULL",
        "write_async no",
        "write ok",
    ]);
    script.get(&server).expect(200, "ok");
    script.finished(&server).expect(&[
        "header TRUE",
        "write_async FALSE 87",
        "io_completion TRUE",
        "io_completion TRUE",
        "write_async FALSE 87",
        "write TRUE 2",
    ]);
}

fn w2_a_write_is_started_with_the_async_flag(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "header 1|200 OK|Content-Length: 5\r\n\r\n",
        "write_async hello",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    // The buffer is overwritten in the callback: the client sees what it held before.
    script.get(&server).expect(200, "hello");
    let journal = script.settled(&server, "completion 1: end");
    journal.expect(&["io_completion TRUE", "header TRUE", "write_async TRUE"]);
    journal.expect_completion(1, &["5 0", "done TRUE", "end"]);
}

fn w3_pending_is_returned_while_the_write_is_under_way(build: Build) {
    let server = TestServer::for_scripts(build);
    // More than sockets hold, so that it cannot complete before the client reads.
    let length = 16 * 1024 * 1024;
    let script = Script::new(&[
        "io_completion",
        &format!("header 1|200 OK|Content-Length: {length}\r\n\r\n"),
        &format!("write_async_fill {length}"),
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = script.start(&server);
    script.wait(&server, "return 3").expect_completion(1, &[]);
    client.read_response().expect(200, fill(length));
    let journal = script.settled(&server, "completion 1: end");
    journal.expect_completion(1, &[&format!("{length} 0"), "done TRUE", "end"]);
}

fn w4_the_callback_may_start_the_next_write(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "header 1|200 OK|Content-Type: text/plain\r\n\r\n",
        "write_async one,",
        "return 3",
        "[completion]",
        "write_async two,",
        "[completion]",
        "write three,",
        "write_async four",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(200, "one,two,three,four");
    let journal = script.settled(&server, "completion 3: end");
    journal.expect_completion(1, &["4 0", "write_async TRUE"]);
    journal.expect_completion(2, &["4 0", "write TRUE 6", "write_async TRUE"]);
    journal.expect_completion(3, &["4 0", "done TRUE", "end"]);
}

fn w4_thousands_of_writes_in_a_row_use_no_stack(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "header 1|200 OK|Content-Type: text/plain\r\n\r\n",
        "write_async .",
        "return 3",
        "[completion 4999]",
        "write_async .",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(200, ".".repeat(5000));
    let journal = script.settled(&server, "completion 5000: end");
    let nested = journal
        .lines()
        .iter()
        .filter(|line| line.contains("on the stack"))
        .count();
    assert_eq!(
        nested, 0,
        "completions ran inside the call that started them"
    );
}

fn w5_done_with_session_ends_the_request(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "header 1|200 OK|Content-Length: 5\r\n\r\n",
        "write_async hello",
        "return 3",
        "[completion]",
        "done 2",
        "write_async x",
        "done",
        "mark end",
    ]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "hello");
    let journal = script.settled(&server, "completion 1: end");
    let steps = [
        "5 0",
        "done TRUE",
        "write_async FALSE 87",
        "done FALSE 87",
        "end",
    ];
    journal.expect_completion(1, &steps);
    journal.expect_completion(2, &[]);
    client.expect_reusable("/script.dll").expect_status(200);
}
