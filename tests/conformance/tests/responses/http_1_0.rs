//! Clients of HTTP/1.0: every kind of response, and never a chunk.

use isapi_test_support::{Build, Framing, Script, TestServer, conformance};

use crate::kinds::{kinds, site};

conformance! {
    tests: [
        every_kind_of_response_ends_with_the_connection,
        a_connection_that_is_to_be_kept_is_kept_for_what_has_a_length,
        a_child_is_asked_by_the_protocol_of_its_parent,
    ],
}

fn every_kind_of_response_ends_with_the_connection(build: Build) {
    let (site, server) = site(build);
    let server = server.start();
    for kind in kinds(&site) {
        let mut client = server.connect();
        client.send_get_1_0(kind.script.target());
        let response = client.read_response();
        assert_eq!(response.status(), kind.status, "{}", kind.name);
        assert_eq!(response.field("Transfer-Encoding"), None, "{}", kind.name);
        if kind.status != 500 {
            assert_eq!(response.text(), kind.body, "{}", kind.name);
        }
        let tells_length = matches!(response.framing, Framing::Length(_));
        assert_eq!(tells_length, kind.has_length, "{}: {response:?}", kind.name);
        client.expect_closed();
    }
}

fn a_connection_that_is_to_be_kept_is_kept_for_what_has_a_length(build: Build) {
    let (site, server) = site(build);
    let server = server.start();
    for kind in kinds(&site) {
        let ask = format!(
            "GET {} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
            kind.script.target()
        );
        let mut client = server.connect();
        let response = client.send(&ask).read_response();
        assert_eq!(response.status(), kind.status, "{}", kind.name);
        if !kind.has_length {
            assert_eq!(response.framing, Framing::Close, "{}", kind.name);
            assert_eq!(response.text(), kind.body, "{}", kind.name);
            continue;
        }
        let again = client.send(&ask).read_response();
        assert_eq!(again.status(), kind.status, "{}", kind.name);
        assert_eq!(again.body, response.body, "{}", kind.name);
    }
}

fn a_child_is_asked_by_the_protocol_of_its_parent(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&["variable SERVER_PROTOCOL", "is_keep_conn"]);
    let parent = Script::new(&[
        "io_completion",
        &format!("exec_url url={}", child.target()),
        "return 3",
        "[completion]",
        "done",
    ]);
    let mut client = server.connect();
    client.send_get_1_0(parent.target()).read_response();
    child
        .finished(&server)
        .expect(&["SERVER_PROTOCOL 9 \"HTTP/1.0\"", "is_keep_conn TRUE 0"]);
}
