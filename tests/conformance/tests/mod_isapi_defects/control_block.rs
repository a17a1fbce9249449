//! What an extension is told.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        the_major_version_is_in_the_high_word,
        unmapped_remote_user_is_no_fixed_word,
        no_text_of_the_control_block_is_null,
    ],
}

/// It says 0x500: version 0.1280.
fn the_major_version_is_in_the_high_word(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["field dwVersion"])
        .run(&server)
        .expect(&["dwVersion 0x00060000"]);
}

/// It answers the text "REMOTE_USER".
fn unmapped_remote_user_is_no_fixed_word(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["variable UNMAPPED_REMOTE_USER", "variable REMOTE_USER"])
        .run(&server)
        .expect(&["UNMAPPED_REMOTE_USER 1 \"\"", "REMOTE_USER 1 \"\""]);
}

/// It passes null pointers where a request has no such part.
fn no_text_of_the_control_block_is_null(build: Build) {
    let server = TestServer::for_scripts(build);
    let journal = Script::new(&[
        "field lpszMethod",
        "field lpszQueryString",
        "field lpszPathInfo",
        "field lpszPathTranslated",
        "field lpszContentType",
    ])
    .run(&server);
    let is_null = |line: &String| line.ends_with(" NULL");
    assert!(!journal.lines().iter().any(is_null), "{journal:#?}");
}
