//! What can only be had from Windows.

use isapi_test_support::{Build, Script, TestServer, conformance, is_windows};

conformance! {
    tests: [
        what_only_windows_has_is_refused_and_nothing_is_written,
        tokens_are_there_on_windows_and_refused_elsewhere,
        null_pointers_are_refused,
    ],
}

fn what_only_windows_has_is_refused_and_nothing_is_written(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&[
        "sspi", "out 1044", "out 1045", "out 1046", "out 1047", "out 1048", "out 1050",
    ])
    .run(&server)
    .expect(&[
        "sspi FALSE 50 untouched",
        "out 1044 FALSE 50 untouched",
        "out 1045 FALSE 50 untouched",
        "out 1046 FALSE 50 untouched",
        "out 1047 FALSE 50 untouched",
        "out 1048 FALSE 50 untouched",
        "out 1050 FALSE 50 untouched",
    ]);
}

fn tokens_are_there_on_windows_and_refused_elsewhere(build: Build) {
    let server = TestServer::for_scripts(build);
    let answer = match is_windows() {
        true => "TRUE touched",
        false => "FALSE 50 untouched",
    };
    Script::new(&[
        "out 1011",
        "anonymous_token /LM/W3SVC/1/ROOT",
        "unicode_anonymous_token /LM/W3SVC/1/ROOT",
    ])
    .run(&server)
    .expect(&[
        &format!("out 1011 {answer}"),
        &format!("anonymous_token {answer}"),
        &format!("unicode_anonymous_token {answer}"),
    ]);
}

/// A place for a handle that is not there is the extension's mistake, not the platform's.
fn null_pointers_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    for code in [1002, 1011, 1038, 1041] {
        let script = Script::new(&[&format!("support {code}")]);
        script
            .run(&server)
            .expect(&[&format!("support {code} FALSE 87")]);
    }
}
