//! R: asynchronous reading.

use isapi_test_support::{Build, Extension, Script, TestServer, conformance, describe, fill};

conformance! {
    tests: [
        r1_the_callback_is_set_with_io_completion,
        r2_a_read_is_started_with_async_read_client,
        r2_only_one_read_may_be_pending,
        r3_pending_is_returned_while_the_read_is_under_way,
        r4_the_callback_gets_the_data_and_may_read_on,
        r4_the_end_of_the_body_is_a_read_of_no_bytes,
        r4_a_read_that_takes_too_long_is_cancelled_by_closing,
        r5_done_with_session_ends_the_request,
    ],
    also_in_c: [r_an_upload_is_read_in_five_steps],
}

/// Sends the head of a POST with a chunked body, so that the test decides when each part comes.
fn start_chunked(server: &TestServer, script: &Script) -> isapi_test_support::RawClient {
    let mut client = server.connect();
    // With `Expect` the host does not wait for a read-ahead.
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\
         Expect: 100-continue\r\n\r\n",
        script.target()
    ));
    client
}

fn r1_the_callback_is_set_with_io_completion(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "read_async 10",
        "io_completion",
        "io_completion NULL",
        "read_async 10",
    ]);
    server.post(script.target(), "");
    script.finished(&server).expect(&[
        "read_async FALSE 87",
        "io_completion TRUE",
        "io_completion TRUE",
        "read_async FALSE 87",
    ]);
}

fn r2_a_read_is_started_with_async_read_client(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "read_async_flags 10|1",
        "read_async_flags 10|32770",
        "read_async 10",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = start_chunked(&server, &script);
    assert_eq!(client.read_head().status, 100);
    client.send_chunk("data");
    client.read_response().expect_status(200);
    let journal = script.settled(&server, "completion 1: end");
    journal.expect(&[
        "io_completion TRUE",
        "read_async FALSE 87",
        "read_async FALSE 87",
        "read_async TRUE",
    ]);
    journal.expect_completion(1, &["4 0", "data data", "done TRUE", "end"]);
}

fn r2_only_one_read_may_be_pending(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 10",
        "read_async 10",
        "read 10",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = start_chunked(&server, &script);
    script.wait(&server, "return 3");
    assert_eq!(client.read_head().status, 100);
    client.send_chunk("only one");
    client.read_response().expect_status(200);
    let journal = script.settled(&server, "completion 1: end");
    journal.expect(&[
        "io_completion TRUE",
        "read_async TRUE",
        "read_async FALSE 87",
        "read FALSE 87",
    ]);
    journal.expect_completion(1, &["8 0", "data only one", "done TRUE", "end"]);
    journal.expect_completion(2, &[]);
}

fn r3_pending_is_returned_while_the_read_is_under_way(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 10",
        "return 3",
        "[completion]",
        "header 1|200 OK|Content-Length: 4\r\n\r\n",
        "write read",
        "done",
        "mark end",
    ]);
    let mut client = start_chunked(&server, &script);
    let journal = script.wait(&server, "return 3");
    journal.expect_completion(1, &[]);
    assert_eq!(client.read_head().status, 100);
    client.send_chunk("late");
    client.read_response().expect(200, "read");
    script
        .settled(&server, "completion 1: end")
        .expect_line("completion 1: data late");
}

fn r4_the_callback_gets_the_data_and_may_read_on(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 100",
        "return 3",
        "[completion]",
        "read_async 100",
        "[completion]",
        "read_async 3",
        "[completion]",
        "header 1|200 OK|Content-Length: 4\r\n\r\n",
        "write done",
        "done",
        "mark end",
    ]);
    let mut client = start_chunked(&server, &script);
    assert_eq!(client.read_head().status, 100);
    for (number, data) in [(1, "first"), (2, "second")] {
        client.send_chunk(data);
        script.wait(&server, &format!("completion {number}: data {data}"));
    }
    client.send_chunk("third");
    client.read_response().expect(200, "done");
    let journal = script.settled(&server, "completion 3: end");
    journal.expect_completion(1, &["5 0", "data first", "read_async TRUE"]);
    journal.expect_completion(2, &["6 0", "data second", "read_async TRUE"]);
    let last = [
        "3 0",
        "data thi",
        "header TRUE",
        "write TRUE 4",
        "done TRUE",
        "end",
    ];
    journal.expect_completion(3, &last);
}

fn r4_the_end_of_the_body_is_a_read_of_no_bytes(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 100",
        "return 3",
        "[completion]",
        "read_async 100",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = start_chunked(&server, &script);
    assert_eq!(client.read_head().status, 100);
    client.send_chunk("all");
    script.wait(&server, "completion 1: data all");
    client.send_chunk("");
    client.read_response().expect_status(200);
    let journal = script.settled(&server, "completion 2: end");
    journal.expect_completion(2, &["0 0", "data ", "done TRUE", "end"]);
}

fn r4_a_read_that_takes_too_long_is_cancelled_by_closing(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 100",
        "spawn",
        "return 3",
        "[thread]",
        "await too long",
        "close",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = start_chunked(&server, &script);
    assert_eq!(client.read_head().status, 100);
    script.post(&server, "too long");
    let journal = script.settled(&server, "completion 1: end");
    journal.expect_thread(1, &["close TRUE"]);
    // ERROR_NETNAME_DELETED, and the callback has been waited for.
    journal.expect_completion(1, &["0 64", "data ", "done TRUE", "end"]);
    client.expect_closed();
}

fn r5_done_with_session_ends_the_request(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 100",
        "return 3",
        "[completion]",
        "header 1|200 OK|Content-Length: 5\r\n\r\n",
        "write hello",
        "done",
        "write x",
        "read_async 1",
        "variable URL",
        "done",
        "mark end",
    ]);
    let mut client = server.connect();
    client.send_post(script.target(), "");
    client.read_response().expect(200, "hello");
    let journal = script.settled(&server, "completion 1: end");
    let after = [
        "write FALSE 87",
        "read_async FALSE 87",
        "URL FALSE 87",
        "done FALSE 87",
        "end",
    ];
    let before = ["0 0", "data ", "header TRUE", "write TRUE 5", "done TRUE"];
    journal.expect_completion(1, &[&before[..], &after[..]].concat());
    client.expect_reusable("/script.dll").expect_status(200);
}

fn r_an_upload_is_read_in_five_steps(build: Build) {
    let server = TestServer::with(build, Extension::UploadEcho);
    // Above the read-ahead of 48 KiB, so that most of it is read asynchronously.
    for length in [1, 1000, 49_152, 49_153, 300_000, 2_000_000] {
        let body = fill(length);
        let response = server.post("/uploadecho.dll", &body).expect_status(200);
        assert_eq!(describe(&response.body), describe(&body));
    }
    let mut client = server.connect();
    client
        .send("POST /uploadecho.dll HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    let body = fill(120_000);
    for part in body.chunks(7001) {
        client.send_chunk(part);
    }
    client.send_chunk("");
    let response = client.read_response().expect_status(200);
    assert_eq!(describe(&response.body), describe(&body));
}
