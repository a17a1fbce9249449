//! W: asynchronous writing with `HSE_REQ_TRANSMIT_FILE`.

use isapi_test_support::{Build, Script, TempDir, TestServer, conformance, fill};

conformance! {
    tests: [
        w1_the_callback_is_that_of_io_completion_or_of_the_call_itself,
        w2_a_file_is_sent_with_head_and_tail,
        w3_pending_is_returned_while_the_file_is_under_way,
        w4_the_callback_may_send_the_next_file,
        w5_done_with_session_ends_the_request,
    ],
}

const HEAD: &str = "flags=10|status=200 OK|head=Content-Type: text/plain\r\n\r\n";

fn w1_the_callback_is_that_of_io_completion_or_of_the_call_itself(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let file = directory.file("a.txt", "a file");
    let open = format!("open {}", file.display());

    let neither = Script::new(&[&open, &format!("transmit {HEAD}")]);
    neither.get(&server).expect(200, "");
    neither.finished(&server).expect(&["transmit FALSE 87"]);

    let own = Script::new(&[
        "io_completion",
        &open,
        &format!("transmit own=1|{HEAD}"),
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    own.get(&server).expect(200, "a file");
    let journal = own.settled(&server, "completion 1: end");
    journal.expect_completion(1, &["6 0", "own callback", "done TRUE", "end"]);

    let registered = Script::new(&[
        "io_completion",
        &open,
        &format!("transmit {HEAD}"),
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    registered.get(&server).expect(200, "a file");
    let journal = registered.settled(&server, "completion 1: end");
    journal.expect_completion(1, &["6 0", "done TRUE", "end"]);
}

fn w2_a_file_is_sent_with_head_and_tail(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let file = directory.file("a.txt", "0123456789");
    let script = Script::new(&[
        &format!("open {}", file.display()),
        "transmit own=1|flags=10|status=202 Accepted|head=Content-Length: 15\r\n\r\n|tail=-tail",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(202, "0123456789-tail");
    let journal = script.settled(&server, "completion 1: end");
    journal.expect(&["transmit TRUE"]);
    // A head sent by HSE_IO_SEND_HEADERS does not count.
    journal.expect_completion(1, &["15 0", "own callback", "done TRUE", "end"]);
}

fn w3_pending_is_returned_while_the_file_is_under_way(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let contents = fill(16 * 1024 * 1024);
    let file = directory.file("large", &contents);
    let script = Script::new(&[
        &format!("open {}", file.display()),
        &format!("transmit own=1|{HEAD}"),
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = script.start(&server);
    script.wait(&server, "return 3").expect_completion(1, &[]);
    client.read_response().expect(200, &contents);
    let journal = script.settled(&server, "completion 1: end");
    journal.expect_line(&format!("completion 1: {} 0", contents.len()));
}

fn w4_the_callback_may_send_the_next_file(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let file = directory.file("a.txt", "0123456789");
    let script = Script::new(&[
        &format!("open {}", file.display()),
        &format!("transmit own=1|{HEAD}"),
        "return 3",
        "[completion]",
        "transmit own=1|offset=4|bytes=3",
        "[completion]",
        "transmit own=1|offset=9|tail=!",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(200, "01234567894569!");
    let journal = script.settled(&server, "completion 3: end");
    journal.expect_completion(1, &["10 0", "own callback", "transmit TRUE"]);
    journal.expect_completion(2, &["3 0", "own callback", "transmit TRUE"]);
    journal.expect_completion(3, &["2 0", "own callback", "done TRUE", "end"]);
}

fn w5_done_with_session_ends_the_request(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let file = directory.file("a.txt", "0123456789");
    let script = Script::new(&[
        &format!("open {}", file.display()),
        "transmit own=1|flags=10|status=200 OK|head=Content-Length: 10\r\n\r\n",
        "return 3",
        "[completion]",
        "done",
        "transmit own=1",
        "done",
        "mark end",
    ]);
    let mut client = server.connect();
    client
        .expect_reusable(script.target())
        .expect(200, "0123456789");
    let journal = script.settled(&server, "completion 1: end");
    let after = ["done TRUE", "transmit FALSE 87", "done FALSE 87", "end"];
    journal.expect_completion(1, &[&["10 0", "own callback"], &after[..]].concat());
    client.expect_reusable("/script.dll").expect_status(200);
}
