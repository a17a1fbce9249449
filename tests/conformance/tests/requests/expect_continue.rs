//! `Expect: 100-continue`.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        the_extension_is_called_at_once_and_100_is_sent_at_the_first_read,
        without_a_read_there_is_no_100,
    ],
}

fn the_extension_is_called_at_once_and_100_is_sent_at_the_first_read(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "field cbTotalBytes",
        "field cbAvailable",
        "read_all 100",
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write ok",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n",
        script.target()
    ));
    script.wait(&server, "cbAvailable 0");
    assert_eq!(client.read_head().status, 100);
    client.send("the body");
    client.read_response().expect(200, "ok");
    script
        .finished(&server)
        .expect_line("cbTotalBytes 8")
        .expect_line("read_all 0+8 the body");
}

fn without_a_read_there_is_no_100(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "header 1|403 Forbidden|Content-Length: 2\r\n\r\n",
        "write no",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n",
        script.target()
    ));
    client.read_response().expect(403, "no");
}
