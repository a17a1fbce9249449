//! Request codes that this host does not answer: 87, and logged by name.

use isapi_test_support::{Build, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        codes_without_a_meaning_are_refused,
        refused_codes_are_logged_by_name,
    ],
}

fn codes_without_a_meaning_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let codes = [
        0,
        5,
        999,
        1000,
        // Of headers older than httpext.h 6.0, and of none.
        1004,
        1009,
        1013,
        1019,
        1020,
        1021,
        1022,
        1029,
        1031,
        1034,
        1035,
        1036,
        1039,
        1051,
        5000,
        u32::MAX,
    ];
    let steps = codes.map(|code| format!("support {code}"));
    let refused = codes.map(|code| format!("support {code} FALSE 87"));
    let script = Script::new(&steps.each_ref().map(String::as_str));
    script
        .run(&server)
        .expect(&refused.each_ref().map(String::as_str));
}

fn refused_codes_are_logged_by_name(build: Build) {
    let server = TestServer::for_scripts(build);
    let code = if build == Build::Linked { 7001 } else { 7002 };
    Script::new(&[&format!("support {code}")]).run(&server);
    logs::expect_line(&["UnknownSupportRequest", &code.to_string()]);
}
