//! `HSE_REQ_VECTOR_SEND`: its flags, its head and its elements of memory.

use isapi_test_support::{Build, Framing, Script, TestServer, conformance};

conformance! {
    tests: [
        head_and_elements_are_sent_in_their_order,
        it_is_sent_synchronously_without_a_callback,
        it_is_sent_asynchronously_with_a_callback,
        without_a_callback_an_asynchronous_one_is_refused,
        both_ways_at_once_are_refused,
        unknown_flags_are_refused,
        hints_are_accepted,
        status_and_headers_go_with_their_flag,
        a_malformed_head_is_refused_and_nothing_is_sent,
        a_second_head_is_refused_and_nothing_is_sent,
        a_vector_without_elements_is_a_head,
        a_vector_of_nothing_is_sent,
        memory_begins_at_its_offset,
        malformed_elements_are_refused,
        elements_that_are_not_there_are_refused,
        after_the_last_data_nothing_more_is_taken,
        what_was_written_before_comes_first,
        a_vector_beside_a_pending_operation_is_refused,
        a_vector_to_a_slow_reader_waits_for_it,
        memory_of_an_asynchronous_vector_is_not_read_later,
    ],
}

/// `HSE_IO_SYNC` and `HSE_IO_SEND_HEADERS`.
const SYNC_HEAD: u32 = 1 | 8;
/// `HSE_IO_ASYNC` and `HSE_IO_SEND_HEADERS`.
const ASYNC_HEAD: u32 = 2 | 8;

const HEAD: &str = "header 1|200 OK|A: b\r\n\r\n";

fn head_and_elements_are_sent_in_their_order(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[&format!(
        "vector flags={SYNC_HEAD}|status=201 Made|headers=X-A: b\r\nContent-Length: 9\r\n\r\n\
         |memory=one|memory=two|memory=ten"
    )]);
    let mut client = server.connect();
    let response = client.expect_reusable(script.target());
    let response = response.expect(201, "onetwoten");
    assert_eq!(response.head.reason, "Made");
    assert_eq!(response.field("X-A").as_deref(), Some("b"));
    client.expect_reusable("/script.dll").expect_status(200);
    script.finished(&server).expect(&["vector TRUE"]);
}

fn it_is_sent_synchronously_without_a_callback(build: Build) {
    let server = TestServer::for_scripts(build);
    // Neither of the two ways is synchronous too.
    let script = Script::new(&[HEAD, "vector flags=1|memory=ab", "vector flags=0|memory=cd"]);
    script.get(&server).expect(200, "abcd");
    script
        .finished(&server)
        .expect(&["header TRUE", "vector TRUE", "vector TRUE"]);
}

fn it_is_sent_asynchronously_with_a_callback(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        &format!(
            "vector flags={ASYNC_HEAD}|status=200 OK|headers=A: b\r\n\r\n|memory=abc|memory=de"
        ),
        "return 3",
        "[completion]",
        "vector flags=2|memory=!",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(200, "abcde!");
    let journal = script.settled(&server, "completion 2: end");
    // The bytes of the elements; the head is not counted.
    journal.expect_completion(1, &["5 0", "vector TRUE"]);
    journal.expect_completion(2, &["1 0", "done TRUE", "end"]);
}

fn without_a_callback_an_asynchronous_one_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        &format!("vector flags={ASYNC_HEAD}|status=200 OK|headers=A: b\r\n\r\n|memory=x"),
        "io_completion",
        "io_completion NULL",
        "vector flags=2|memory=x",
        "header 1|404 Not Found|Content-Length: 0\r\n\r\n",
    ]);
    script.get(&server).expect(404, "");
    script.finished(&server).expect(&[
        "vector FALSE 87",
        "io_completion TRUE",
        "io_completion TRUE",
        "vector FALSE 87",
        "header TRUE",
    ]);
}

fn both_ways_at_once_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["io_completion", HEAD, "vector flags=3|memory=x"]);
    script.get(&server).expect(200, "");
    script.finished(&server).expect_line("vector FALSE 87");
}

