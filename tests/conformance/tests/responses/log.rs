//! What an extension adds to the log.

use isapi_test_support::{Build, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        log_data_goes_to_the_log,
        log_data_of_a_pending_request_goes_to_the_log,
        a_log_parameter_goes_to_the_log,
        a_line_end_in_it_forges_no_line,
        a_request_that_ends_with_an_error_is_a_warning,
    ],
}

fn unique(build: Build, name: &str) -> String {
    format!("{name}-{build:?}")
}

fn log_data_goes_to_the_log(build: Build) {
    let server = TestServer::for_scripts(build);
    let text = unique(build, "log-data");
    Script::new(&[&format!("log_data {text}")])
        .get(&server)
        .expect_status(200);
    logs::expect_line(&[&format!("log_data=\"{text}\"")]);
}

fn log_data_of_a_pending_request_goes_to_the_log(build: Build) {
    let server = TestServer::for_scripts(build);
    let text = unique(build, "pending-log-data");
    let set = format!("log_data {text}");
    let script = Script::new(&[
        "spawn",
        "return 3",
        "[thread]",
        "await return 3",
        &set,
        "done",
    ]);
    script.get(&server).expect_status(200);
    logs::expect_line(&[&format!("log_data=\"{text}\"")]);
}

fn a_log_parameter_goes_to_the_log(build: Build) {
    let server = TestServer::for_scripts(build);
    let text = unique(build, "log-parameter");
    let script = Script::new(&[&format!("append_log {text}"), "append_log NULL"]);
    script.get(&server).expect_status(200);
    script
        .finished(&server)
        .expect(&["append_log TRUE", "append_log FALSE 87"]);
    logs::expect_line(&[&format!("log_parameters=\"{text}\"")]);
}

fn a_line_end_in_it_forges_no_line(build: Build) {
    let server = TestServer::for_scripts(build);
    let text = unique(build, "forged-line");
    Script::new(&[&format!("log_data real\r\n{text}")])
        .get(&server)
        .expect_status(200);
    let line = logs::expect_line(&["log_data=\"real", &text]);
    assert_eq!(line.trim_end().lines().count(), 1, "{line}");
}

fn a_request_that_ends_with_an_error_is_a_warning(build: Build) {
    let server = TestServer::for_scripts(build);
    let text = unique(build, "status-error");
    Script::new(&[&format!("log_data {text}"), "return 4"])
        .get(&server)
        .expect_status(500);
    let line = logs::expect_line(&[&format!("log_data=\"{text}\"")]);
    for part in ["WARN", "isapi::access", "url=", "extension=", "request="] {
        assert!(line.contains(part), "no {part:?} in {line}");
    }
}
