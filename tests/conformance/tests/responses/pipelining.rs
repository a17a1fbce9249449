//! Requests sent before the answers to earlier ones.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        answers_come_in_the_order_of_the_requests,
        a_body_before_the_next_request_is_not_mixed_with_it,
    ],
}

fn answers_come_in_the_order_of_the_requests(build: Build) {
    let server = TestServer::for_scripts(build);
    let slow = Script::new(&[
        "spawn",
        "return 3",
        "[thread]",
        "await go",
        "header 1|200 OK|Content-Length: 4\r\n\r\n",
        "write slow",
        "done",
    ]);
    let fast = Script::new(&["header 1|200 OK|Content-Length: 4\r\n\r\n", "write fast"]);
    let mut client = server.connect();
    let get = |script: &Script| format!("GET {} HTTP/1.1\r\nHost: test\r\n\r\n", script.target());
    client.send([get(&slow), get(&fast), get(&fast)].concat());
    slow.wait(&server, "return 3");
    slow.post(&server, "go");
    for body in ["slow", "fast", "fast"] {
        client.read_response().expect(200, body);
    }
}

fn a_body_before_the_next_request_is_not_mixed_with_it(build: Build) {
    let server = TestServer::for_scripts(build);
    let post = Script::new(&[
        "read_all 100",
        "header 1|200 OK|Content-Length: 4\r\n\r\n",
        "write post",
    ]);
    let get = Script::new(&["header 1|200 OK|Content-Length: 3\r\n\r\n", "write get"]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n\r\nbody\
         GET {} HTTP/1.1\r\nHost: test\r\n\r\n",
        post.target(),
        get.target()
    ));
    client.read_response().expect(200, "post");
    client.read_response().expect(200, "get");
    post.finished(&server).expect_line("read_all 4+0 body");
}
