//! Clients of HTTP/2: every kind of response, with the head and the body that HTTP/1.1 has.

use http::{Method, Request};
use isapi_test_support::{Build, conformance};

use crate::kinds::{kinds, site};

conformance! {
    tests: [
        every_kind_of_response_comes_whole,
        head_gets_no_body_of_any_kind,
    ],
}

fn request(method: Method, target: &str) -> Request<Vec<u8>> {
    Request::builder()
        .method(method)
        .uri(format!("https://localhost{target}"))
        .body(Vec::new())
        .expect("a request")
}

fn every_kind_of_response_comes_whole(build: Build) {
    let (site, server) = site(build);
    let server = server.tls().start();
    for kind in kinds(&site) {
        let request = request(Method::GET, kind.script.target());
        let (response, _) = server.send_http2(request);
        assert_eq!(response.status(), kind.status, "{}", kind.name);
        if kind.status != 500 {
            assert_eq!(response.text(), kind.body, "{}", kind.name);
        }
        // Fields of a connection, which HTTP/2 forbids (RFC 9113, 8.2.2).
        for name in ["Connection", "Transfer-Encoding", "Keep-Alive"] {
            assert_eq!(response.field(name), None, "{}", kind.name);
        }
    }
}

fn head_gets_no_body_of_any_kind(build: Build) {
    let (site, server) = site(build);
    let server = server.tls().start();
    for kind in kinds(&site) {
        let request = request(Method::HEAD, kind.script.target());
        let (response, _) = server.send_http2(request);
        assert_eq!(response.status(), kind.status, "{}", kind.name);
        assert_eq!(response.text(), "", "{}", kind.name);
    }
}
