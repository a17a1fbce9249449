//! The fields of the control block.

use isapi_test_support::{Build, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        the_size_is_that_of_the_structure,
        the_version_has_its_major_part_in_the_high_word,
        fields_without_a_value_are_empty_strings,
        the_method_is_passed_on_as_it_is,
        the_query_is_not_decoded,
        without_a_query_it_is_an_empty_string,
        the_content_type_is_that_of_the_request,
        the_status_starts_as_200_and_the_log_text_empty,
        what_an_extension_scribbles_stays_in_its_own_request,
        log_data_without_a_terminator_is_80_characters,
    ],
}

fn the_size_is_that_of_the_structure(build: Build) {
    let server = TestServer::for_scripts(build);
    let size = if cfg!(target_pointer_width = "64") {
        192
    } else {
        144
    };
    Script::new(&["field cbSize"])
        .run(&server)
        .expect(&[&format!("cbSize {size}")]);
}

/// Apache's mod_isapi says 0x500: major 0.
fn the_version_has_its_major_part_in_the_high_word(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["field dwVersion"])
        .run(&server)
        .expect(&["dwVersion 0x00060000"]);
}

/// Apache's mod_isapi has null pointers there.
fn fields_without_a_value_are_empty_strings(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["field lpszPathInfo", "field lpszContentType"]);
    script
        .run(&server)
        .expect(&["lpszPathInfo \"\"", "lpszContentType \"\""]);

    // A request without a query cannot carry a script; its own extension has nothing to say.
    server.get("/script.dll").expect_status(200);
    let translated = Script::new(&["field lpszPathTranslated"]).run(&server);
    assert_ne!(translated.value("lpszPathTranslated "), "NULL");
}

fn the_method_is_passed_on_as_it_is(build: Build) {
    let server = TestServer::for_scripts(build);
    for method in ["GET", "PURGE", "pUrGe", "PROPFIND"] {
        let script = Script::new(&["field lpszMethod", "variable REQUEST_METHOD"]);
        let mut client = server.connect();
        client.send(format!(
            "{method} {} HTTP/1.1\r\nHost: test\r\n\r\n",
            script.target()
        ));
        client.read_response().expect_status(200);
        let variable = format!("REQUEST_METHOD {} \"{method}\"", method.len() + 1);
        script
            .finished(&server)
            .expect(&[&format!("lpszMethod \"{method}\""), &variable]);
    }
}

fn the_query_is_not_decoded(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["field lpszQueryString", "mark a%b"]);
    let query = script
        .target()
        .split_once('?')
        .expect("a script is a query")
        .1;
    assert!(query.contains('%'));
    let journal = script.run(&server);
    assert_eq!(journal.value("lpszQueryString "), format!("{query:?}"));
}

/// The script extension reads it as a C string: a null pointer would be a fault.
fn without_a_query_it_is_an_empty_string(build: Build) {
    let server = TestServer::for_scripts(build);
    server.get("/script.dll").expect(200, "");
    server.get("/script.dll?").expect(200, "");
}

fn the_content_type_is_that_of_the_request(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["field lpszContentType", "variable CONTENT_TYPE"]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Type: text/x; a=\"b\"\r\nContent-Length: 0\r\n\r\n",
        script.target()
    ));
    client.read_response().expect_status(200);
    script.finished(&server).expect(&[
        r#"lpszContentType "text/x; a=\"b\"""#,
        r#"CONTENT_TYPE 14 "text/x; a=\"b\"""#,
    ]);
}

fn the_status_starts_as_200_and_the_log_text_empty(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["field dwHttpStatusCode", "field lpszLogData"]);
    script
        .run(&server)
        .expect(&["dwHttpStatusCode 200", "lpszLogData \"\""]);
}

fn what_an_extension_scribbles_stays_in_its_own_request(build: Build) {
    let server = TestServer::for_scripts(build);
    let scribbler = Script::new(&["scribble", "variable REQUEST_METHOD", "await go"]);
    let mut client = server.connect();
    client.send_post(scribbler.target(), "body");
    scribbler.wait(&server, "REQUEST_METHOD 5 \"POST\"");

    let other = Script::new(&["field lpszMethod", "field lpbData"]);
    server.post(other.target(), "body").expect_status(200);
    other
        .finished(&server)
        .expect(&["lpszMethod \"POST\"", "lpbData body"]);
    scribbler.post(&server, "go");
    client.read_response().expect_status(200);
}

fn log_data_without_a_terminator_is_80_characters(build: Build) {
    let server = TestServer::for_scripts(build);
    let letter = if build == Build::Linked { "L" } else { "S" };
    let text = letter.repeat(80);
    let script = Script::new(&[&format!("log_data {text}{letter}")]);
    script.get(&server).expect_status(200);
    logs::expect_line(&[&format!("log_data=\"{text}\"")]);
}
