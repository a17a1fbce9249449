//! The rules of `HSE_REQ_TRANSMIT_FILE`.

use isapi_test_support::{Build, Script, TempDir, TestServer, conformance};

conformance! {
    tests: [
        count_and_error_are_passed_in_this_order,
        the_whole_file_and_parts_of_it,
        an_offset_behind_the_end_is_refused,
        a_length_behind_the_end_is_refused,
        without_the_async_flag_it_is_refused,
        without_any_callback_it_is_refused,
        hints_are_accepted,
        a_head_after_a_head_is_refused,
        a_malformed_head_is_refused_and_nothing_is_sent,
        without_send_headers_the_head_is_bytes_of_the_response,
        with_send_headers_the_head_ends_at_its_nul_or_before,
        without_a_file_head_and_tail_are_sent,
        what_is_no_file_is_refused,
        after_a_final_send_nothing_more_is_taken,
        what_was_written_before_comes_first,
    ],
}

const HEAD: &str = "flags=10|status=200 OK|head=Content-Type: text/plain\r\n\r\n";

/// A folder with a file of ten bytes, and the step that opens it.
fn file() -> (TempDir, String) {
    let directory = TempDir::new();
    let file = directory.file("a.txt", "0123456789");
    let open = format!("open {}", file.display());
    (directory, open)
}

/// Asserts that a call answers FALSE with this code and that the extension can still answer.
#[track_caller]
fn expect_refused(build: Build, before: &[&str], transmit: &str, code: u32) {
    let server = TestServer::for_scripts(build);
    let after = ["header 1|200 OK|Content-Length: 2\r\n\r\n", "write ok"];
    let script = Script::new(&[before, &[transmit], &after].concat());
    script.get(&server).expect(200, "ok");
    let journal = script.finished(&server);
    journal.expect_line(&format!("transmit FALSE {code}"));
    journal.expect_completion(1, &[]);
}

/// Apache's mod_isapi swaps them for a callback of the call itself.
fn count_and_error_are_passed_in_this_order(build: Build) {
    let server = TestServer::for_scripts(build);
    let (_directory, open) = file();
    for own in ["", "own=1|"] {
        let transmit = format!("transmit {own}{HEAD}");
        let script = Script::new(&[
            "io_completion",
            &open,
            &transmit,
            "return 3",
            "[completion]",
            "done",
            "mark end",
        ]);
        script.get(&server).expect(200, "0123456789");
        script
            .settled(&server, "completion 1: end")
            .expect_line("completion 1: 10 0");
    }
}

fn the_whole_file_and_parts_of_it(build: Build) {
    let server = TestServer::for_scripts(build);
    let (_directory, open) = file();
    for (range, body) in [
        ("offset=0|bytes=0", "0123456789"),
        ("offset=3|bytes=0", "3456789"),
        ("offset=0|bytes=4", "0123"),
        ("offset=3|bytes=4", "3456"),
        ("offset=9|bytes=1", "9"),
        ("offset=10|bytes=0", ""),
    ] {
        let transmit = format!("transmit own=1|{range}|{HEAD}");
        let script = Script::new(&[&open, &transmit, "return 3", "[completion]", "done"]);
        script.get(&server).expect(200, body);
    }
}

/// Apache's mod_isapi computes a negative length from it.
fn an_offset_behind_the_end_is_refused(build: Build) {
    let (_directory, open) = file();
    for range in [
        "offset=11|bytes=0",
        "offset=4294967295|bytes=1",
        "offset=11|bytes=4294967295",
    ] {
        expect_refused(
            build,
            &[&open],
            &format!("transmit own=1|{range}|{HEAD}"),
            10022,
        );
    }
}

fn a_length_behind_the_end_is_refused(build: Build) {
    let (_directory, open) = file();
    for range in [
        "offset=0|bytes=11",
        "offset=9|bytes=2",
        "offset=1|bytes=4294967295",
    ] {
        expect_refused(
            build,
            &[&open],
            &format!("transmit own=1|{range}|{HEAD}"),
            87,
        );
    }
}

fn without_the_async_flag_it_is_refused(build: Build) {
    let (_directory, open) = file();
    for flags in [0, 1, 8, 9] {
        let transmit = format!("transmit own=1|flags={flags}|status=200 OK|head=A: b\r\n\r\n");
        expect_refused(build, &[&open], &transmit, 87);
    }
}

fn without_any_callback_it_is_refused(build: Build) {
    let (_directory, open) = file();
    expect_refused(build, &[&open], "transmit bytes=1", 87);
    let unset = ["io_completion", "io_completion NULL"];
    expect_refused(
        build,
        &[&[open.as_str()], &unset[..]].concat(),
        "transmit bytes=1",
        87,
    );
}

/// `HSE_IO_NODELAY`, beside `HSE_IO_ASYNC`.
fn hints_are_accepted(build: Build) {
    let server = TestServer::for_scripts(build);
    let (_directory, open) = file();
    let script = Script::new(&[
        "io_completion",
        &open,
        "header 1|200 OK|Content-Length: 10\r\n\r\n",
        "transmit flags=4098",
        "return 3",
        "[completion]",
        "done",
    ]);
    script.get(&server).expect(200, "0123456789");
}