fn unknown_flags_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    for flags in [0x81, 0x101, 0x801, 0x2001, 0x8000_0001_u32] {
        let script = Script::new(&[HEAD, &format!("vector flags={flags}|memory=x")]);
        script.get(&server).expect(200, "");
        script.finished(&server).expect_line("vector FALSE 87");
    }
}

/// `HSE_IO_CACHE_RESPONSE`, with and without `HSE_IO_FINAL_SEND`, `HSE_IO_TRY_SKIP_CUSTOM_ERRORS`
/// and `HSE_IO_NODELAY`.
fn hints_are_accepted(build: Build) {
    let server = TestServer::for_scripts(build);
    for flags in [0x20, 0x30, 0x40, 0x1000, 0x1060] {
        let flags = SYNC_HEAD | flags;
        let script = Script::new(&[&format!(
            "vector flags={flags}|status=200 OK|headers=A: b\r\n\r\n|memory=x"
        )]);
        // Sent anew each time: nothing is cached.
        for _ in 0..2 {
            script.get(&server).expect(200, "x");
        }
    }
}

fn status_and_headers_go_with_their_flag(build: Build) {
    let server = TestServer::for_scripts(build);
    for wrong in [
        "vector flags=9|memory=x",
        "vector flags=9|status=200 OK|memory=x",
        "vector flags=9|headers=A: b\r\n\r\n|memory=x",
        "vector flags=1|status=200 OK|memory=x",
        "vector flags=1|headers=A: b\r\n\r\n|memory=x",
        "vector flags=1|status=200 OK|headers=A: b\r\n\r\n|memory=x",
    ] {
        let script = Script::new(&[wrong, "header 1|404 Not Found|Content-Length: 0\r\n\r\n"]);
        script.get(&server).expect(404, "");
        script
            .finished(&server)
            .expect(&["vector FALSE 87", "header TRUE"]);
    }
    // Both given, both empty: 200 without fields.
    let empty = Script::new(&["vector flags=9|status=|headers=|memory=x"]);
    empty.get(&server).expect(200, "x");
}

fn a_malformed_head_is_refused_and_nothing_is_sent(build: Build) {
    let server = TestServer::for_scripts(build);
    for headers in ["no colon\r\n\r\n", "A: b\rc\r\n\r\n", "A : b\r\n\r\n"] {
        let script = Script::new(&[
            &format!("vector flags=9|status=200 OK|headers={headers}|memory=x"),
            "header 1|404 Not Found|Content-Length: 0\r\n\r\n",
        ]);
        script.get(&server).expect(404, "");
        script
            .finished(&server)
            .expect(&["vector FALSE 87", "header TRUE"]);
    }
}

fn a_second_head_is_refused_and_nothing_is_sent(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "vector flags=9|status=404 No|headers=A: b\r\n\r\n|memory=x",
        "write ok",
    ]);
    script.get(&server).expect(200, "ok");
    script
        .finished(&server)
        .expect(&["header TRUE", "vector FALSE 87", "write TRUE 2"]);
}

fn a_vector_without_elements_is_a_head(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "vector flags=9|status=200 OK|headers=Content-Length: 2\r\n\r\n",
        "write ok",
    ]);
    script.get(&server).expect(200, "ok");
    script
        .finished(&server)
        .expect(&["vector TRUE", "write TRUE 2"]);
}

fn a_vector_of_nothing_is_sent(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "vector flags=1",
        "vector flags=2",
        "return 3",
        "[completion]",
        "write ok",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(200, "ok");
    let journal = script.settled(&server, "completion 1: end");
    journal.expect_completion(1, &["0 0", "write TRUE 2", "done TRUE", "end"]);
}

fn memory_begins_at_its_offset(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[HEAD, "vector flags=1|memory_at=sent|memory=.|memory_at=too"]);
    script.get(&server).expect(200, "sent.too");
}

fn malformed_elements_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    for element in [
        // Memory of no bytes, and none at all.
        "memory=",
        "memory_null=1",
        "memory_null=0",
        "unknown_type=2",
        "unknown_type=4294967295",
        "file_invalid=0,1",
    ] {
        let script = Script::new(&[
            "header 1|200 OK|Content-Length: 2\r\n\r\n",
            &format!("vector flags=1|memory=no|{element}|memory=no"),
            "write ok",
        ]);
        script.get(&server).expect(200, "ok");
        script
            .finished(&server)
            .expect(&["header TRUE", "vector FALSE 87", "write TRUE 2"]);
    }
}

