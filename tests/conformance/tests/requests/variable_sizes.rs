//! The size rules of `GetServerVariable`.

use isapi_test_support::{Build, Script, TestServer, conformance, is_windows, narrow};

conformance! {
    tests: [
        the_size_counts_the_terminator,
        a_buffer_of_exactly_the_size_is_enough,
        a_buffer_that_is_too_small_is_left_alone_and_the_size_is_told,
        a_null_buffer_of_no_bytes_asks_for_the_size,
        a_known_variable_without_a_value_is_an_empty_string,
        an_unknown_variable_is_an_invalid_index,
        null_pointers_are_refused,
        the_last_error_is_that_of_the_calling_thread,
        unicode_sizes_are_in_bytes,
        every_size_about_the_one_needed_is_told_to_the_byte,
        unicode_has_no_form_of_header_fields,
        a_header_field_of_70_kib_comes_whole,
    ],
}

fn the_size_counts_the_terminator(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "variable REQUEST_METHOD",
        "variable_into REQUEST_METHOD|100",
    ]);
    script
        .run(&server)
        .expect(&["REQUEST_METHOD 4 \"GET\"", "variable_into TRUE 4 untouched"]);
}

fn a_buffer_of_exactly_the_size_is_enough(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["variable_into REQUEST_METHOD|4"])
        .run(&server)
        .expect(&["variable_into TRUE 4 untouched"]);
}

fn a_buffer_that_is_too_small_is_left_alone_and_the_size_is_told(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "variable_into REQUEST_METHOD|3",
        "variable_into REQUEST_METHOD|0",
    ]);
    let refused = "variable_into FALSE 122 4 untouched";
    script.run(&server).expect(&[refused, refused]);
}

fn a_null_buffer_of_no_bytes_asks_for_the_size(build: Build) {
    let server = TestServer::for_scripts(build);
    // `variable` asks in this way before it reads.
    Script::new(&["variable SERVER_PROTOCOL"])
        .run(&server)
        .expect(&["SERVER_PROTOCOL 9 \"HTTP/1.1\""]);
}

fn a_known_variable_without_a_value_is_an_empty_string(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&[
        "variable REMOTE_USER",
        "variable AUTH_TYPE",
        "variable CONTENT_TYPE",
    ])
    .run(&server)
    .expect(&[
        "REMOTE_USER 1 \"\"",
        "AUTH_TYPE 1 \"\"",
        "CONTENT_TYPE 1 \"\"",
    ]);
}

fn an_unknown_variable_is_an_invalid_index(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&[
        "variable NO_SUCH_VARIABLE",
        "variable HTTP_NOT_SENT",
        "variable ",
    ])
    .run(&server)
    .expect(&[
        "NO_SUCH_VARIABLE FALSE 1413",
        "HTTP_NOT_SENT FALSE 1413",
        " FALSE 1413",
    ]);
}

fn null_pointers_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let refused = "variable_null FALSE 87";
    Script::new(&["variable_null name", "variable_null size"])
        .run(&server)
        .expect(&[refused, refused]);
    // Without a buffer the size is told, whatever size the buffer is said to have.
    let too_small = "variable_null FALSE 122";
    Script::new(&["variable_null buffer"])
        .run(&server)
        .expect(&[too_small]);
}

fn the_last_error_is_that_of_the_calling_thread(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "spawn",
        "variable_into URL|1",
        "await thread 1: end",
        "variable_into URL|1",
        "[thread]",
        "variable NO_SUCH_VARIABLE",
        "conn forged",
        "variable URL",
        "conn own",
        "mark end",
    ]);
    let journal = script.run(&server);
    let too_small = "variable_into FALSE 122 12 untouched";
    journal.expect_line(too_small);
    let unknown = "NO_SUCH_VARIABLE FALSE 1413";
    journal.expect_thread(1, &[unknown, "URL FALSE 87", "end"]);
}

fn unicode_sizes_are_in_bytes(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&[
        "variable UNICODE_REQUEST_METHOD",
        "variable_into UNICODE_REQUEST_METHOD|7",
    ])
    .run(&server)
    .expect(&[
        "UNICODE_REQUEST_METHOD 8 \"GET\"",
        "variable_into FALSE 122 8 untouched",
    ]);
}

/// Characters of one, two, three and four bytes in UTF-8; the last of them is two units of UTF-16.
fn every_size_about_the_one_needed_is_told_to_the_byte(build: Build) {
    check_sizes(
        build,
        "a\u{e9}\u{20ac}\u{4e2d}",
        "a%C3%A9%E2%82%AC%E4%B8%AD",
    );
    // A code page does not have such characters; what stands for one is not everywhere the same.
    if !is_windows() {
        check_sizes(build, "\u{1d11e}", "%F0%9D%84%9E");
    }
}

/// Checks the sizes of variables for a path with `text`, which is sent as `encoded`.
#[track_caller]
fn check_sizes(build: Build, text: &str, encoded: &str) {
    let server = TestServer::for_scripts(build);
    let encoded = format!("/script.dll/{encoded}");
    let (url, path_info) = (format!("/script.dll/{text}"), format!("/{text}"));
    for (name, value) in [
        ("URL", url.as_str()),
        ("PATH_INFO", path_info.as_str()),
        ("SCRIPT_NAME", "/script.dll"),
        ("SERVER_PROTOCOL", "HTTP/1.1"),
        ("HTTPS", "off"),
        ("CONTENT_LENGTH", "0"),
        ("REMOTE_USER", ""),
    ] {
        let wide = 2 * (value.encode_utf16().count() + 1);
        for (name, needed) in [
            (name.to_owned(), narrow(value).len() + 1),
            (format!("UNICODE_{name}"), wide),
        ] {
            let sizes = [needed + 1, needed, needed - 1, needed / 2, 0];
            let steps = sizes.map(|size| format!("variable_into {name}|{size}"));
            let script = Script::new(&steps.each_ref().map(String::as_str));
            let target = script.target().replace("/script.dll", &encoded);
            server.get(&target).expect_status(200);
            let whole = format!("variable_into TRUE {needed} untouched");
            let refused = format!("variable_into FALSE 122 {needed} untouched");
            script
                .finished(&server)
                .expect(&[&whole, &whole, &refused, &refused, &refused]);
        }
    }
}

fn unicode_has_no_form_of_header_fields(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&[
        "variable UNICODE_HTTP_HOST",
        "variable UNICODE_HEADER_Host",
        "variable UNICODE_NO_SUCH_VARIABLE",
        "variable HTTP_HOST",
    ])
    .run(&server)
    .expect(&[
        "UNICODE_HTTP_HOST FALSE 1413",
        "UNICODE_HEADER_Host FALSE 1413",
        "UNICODE_NO_SUCH_VARIABLE FALSE 1413",
        "HTTP_HOST 5 \"test\"",
    ]);
}

fn a_header_field_of_70_kib_comes_whole(build: Build) {
    let server = TestServer::builder()
        .max_request_head(128 * 1024)
        .scripts(build)
        .start();
    let script = Script::new(&["variable_into HTTP_COOKIE|1", "variable HTTP_COOKIE"]);
    let cookie = "c".repeat(70 * 1024);
    let mut client = server.connect();
    client.send(format!(
        "GET {} HTTP/1.1\r\nHost: test\r\nCookie: {cookie}\r\n\r\n",
        script.target()
    ));
    client.read_response().expect_status(200);
    let size = cookie.len() + 1;
    script.finished(&server).expect(&[
        &format!("variable_into FALSE 122 {size} untouched"),
        &format!("HTTP_COOKIE {size} \"{cookie}\""),
    ]);
}
