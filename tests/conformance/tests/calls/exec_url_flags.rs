//! The flags of `HSE_REQ_EXEC_URL`.

use http::StatusCode;
use isapi_test_support::{Build, Response, Script, TempDir, TestServer, conformance};

conformance! {
    tests: [
        no_headers_suppresses_the_head_and_nothing_that_was_written,
        conditions_and_ranges_are_kept_from_the_child,
        errors_of_the_child_keep_their_own_page,
        hints_are_accepted_and_unknown_flags_refused,
    ],
}

/// Executes a URL with flags, from a GET with these fields.
#[track_caller]
fn execute(server: &TestServer, url: &str, flags: u32, fields: &str) -> Response {
    let parent = Script::new(&[
        "io_completion",
        &format!("exec_url url={url}|flags={flags}"),
        "return 3",
        "[completion]",
        "done",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "GET {} HTTP/1.1\r\nHost: test\r\n{fields}\r\n",
        parent.target()
    ));
    client.read_response()
}

fn no_headers_suppresses_the_head_and_nothing_that_was_written(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&["header 1|404 Not Found|X-Child: yes\r\n\r\n", "write body"]);
    // HSE_EXEC_URL_NO_HEADERS
    let response = execute(&server, child.target(), 2, "").expect(200, "body");
    assert_eq!(response.field("X-Child"), None);

    let raw = Script::new(&["write HTTP/1.1 203 Raw\r\nX-Child: yes\r\n\r\nbody"]);
    let response = execute(&server, raw.target(), 2, "").expect(203, "body");
    assert_eq!(response.field("X-Child").as_deref(), Some("yes"));
}

fn conditions_and_ranges_are_kept_from_the_child(build: Build) {
    let site = TempDir::new();
    site.file("page.txt", "0123456789");
    let server = TestServer::builder()
        .scripts(build)
        .static_files(site.path())
        .start();
    let range = "Range: bytes=2-4\r\n";
    execute(&server, "/page.txt", 0, range).expect(206, "234");
    // HSE_EXEC_URL_IGNORE_VALIDATION_AND_RANGE
    execute(&server, "/page.txt", 0x10, range).expect(200, "0123456789");

    let condition = "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n";
    execute(&server, "/page.txt", 0, condition).expect_status(304);
    execute(&server, "/page.txt", 0x10, condition).expect(200, "0123456789");

    let child = Script::new(&[
        "variable HTTP_RANGE",
        "variable HTTP_IF_MATCH",
        "variable HTTP_IF_NONE_MATCH",
        "variable HTTP_IF_RANGE",
        "variable HTTP_IF_UNMODIFIED_SINCE",
        "variable HTTP_X_A",
    ]);
    let fields = "Range: a\r\nIf-Match: a\r\nIf-None-Match: a\r\nIf-Range: a\r\n\
                  If-Unmodified-Since: a\r\nX-A: b\r\n";
    execute(&server, child.target(), 0x10, fields);
    child.finished(&server).expect(&[
        "HTTP_RANGE FALSE 1413",
        "HTTP_IF_MATCH FALSE 1413",
        "HTTP_IF_NONE_MATCH FALSE 1413",
        "HTTP_IF_RANGE FALSE 1413",
        "HTTP_IF_UNMODIFIED_SINCE FALSE 1413",
        "HTTP_X_A 2 \"b\"",
    ]);
}

fn errors_of_the_child_keep_their_own_page(build: Build) {
    let pages = TempDir::new();
    let page = pages.file("404.html", "configured");
    let server = TestServer::builder()
        .scripts(build)
        .error_page(StatusCode::NOT_FOUND, None, &page)
        .start();
    execute(&server, "/nowhere", 0, "").expect(404, "configured");
    // HSE_EXEC_URL_DISABLE_CUSTOM_ERROR
    let response = execute(&server, "/nowhere", 0x20, "").expect_status(404);
    assert_ne!(response.text(), "configured");
}

/// `HSE_EXEC_URL_SSI_CMD` and `HSE_EXEC_URL_HTTP_CACHE_ELIGIBLE`.
fn hints_are_accepted_and_unknown_flags_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&["header 1|200 OK|Content-Length: 2\r\n\r\n", "write ok"]);
    execute(&server, child.target(), 0x40, "").expect(200, "ok");
    execute(&server, child.target(), 0x80, "").expect(200, "ok");
    for unknown in [1_u32, 8, 0x100] {
        Script::new(&[
            "io_completion",
            &format!("exec_url url=/script.dll|flags={unknown}"),
        ])
        .run(&server)
        .expect(&["io_completion TRUE", "exec_url FALSE 87"]);
    }
}
