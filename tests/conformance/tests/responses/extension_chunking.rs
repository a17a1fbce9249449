//! Chunks that an extension writes itself: its framing is taken off, ours put on.

use isapi_test_support::{Build, Framing, Script, TempDir, TestServer, conformance};

conformance! {
    tests: [
        the_extensions_chunks_are_not_chunked_again,
        chunks_may_be_split_over_writes,
        chunks_of_a_raw_head_are_taken_off_too,
        what_follows_the_last_chunk_is_not_sent,
        http_1_0_gets_the_data_without_chunks,
        malformed_chunks_are_refused,
        a_file_may_lie_inside_a_chunk,
        a_file_across_chunks_is_refused,
    ],
}

const HEAD: &str = "header 1|200 OK|Transfer-Encoding: chunked\r\n\r\n";

fn the_extensions_chunks_are_not_chunked_again(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        HEAD,
        "write 5\r\nhello\r\n",
        "write 1;x=y\r\n!\r\n",
        "write 0\r\n\r\n",
    ]);
    let mut client = server.connect();
    let response = client
        .expect_reusable(script.target())
        .expect(200, "hello!");
    assert_eq!(response.framing, Framing::Chunked);
    client
        .expect_reusable(script.target())
        .expect(200, "hello!");
}

fn chunks_may_be_split_over_writes(build: Build) {
    let server = TestServer::for_scripts(build);
    let body = "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    let mut steps = vec![HEAD.to_owned()];
    steps.extend(body.chars().map(|letter| format!("write {letter}")));
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    Script::new(&steps).get(&server).expect(200, "hello world");
}

fn chunks_of_a_raw_head_are_taken_off_too(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "write HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "write 0\r\n\r\n",
    ]);
    script.get(&server).expect(200, "abc");
}

fn what_follows_the_last_chunk_is_not_sent(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[HEAD, "write 1\r\na\r\n0\r\n\r\n", "write more"]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "a");
}

fn http_1_0_gets_the_data_without_chunks(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[HEAD, "write 5\r\nhello\r\n0\r\n\r\n"]);
    let mut client = server.connect();
    client.send(format!("GET {} HTTP/1.0\r\n\r\n", script.target()));
    let response = client.read_response().expect(200, "hello");
    assert_eq!(response.framing, Framing::Close);
}

fn malformed_chunks_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[HEAD, "write 2\r\nok\r\n", "write zz\r\n", "return 4"]);
    let mut client = script.start(&server);
    assert!(
        client.try_read_response().is_err(),
        "a broken response must not look complete"
    );
    let journal = script.wait(&server, "return 4");
    let written = format!("write TRUE {}", "2\r\nok\r\n".len());
    journal.expect(&["header TRUE", &written, "write FALSE 87"]);
}

fn a_file_may_lie_inside_a_chunk(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let file = directory.file("a.txt", "0123456789");
    let script = Script::new(&[
        &format!("open {}", file.display()),
        HEAD,
        "write c\r\n<",
        "transmit own=1",
        "return 3",
        "[completion]",
        "write >\r\n0\r\n\r\n",
        "done",
    ]);
    script.get(&server).expect(200, "<0123456789>");
}

fn a_file_across_chunks_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let file = directory.file("a.txt", "0123456789");
    let script = Script::new(&[
        &format!("open {}", file.display()),
        HEAD,
        "write 4\r\n",
        "transmit own=1",
        "write four\r\n0\r\n\r\n",
    ]);
    script.get(&server).expect(200, "four");
    script.finished(&server).expect_line("transmit FALSE 87");
}
