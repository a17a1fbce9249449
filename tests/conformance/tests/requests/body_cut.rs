//! A body that ends too early: the extension sees the end, never a hang.

use isapi_test_support::{Build, RawClient, Script, TestServer, conformance};

conformance! {
    tests: [
        a_body_cut_before_the_call_ends_what_there_is,
        a_body_cut_during_a_read_ends_the_read,
        a_chunked_body_cut_during_a_read_ends_the_read,
        a_body_cut_during_an_asynchronous_read_completes_it,
        a_reset_during_a_read_ends_the_read,
    ],
}

/// A request whose head says 1000 bytes.
fn start(server: &TestServer, script: &Script) -> RawClient {
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n",
        script.target()
    ));
    client
}

fn a_body_cut_before_the_call_ends_what_there_is(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["field cbTotalBytes", "read_all 100"]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\nhalf",
        script.target()
    ));
    client.finish_sending();
    let journal = script.finished(&server);
    journal.expect_line("cbTotalBytes 1000");
    assert_ended(journal.value("read_all "), "half");
}

fn a_body_cut_during_a_read_ends_the_read(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["read_all 100"]);
    let mut client = start(&server, &script);
    assert_eq!(client.read_head().status, 100);
    client.send("half");
    client.finish_sending();
    assert_ended(script.finished(&server).value("read_all "), "half");
}

fn a_chunked_body_cut_during_a_read_ends_the_read(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["read_all 100"]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\
         Expect: 100-continue\r\n\r\n",
        script.target()
    ));
    assert_eq!(client.read_head().status, 100);
    client.send("ff\r\nhalf");
    client.finish_sending();
    assert_ended(script.finished(&server).value("read_all "), "half");
}

fn a_body_cut_during_an_asynchronous_read_completes_it(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "read_async 100",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = start(&server, &script);
    assert_eq!(client.read_head().status, 100);
    client.finish_sending();
    let journal = script.settled(&server, "completion 1: end");
    // ERROR_OPERATION_ABORTED
    journal.expect_completion(1, &["0 995", "data ", "done TRUE", "end"]);
}

fn a_reset_during_a_read_ends_the_read(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["read_all 100"]);
    let mut client = start(&server, &script);
    assert_eq!(client.read_head().status, 100);
    client.reset();
    assert_ended(script.finished(&server).value("read_all "), "");
}

/// Either the end after the bytes that came, or an error of the connection after them.
fn assert_ended(result: &str, data: &str) {
    let at_the_end = result.ends_with(&format!("+{} {data}", data.len()))
        || result.ends_with(&format!("{}+0 {data}", data.len()));
    let failed = ["FALSE 64 ", "FALSE 995 ", "FALSE 10054 "]
        .iter()
        .any(|start| {
            result.starts_with(start) && result.ends_with(&format!("after {}", data.len()))
        });
    assert!(at_the_end || failed, "read_all {result}");
}
