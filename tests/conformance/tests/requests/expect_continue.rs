//! `Expect: 100-continue`.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        the_extension_is_called_at_once_and_100_is_sent_at_the_first_read,
        it_is_sent_once_however_often_is_read,
        without_a_read_there_is_no_100,
    ],
}

fn the_extension_is_called_at_once_and_100_is_sent_at_the_first_read(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "field cbTotalBytes",
        "field cbAvailable",
        "mark before the first read",
        "await go",
        "read_all 100",
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write ok",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n",
        script.target()
    ));
    script.wait(&server, "before the first read");
    let so_far = client.received_so_far();
    assert_eq!(String::from_utf8_lossy(&so_far), "", "nobody has read yet");
    script.post(&server, "go");
    assert_eq!(client.read_head().status, 100);
    client.send("the body");
    client.read_response().expect(200, "ok");
    script
        .finished(&server)
        .expect_line("cbTotalBytes 8")
        .expect_line("read_all 0+8 the body");
}

fn it_is_sent_once_however_often_is_read(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "read_exact 4",
        "mark in the middle",
        "await go",
        "read_exact 4",
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write ok",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n",
        script.target()
    ));
    assert_eq!(client.read_head().status, 100);
    client.send("some");
    script.wait(&server, "in the middle");
    script.post(&server, "go");
    client.send("body");
    // The next head is that of the response.
    client.read_response().expect(200, "ok");
    script
        .finished(&server)
        .expect_line("read_exact 4 some")
        .expect_line("read_exact 4 body");
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
