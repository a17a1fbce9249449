//! `HSE_REQ_SEND_CUSTOM_ERROR`.

use http::StatusCode;
use isapi_test_support::{Build, Script, TempDir, TestServer, conformance, logs};

conformance! {
    tests: [
        the_configured_page_is_sent_and_the_sub_status_logged,
        the_page_of_the_sub_status_comes_before_that_of_the_status,
        it_may_be_sent_asynchronously,
        without_a_page_the_extension_answers,
        without_a_callback_an_asynchronous_one_is_refused,
        after_a_head_it_is_refused,
        what_is_no_status_is_refused,
    ],
}

fn server(build: Build) -> (TempDir, TestServer) {
    let pages = TempDir::new();
    let any = pages.file("404.html", "<p>not here</p>");
    let third = pages.file("404-3.html", "<p>not of this kind</p>");
    let server = TestServer::builder()
        .scripts(build)
        .error_page(StatusCode::NOT_FOUND, None, &any)
        .error_page(StatusCode::NOT_FOUND, Some(3), &third)
        .start();
    (pages, server)
}

fn the_configured_page_is_sent_and_the_sub_status_logged(build: Build) {
    let (_pages, server) = server(build);
    let script = Script::new(&["custom_error 404 Not Found|7"]);
    let mut client = server.connect();
    let response = client.expect_reusable(script.target());
    let response = response.expect(404, "<p>not here</p>");
    assert_eq!(response.head.reason, "Not Found");
    let kind = response.field("Content-Type").unwrap_or_default();
    assert!(kind.starts_with("text/html"), "{kind:?}");
    client.expect_reusable("/script.dll").expect_status(200);
    script.finished(&server).expect(&["custom_error TRUE"]);
    logs::expect_line(&["sub_status=7"]);
}

fn the_page_of_the_sub_status_comes_before_that_of_the_status(build: Build) {
    let (_pages, server) = server(build);
    let script = Script::new(&["custom_error 404 Not Found|3"]);
    script.get(&server).expect(404, "<p>not of this kind</p>");
}

fn it_may_be_sent_asynchronously(build: Build) {
    let (_pages, server) = server(build);
    let script = Script::new(&[
        "io_completion",
        "custom_error 404 Not Found|0|1",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(404, "<p>not here</p>");
    let journal = script.settled(&server, "completion 1: end");
    let length = "<p>not here</p>".len();
    journal.expect_completion(1, &[&format!("{length} 0"), "done TRUE", "end"]);
}

fn without_a_page_the_extension_answers(build: Build) {
    let (_pages, server) = server(build);
    let script = Script::new(&[
        "custom_error 403 Forbidden|1",
        "header 1|403 Forbidden|Content-Length: 3\r\n\r\n",
        "write own",
    ]);
    script.get(&server).expect(403, "own");
    script
        .finished(&server)
        .expect(&["custom_error FALSE 2", "header TRUE", "write TRUE 3"]);
}

fn without_a_callback_an_asynchronous_one_is_refused(build: Build) {
    let (_pages, server) = server(build);
    let script = Script::new(&["custom_error 404 Not Found|0|1", "mark end"]);
    script.get(&server).expect(200, "");
    script
        .finished(&server)
        .expect(&["custom_error FALSE 87", "end"]);
}

fn after_a_head_it_is_refused(build: Build) {
    let (_pages, server) = server(build);
    let script = Script::new(&[
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "custom_error 404 Not Found|0",
        "write ok",
    ]);
    script.get(&server).expect(200, "ok");
    script
        .finished(&server)
        .expect_line("custom_error FALSE 87");
}

fn what_is_no_status_is_refused(build: Build) {
    let (_pages, server) = server(build);
    for status in [
        "NULL",
        "",
        "Not Found",
        "40",
        "4040 Not Found",
        "404 Not\r\nX: y",
    ] {
        let script = Script::new(&[&format!("custom_error {status}|0"), "mark end"]);
        script.get(&server).expect(200, "");
        script
            .finished(&server)
            .expect(&["custom_error FALSE 87", "end"]);
    }
}
