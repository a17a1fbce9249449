//! The values of server variables.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        all_raw_has_every_field_in_the_order_of_the_client,
        all_http_has_upper_case_names_and_no_space,
        a_repeated_field_is_joined_by_commas,
        a_connection_in_the_clear_is_not_secure,
        addresses_are_those_of_the_connection,
        the_server_name_is_that_of_the_host_field,
        unmapped_remote_user_is_the_user_and_not_a_word,
        the_url_is_decoded_and_http_url_is_not,
        a_proxy_field_never_becomes_a_variable,
        a_field_with_an_underscore_never_passes_for_another,
        a_field_never_takes_the_place_of_a_variable,
        content_length_is_that_of_the_body,
        names_may_be_in_any_letter_case,
    ],
}

/// Runs `steps` with these header lines.
fn run(server: &TestServer, fields: &str, steps: &[&str]) -> isapi_test_support::Journal {
    let script = Script::new(steps);
    let mut client = server.connect();
    client.send(format!(
        "GET {} HTTP/1.1\r\nHost: test\r\n{fields}\r\n",
        script.target()
    ));
    client.read_response().expect_status(200);
    script.finished(server)
}

fn value(name: &str, value: &str) -> String {
    format!("{name} {} {value:?}", value.len() + 1)
}

fn all_raw_has_every_field_in_the_order_of_the_client(build: Build) {
    let server = TestServer::for_scripts(build);
    let fields = "X-b: 2\r\nx-A: one  two\r\nCookie: c\r\n";
    let journal = run(&server, fields, &["variable ALL_RAW"]);
    journal.expect(&[&value("ALL_RAW", &format!("Host: test\r\n{fields}"))]);
}

fn all_http_has_upper_case_names_and_no_space(build: Build) {
    let server = TestServer::for_scripts(build);
    let journal = run(&server, "X-Some-Thing: v\r\n", &["variable ALL_HTTP"]);
    let all = journal.value("ALL_HTTP ");
    assert!(all.contains(r"HTTP_HOST:test\n"), "{all}");
    assert!(all.contains(r"HTTP_X_SOME_THING:v\n"), "{all}");
}

fn a_repeated_field_is_joined_by_commas(build: Build) {
    let server = TestServer::for_scripts(build);
    let journal = run(&server, "X-A: 1\r\nX-A: 2\r\n", &["variable HTTP_X_A"]);
    let joined = journal.value("HTTP_X_A ").replace(' ', "");
    assert!(joined.ends_with("\"1,2\""), "{joined}");
}

fn a_connection_in_the_clear_is_not_secure(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["variable HTTPS", "variable SERVER_PORT_SECURE"])
        .run(&server)
        .expect(&["HTTPS 4 \"off\"", "SERVER_PORT_SECURE 2 \"0\""]);
}

fn addresses_are_those_of_the_connection(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "variable REMOTE_ADDR",
        "variable REMOTE_HOST",
        "variable REMOTE_PORT",
        "variable LOCAL_ADDR",
        "variable SERVER_PORT",
    ]);
    let mut client = server.connect();
    let remote_port = client.local_address().port().to_string();
    client.expect_reusable(script.target()).expect_status(200);
    script.finished(&server).expect(&[
        &value("REMOTE_ADDR", "127.0.0.1"),
        &value("REMOTE_HOST", "127.0.0.1"),
        &value("REMOTE_PORT", &remote_port),
        &value("LOCAL_ADDR", "127.0.0.1"),
        &value("SERVER_PORT", &server.address().port().to_string()),
    ]);
}

fn the_server_name_is_that_of_the_host_field(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["variable SERVER_NAME", "variable HTTP_HOST"]);
    let mut client = server.connect();
    client.send(format!(
        "GET {} HTTP/1.1\r\nHost: Example.org:81\r\n\r\n",
        script.target()
    ));
    client.read_response().expect_status(200);
    let journal = script.finished(&server);
    let name = journal.value("SERVER_NAME ");
    assert!(name.eq_ignore_ascii_case("12 \"example.org\""), "{name}");
    journal.expect_line(&value("HTTP_HOST", "Example.org:81"));
}

/// Apache's mod_isapi answers the text `REMOTE_USER`.
fn unmapped_remote_user_is_the_user_and_not_a_word(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["variable UNMAPPED_REMOTE_USER", "variable REMOTE_USER"])
        .run(&server)
        .expect(&["UNMAPPED_REMOTE_USER 1 \"\"", "REMOTE_USER 1 \"\""]);
}

fn the_url_is_decoded_and_http_url_is_not(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["variable URL", "variable HTTP_URL", "variable PATH_INFO"]);
    let target = script.target().replace("/script.dll", "/script.dll/a%20b");
    server.get(&target).expect_status(200);
    script.finished(&server).expect(&[
        &value("URL", "/script.dll/a b"),
        &value("HTTP_URL", &target),
        &value("PATH_INFO", "/a b"),
    ]);
}

fn a_proxy_field_never_becomes_a_variable(build: Build) {
    let server = TestServer::for_scripts(build);
    run(&server, "Proxy: http://evil/\r\n", &["variable HTTP_PROXY"])
        .expect(&["HTTP_PROXY FALSE 1413"]);
}

fn a_field_with_an_underscore_never_passes_for_another(build: Build) {
    let server = TestServer::for_scripts(build);
    run(&server, "X_Auth: forged\r\n", &["variable HTTP_X_AUTH"])
        .expect(&["HTTP_X_AUTH FALSE 1413"]);
    run(
        &server,
        "X-Auth: real\r\nX_Auth: forged\r\n",
        &["variable HTTP_X_AUTH"],
    )
    .expect(&["HTTP_X_AUTH 5 \"real\""]);
}

/// `HTTP_URL` and its like are no fields, and what is a field of that name stays one.
fn a_field_never_takes_the_place_of_a_variable(build: Build) {
    let server = TestServer::for_scripts(build);
    let fields = "Url: forged\r\nMethod: forged\r\nVersion: forged\r\nRemote-User: forged\r\n";
    let script = Script::new(&[
        "variable HTTP_URL",
        "variable HTTP_METHOD",
        "variable HTTP_VERSION",
        "variable REMOTE_USER",
        "variable HEADER_Url",
        "variable HTTP_REMOTE_USER",
    ]);
    let mut client = server.connect();
    client.send(format!(
        "GET {} HTTP/1.1\r\nHost: test\r\n{fields}\r\n",
        script.target()
    ));
    client.read_response().expect_status(200);
    script.finished(&server).expect(&[
        &value("HTTP_URL", script.target()),
        &value("HTTP_METHOD", "GET"),
        &value("HTTP_VERSION", "HTTP/1.1"),
        &value("REMOTE_USER", ""),
        &value("HEADER_Url", "forged"),
        &value("HTTP_REMOTE_USER", "forged"),
    ]);
}

fn content_length_is_that_of_the_body(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["variable CONTENT_LENGTH"]);
    server
        .post(script.target(), "twelve bytes")
        .expect_status(200);
    script
        .finished(&server)
        .expect(&["CONTENT_LENGTH 3 \"12\""]);

    Script::new(&["variable CONTENT_LENGTH"])
        .run(&server)
        .expect(&["CONTENT_LENGTH 2 \"0\""]);
}

fn names_may_be_in_any_letter_case(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["variable request_method", "variable Http_Host"])
        .run(&server)
        .expect(&["request_method 4 \"GET\"", "Http_Host 5 \"test\""]);
}
