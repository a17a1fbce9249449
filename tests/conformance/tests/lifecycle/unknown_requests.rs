//! Request codes that this host does not answer: 87, and logged by name.

use isapi_test_support::{Build, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        codes_without_a_meaning_are_refused,
        codes_that_are_not_answered_yet_are_refused,
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
        1009,
        1013,
        1019,
        1020,
        1021,
        1022,
        1029,
        1031,
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

/// The codes that this host answers.
const ANSWERED: [u64; 12] = [1, 2, 3, 4, 1003, 1005, 1006, 1008, 1010, 1016, 1017, 1018];

fn codes_that_are_not_answered_yet_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let codes: Vec<u64> = isapi_abi::constants()
        .filter(|(name, code)| name.starts_with("HSE_REQ_") && !ANSWERED.contains(code))
        .map(|(_, code)| code)
        .collect();
    assert!(codes.len() > 20, "{codes:?}");
    let steps: Vec<String> = codes.iter().map(|code| format!("support {code}")).collect();
    let refused: Vec<String> = steps
        .iter()
        .map(|step| format!("{step} FALSE 87"))
        .collect();
    let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
    let refused: Vec<&str> = refused.iter().map(String::as_str).collect();
    Script::new(&steps).run(&server).expect(&refused);
}

fn refused_codes_are_logged_by_name(build: Build) {
    let server = TestServer::for_scripts(build);
    let code = if build == Build::Linked { 7001 } else { 7002 };
    Script::new(&[&format!("support {code}")]).run(&server);
    logs::expect_line(&["UnknownSupportRequest", &code.to_string()]);
}