fn a_head_after_a_head_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let (_directory, open) = file();
    let transmit = format!("transmit own=1|{HEAD}");
    let script = Script::new(&[
        &open,
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        &transmit,
        "write ok",
    ]);
    script.get(&server).expect(200, "ok");
    script
        .finished(&server)
        .expect(&["header TRUE", "transmit FALSE 87", "write TRUE 2"]);
}

/// Apache's mod_isapi drops the head and sends the file.
fn a_malformed_head_is_refused_and_nothing_is_sent(build: Build) {
    let (_directory, open) = file();
    for head in [
        "no colon\r\n\r\n",
        "A: b\rc\r\n\r\n",
        "Content-Length: x\r\n\r\n",
    ] {
        let transmit = format!("transmit own=1|flags=10|status=200 OK|head={head}");
        expect_refused(build, &[&open], &transmit, 87);
    }
    let transmit = "transmit own=1|flags=10|status=none at all|head=A: b\r\n\r\n";
    expect_refused(build, &[&open], transmit, 87);
}

fn without_send_headers_the_head_is_bytes_of_the_response(build: Build) {
    let server = TestServer::for_scripts(build);
    let (_directory, open) = file();
    let after_a_head = Script::new(&[
        &open,
        "header 1|200 OK|Content-Length: 18\r\n\r\n",
        "transmit own=1|head=head|tail=tail",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    after_a_head.get(&server).expect(200, "head0123456789tail");
    let journal = after_a_head.settled(&server, "completion 1: end");
    journal.expect_line("completion 1: 18 0");

    // With no head before, what begins with HTTP/ is one.
    let raw = "HTTP/1.1 203 Raw\r\nContent-Length: 10\r\n\r\n";
    let transmit = format!("transmit own=1|head={raw}");
    let raw_head = Script::new(&[
        &open,
        &transmit,
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    raw_head.get(&server).expect(203, "0123456789");
    let journal = raw_head.settled(&server, "completion 1: end");
    journal.expect_line(&format!("completion 1: {} 0", raw.len() + 10));
}

/// `HeadLength` counts the bytes of a raw head. A head of fields ends with a NUL: some extensions
/// leave the length out.
fn with_send_headers_the_head_ends_at_its_nul_or_before(build: Build) {
    let server = TestServer::for_scripts(build);
    let (_directory, open) = file();
    let fields = "A: 1\r\n\r\n";
    for length in [0, fields.len(), fields.len() + 1] {
        let transmit =
            format!("transmit flags=10|status=200 OK|head={fields}|head_length={length}");
        let script = Script::new(&[
            "io_completion",
            &open,
            &transmit,
            "return 3",
            "[completion]",
            "done",
        ]);
        let response = script.get(&server).expect(200, "0123456789");
        assert_eq!(response.field("A").as_deref(), Some("1"), "{length}");
    }
}

fn without_a_file_head_and_tail_are_sent(build: Build) {
    let server = TestServer::for_scripts(build);
    for flags in ["", "io_completion"] {
        let own = if flags.is_empty() { "own=1|" } else { "" };
        let transmit = format!("transmit {own}file=none|{HEAD}|tail=tail");
        let script = Script::new(&[
            "io_completion",
            &transmit,
            "return 3",
            "[completion]",
            "done",
            "mark end",
        ]);
        script.get(&server).expect(200, "tail");
        script
            .settled(&server, "completion 1: end")
            .expect_line("completion 1: 4 0");
    }
}

fn what_is_no_file_is_refused(build: Build) {
    expect_refused(
        build,
        &[],
        &format!("transmit own=1|file=invalid|{HEAD}"),
        87,
    );
    let directory = TempDir::new();
    let open = format!("open {}", directory.path().display());
    expect_refused(build, &[&open], &format!("transmit own=1|{HEAD}"), 87);
}

fn after_a_final_send_nothing_more_is_taken(build: Build) {
    let server = TestServer::for_scripts(build);
    let (_directory, open) = file();
    let script = Script::new(&[
        &open,
        "transmit own=1|flags=26|status=200 OK|head=Content-Length: 10\r\n\r\n",
        "return 3",
        "[completion]",
        "write more",
        "transmit own=1|file=none|tail=more",
        "done",
        "mark end",
    ]);
    let mut client = server.connect();
    client
        .expect_reusable(script.target())
        .expect(200, "0123456789");
    client.expect_reusable("/script.dll").expect_status(200);
    let journal = script.settled(&server, "completion 1: end");
    let after = ["write FALSE 87", "transmit FALSE 87", "done TRUE", "end"];
    journal.expect_completion(1, &[&["10 0", "own callback"], &after[..]].concat());
}

fn what_was_written_before_comes_first(build: Build) {
    let server = TestServer::for_scripts(build);
    let (_directory, open) = file();
    let script = Script::new(&[
        &open,
        "header 1|200 OK|A: b\r\n\r\n",
        "write before-",
        "transmit own=1",
        "return 3",
        "[completion]",
        "write -after",
        "done",
    ]);
    script.get(&server).expect(200, "before-0123456789-after");
}
