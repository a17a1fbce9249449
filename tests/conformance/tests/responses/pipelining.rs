//! Requests sent before the answers to earlier ones.

use isapi_test_support::{Build, Script, TestServer, conformance};

use crate::kinds::{kinds, site};

conformance! {
    tests: [
        answers_come_in_the_order_of_the_requests,
        a_body_before_the_next_request_is_not_mixed_with_it,
        children_keep_the_order_of_their_parents,
        every_kind_of_response_keeps_its_place,
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

fn children_keep_the_order_of_their_parents(build: Build) {
    let server = TestServer::for_scripts(build);
    let slow = Script::new(&["await go", "header 1|200 OK|A: b\r\n\r\n", "write slow"]);
    let fast = Script::new(&["header 1|200 OK|A: b\r\n\r\n", "write fast"]);
    let parent = |child: &Script| {
        Script::new(&[
            "io_completion",
            &format!("exec_url url={}", child.target()),
            "return 3",
            "[completion]",
            "write  end",
            "done",
        ])
    };
    let requests = [parent(&slow), parent(&fast), parent(&slow)];
    let mut client = server.connect();
    client.send(
        requests
            .iter()
            .map(|script| format!("GET {} HTTP/1.1\r\nHost: test\r\n\r\n", script.target()))
            .collect::<String>(),
    );
    slow.post(&server, "go");
    for body in ["slow end", "fast end", "slow end"] {
        client.read_response().expect(200, body);
    }
}

/// All requests are sent before the first answer is read.
fn every_kind_of_response_keeps_its_place(build: Build) {
    let (site, server) = site(build);
    let server = server.start();
    let kinds = kinds(&site);
    let requests: String = kinds
        .iter()
        .map(|kind| {
            let target = kind.script.target();
            format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n")
        })
        .collect();
    let mut client = server.connect();
    client.send(requests);
    for kind in &kinds {
        let response = client.read_response();
        assert_eq!(response.status(), kind.status, "{}", kind.name);
        if kind.status != 500 {
            assert_eq!(response.text(), kind.body, "{}", kind.name);
        }
    }
}
