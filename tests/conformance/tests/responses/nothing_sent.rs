//! Requests that end without a response of the extension.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        success_is_an_empty_response,
        the_status_of_the_control_block_is_used,
        the_status_of_the_control_block_does_not_replace_a_sent_one,
        a_status_that_is_none_is_not_used,
    ],
}

fn success_is_an_empty_response(build: Build) {
    let server = TestServer::for_scripts(build);
    let mut client = server.connect();
    client.expect_reusable("/script.dll").expect(200, "");
    client.expect_reusable("/script.dll").expect(200, "");
}

fn the_status_of_the_control_block_is_used(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["http_status 403"])
        .get(&server)
        .expect(403, "");
    let pending = [
        "spawn",
        "return 3",
        "[thread]",
        "await return 3",
        "http_status 410",
        "done",
    ];
    Script::new(&pending).get(&server).expect(410, "");
}

fn the_status_of_the_control_block_does_not_replace_a_sent_one(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "http_status 404",
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write ok",
    ]);
    script.get(&server).expect(200, "ok");
}

fn a_status_that_is_none_is_not_used(build: Build) {
    let server = TestServer::for_scripts(build);
    for status in [0, 99, 1000, 70_000] {
        let script = Script::new(&[&format!("http_status {status}")]);
        let got = script.get(&server).status();
        assert!(got == 200 || got == 500, "{status}: {got}");
    }
}