fn elements_that_are_not_there_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    for count in [1_u32, 65_535, 65_536, u32::MAX] {
        let script = Script::new(&[HEAD, &format!("vector flags=1|count={count}")]);
        script.get(&server).expect(200, "");
        script.finished(&server).expect_line("vector FALSE 87");
    }
}

fn after_the_last_data_nothing_more_is_taken(build: Build) {
    let server = TestServer::for_scripts(build);
    // HSE_IO_FINAL_SEND and HSE_IO_DISCONNECT_AFTER_SEND.
    for (flag, is_kept) in [(0x10, true), (4, false)] {
        let script = Script::new(&[
            "header 1|200 OK|Content-Length: 2\r\n\r\n",
            &format!("vector flags={}|memory=ok", 1 | flag),
            "write x",
            "vector flags=1|memory=x",
        ]);
        let mut client = server.connect();
        client.expect_reusable(script.target()).expect(200, "ok");
        script.finished(&server).expect(&[
            "header TRUE",
            "vector TRUE",
            "write FALSE 87",
            "vector FALSE 87",
        ]);
        if is_kept {
            client.expect_reusable("/script.dll").expect_status(200);
        } else {
            client.expect_closed();
        }
    }
}

fn what_was_written_before_comes_first(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        HEAD,
        "write 1",
        "vector flags=1|memory=2",
        "write 3",
        "vector flags=2|memory=4",
        "return 3",
        "[completion]",
        "write 5",
        "done",
    ]);
    script.get(&server).expect(200, "12345");
}

fn a_vector_beside_a_pending_operation_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 100",
        "vector flags=1|memory=x",
        "vector flags=2|memory=x",
        "mark tried",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
        script.target()
    ));
    assert_eq!(client.read_head().status, 100);
    script.wait(&server, "tried");
    client.send("body");
    client.read_response().expect(200, "");
    let journal = script.settled(&server, "completion 1: end");
    let refused = journal
        .lines()
        .iter()
        .filter(|line| *line == "vector FALSE 87");
    assert_eq!(refused.count(), 2, "{journal:#?}");
    journal.expect_completion(1, &["4 0", "data body", "done TRUE", "end"]);
}

fn a_vector_to_a_slow_reader_waits_for_it(build: Build) {
    const LENGTH: usize = 16 * 1024 * 1024;
    let server = TestServer::for_scripts(build);
    let headers = format!("Content-Length: {LENGTH}\r\n\r\n");
    let script = Script::new(&[
        "mark before",
        // The head goes with the vector, so that who has read it knows that the call was made.
        &format!("vector flags=9|status=200 OK|headers={headers}|memory_fill={LENGTH}"),
    ]);
    let mut client = script.start(&server);
    let head = client.read_head();
    // Others are served meanwhile, time enough for a call that does not wait.
    for _ in 0..50 {
        Script::new(&["write hello"])
            .get(&server)
            .expect(200, "hello");
    }
    let journal = script.wait(&server, "before");
    assert!(!journal.has("vector TRUE"), "nobody has read a byte of it");
    assert_eq!(head.framing(), Ok(Framing::Length(LENGTH)));
    assert_eq!(client.read_exact(LENGTH), isapi_test_support::fill(LENGTH));
    script.finished(&server).expect_line("vector TRUE");
}

/// The extension overwrites its buffers in the callback.
fn memory_of_an_asynchronous_vector_is_not_read_later(build: Build) {
    const LENGTH: usize = 1024 * 1024;
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        &format!("header 1|200 OK|Content-Length: {LENGTH}\r\n\r\n"),
        &format!("vector flags=2|memory_fill={LENGTH}"),
        "return 3",
        "[completion]",
        "done",
    ]);
    script
        .get(&server)
        .expect(200, isapi_test_support::fill(LENGTH));
}
