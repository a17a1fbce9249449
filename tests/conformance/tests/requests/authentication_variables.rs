//! Who the client says it is, and who it is.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        an_anonymous_request_has_no_user,
        basic_credentials_are_decoded,
        other_schemes_are_named,
        malformed_credentials_are_no_user,
    ],
}

/// Runs a script that asks for these variables, with an `Authorization` field unless it is empty.
#[track_caller]
fn expect(build: Build, authorization: &str, variables: &[(&str, &str)]) {
    let server = TestServer::for_scripts(build);
    let steps: Vec<_> = variables
        .iter()
        .map(|(name, _)| format!("variable {name}"))
        .collect();
    let script = Script::new(&steps.iter().map(String::as_str).collect::<Vec<_>>());
    let field = if authorization.is_empty() {
        String::new()
    } else {
        format!("Authorization: {authorization}\r\n")
    };
    let mut client = server.connect();
    client.send(format!(
        "GET {} HTTP/1.1\r\nHost: test\r\n{field}\r\n",
        script.target()
    ));
    client.read_response().expect_status(200);
    let lines: Vec<_> = variables
        .iter()
        .map(|(name, value)| format!("{name} {} {value:?}", value.len() + 1))
        .collect();
    script
        .finished(&server)
        .expect(&lines.iter().map(String::as_str).collect::<Vec<_>>());
}

fn an_anonymous_request_has_no_user(build: Build) {
    let empty = [
        "AUTH_TYPE",
        "AUTH_USER",
        "AUTH_PASSWORD",
        "LOGON_USER",
        "REMOTE_USER",
        "UNMAPPED_REMOTE_USER",
    ];
    expect(build, "", &empty.map(|name| (name, "")));
}

/// A claim that nobody has checked: it makes no `REMOTE_USER`.
fn basic_credentials_are_decoded(build: Build) {
    // "ada:secret: with a colon"
    let authorization = "Basic YWRhOnNlY3JldDogd2l0aCBhIGNvbG9u";
    expect(
        build,
        authorization,
        &[
            ("AUTH_TYPE", "Basic"),
            ("AUTH_USER", "ada"),
            ("AUTH_PASSWORD", "secret: with a colon"),
            ("REMOTE_USER", ""),
            ("LOGON_USER", ""),
            ("UNMAPPED_REMOTE_USER", ""),
            ("HTTP_AUTHORIZATION", authorization),
        ],
    );
}

fn other_schemes_are_named(build: Build) {
    for (authorization, scheme) in [("Negotiate YWJj", "Negotiate"), ("NTLM YWJj", "NTLM")] {
        expect(
            build,
            authorization,
            &[
                ("AUTH_TYPE", scheme),
                ("AUTH_USER", ""),
                ("AUTH_PASSWORD", ""),
            ],
        );
    }
}

fn malformed_credentials_are_no_user(build: Build) {
    for authorization in ["Basic", "Basic !", "Basic YWRh"] {
        expect(
            build,
            authorization,
            &[("AUTH_PASSWORD", ""), ("REMOTE_USER", "")],
        );
    }
}
