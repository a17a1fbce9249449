//! `HEAD`: every kind of response without its body, and the connection goes on.

use isapi_test_support::{Build, Script, TestServer, conformance};

use crate::kinds::{kinds, site};

conformance! {
    tests: [
        no_kind_of_response_has_a_body,
        what_is_sent_is_counted_all_the_same,
    ],
}

fn no_kind_of_response_has_a_body(build: Build) {
    let (site, server) = site(build);
    let server = server.start();
    for kind in kinds(&site) {
        let mut client = server.connect();
        client.send(format!(
            "HEAD {} HTTP/1.1\r\nHost: test\r\n\r\n",
            kind.script.target()
        ));
        let head = client.read_response_to_head_request();
        assert_eq!(head.status(), kind.status, "{}", kind.name);
        // As for `GET` (RFC 9110, 9.3.2).
        let length = head.field("Content-Length");
        if kind.has_length && kind.status != 500 {
            let expected = kind.body.len().to_string();
            assert_eq!(length, Some(expected), "{}", kind.name);
        }
        // A byte of a body would be the beginning of this answer.
        let next = client.expect_reusable("/file.txt");
        next.expect(200, "a file of the site");
    }
}

fn what_is_sent_is_counted_all_the_same(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&["header 1|200 OK|A: b\r\n\r\n", "write child"]);
    let script = Script::new(&[
        "io_completion",
        "header 1|200 OK|A: b\r\n\r\n",
        "write four",
        "vector flags=1|memory=vector",
        "vector flags=2|memory=asynchronous|memory= vector",
        "return 3",
        "[completion]",
        "write_async write",
        "[completion]",
        &format!("exec_url url={}", child.target()),
        "[completion]",
        "exec_url_status",
        "done",
        "mark end",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "HEAD {} HTTP/1.1\r\nHost: test\r\n\r\n",
        script.target()
    ));
    client.read_response_to_head_request().expect_status(200);
    let journal = script.settled(&server, "completion 3: end");
    journal.expect_line("write TRUE 4");
    journal.expect_completion(1, &["19 0", "write_async TRUE"]);
    journal.expect_completion(2, &["5 0", "exec_url TRUE"]);
    journal.expect_line("completion 3: exec_url_status TRUE 200 0 0");
    child.finished(&server).expect_line("write TRUE 5");
    client.expect_reusable("/script.dll").expect_status(200);
}
