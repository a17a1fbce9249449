//! `HSE_REQ_SEND_URL_REDIRECT_RESP` and `HSE_REQ_SEND_URL`.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        both_calls_answer_302_with_the_location,
        a_redirect_ends_in_a_kept_connection,
        a_url_that_would_split_the_response_is_refused,
    ],
}

fn both_calls_answer_302_with_the_location(build: Build) {
    let server = TestServer::for_scripts(build);
    for (call, url) in [
        ("redirect", "http://other.example/x?y#z"),
        ("send_url", "/script.dll"),
    ] {
        let script = Script::new(&[&format!("{call} {url}")]);
        let response = script.get(&server).expect_status(302);
        assert_eq!(response.field("location").as_deref(), Some(url));
        script.finished(&server).expect(&[&format!("{call} TRUE")]);
    }
}

fn a_redirect_ends_in_a_kept_connection(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["redirect http://other.example/"]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect_status(302);
    client.expect_reusable(script.target()).expect_status(302);
}

fn a_url_that_would_split_the_response_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "redirect http://other.example/\r\nX-Injected: yes",
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write ok",
    ]);
    let response = script.get(&server).expect(200, "ok");
    assert_eq!(response.field("x-injected"), None);
    script.finished(&server).expect_line("redirect FALSE 87");
}
