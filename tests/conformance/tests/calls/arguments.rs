//! The three pointers of `ServerSupportFunction`.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        what_a_request_does_not_use_is_not_looked_at,
        what_a_request_needs_may_not_be_null,
    ],
}

/// The extension passes pointers that lead nowhere.
fn what_a_request_does_not_use_is_not_looked_at(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&[
        // HSE_REQ_ABORTIVE_CLOSE, HSE_REQ_CANCEL_IO, HSE_REQ_SET_FLUSH_FLAG: no pointer at all.
        "wild 1014",
        "wild 1049",
        "wild 1043",
        // An unknown one.
        "wild 1039",
        "wild 5000",
    ])
    .run(&server)
    .expect(&[
        "wild 1014 TRUE",
        "wild 1049 TRUE",
        "wild 1043 TRUE",
        "wild 1039 FALSE 87",
        "wild 5000 FALSE 87",
    ]);
}

fn what_a_request_needs_may_not_be_null(build: Build) {
    let server = TestServer::for_scripts(build);
    for code in [
        1, 2, 1001, 1003, 1006, 1007, 1008, 1012, 1015, 1016, 1018, 1023, 1024, 1027, 1028, 1030,
        1033, 1037, 1040, 1042,
    ] {
        let script = Script::new(&[&format!("support {code}")]);
        script
            .run(&server)
            .expect(&[&format!("support {code} FALSE 87")]);
    }
}
