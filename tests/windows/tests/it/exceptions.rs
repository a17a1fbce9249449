//! Exceptions that leave an extension: which end a request, and which the process.

use crate::site;
use crate::support::{Answer, Directory, Server, program};

/// A server with the extension that raises what it is asked for.
fn raising() -> (Directory, Server) {
    let site = site::with(&["c-raise"]);
    let server = site::serve(&site);
    (site, server)
}

fn raise(server: &Server, what: &str) -> Answer {
    server.get(&format!("/c-raise.dll?{what}"))
}

#[test]
fn a_cpp_exception_out_of_the_call_is_500_and_the_server_goes_on() {
    let (_site, server) = raising();
    assert_eq!(raise(&server, "throw").status, 500);
    let line = server.expect_line("escaped HttpExtensionProc");
    for part in ["ERROR", "C++ exception", "the request fails"] {
        assert!(line.contains(part), "{line}");
    }
    // Its frames were unwound: what was on them was destroyed.
    assert_eq!(raise(&server, "destroyed").text(), "destroyed 2\n");
    assert_eq!(raise(&server, "catch").text(), "caught\n");
    server.stop();
    let (status, _, said) = server.wait();
    assert_eq!(status.code(), Some(0));
    // One line says it all, and the extension is not said to have said something.
    assert!(!said.iter().any(|line| line.contains("ERROR")), "{said:#?}");
}

#[test]
fn a_cpp_exception_behind_the_head_cuts_the_response() {
    let (_site, server) = raising();
    let mut client = server.connect();
    client.send("GET /c-raise.dll?throw-head HTTP/1.1\r\nHost: a\r\n\r\n");
    let said = client.read_to_close();
    let said = String::from_utf8(said).unwrap();
    assert!(said.starts_with("HTTP/1.1 200 OK\r\n"), "{said}");
    assert!(said.len() < 300, "100 bytes were promised: {said}");
    server.expect_line("escaped HttpExtensionProc");
    assert_eq!(raise(&server, "catch").text(), "caught\n");
}

#[test]
fn a_cpp_exception_behind_the_end_of_the_request_leaves_the_answer_whole() {
    let (_site, server) = raising();
    assert_eq!(raise(&server, "throw-done").text(), "done\n");
    server.expect_line("escaped HttpExtensionProc");
}

#[test]
fn a_cpp_exception_out_of_a_callback_ends_its_request_only() {
    let (_site, server) = raising();
    let mut client = server.connect();
    client.send("GET /c-raise.dll?throw-callback HTTP/1.1\r\nHost: a\r\n\r\n");
    client.read_to_close();
    server.expect_line("escaped");
    assert_eq!(raise(&server, "catch").text(), "caught\n");
}

#[test]
fn a_cpp_exception_out_of_get_extension_version_is_500_with_the_reason() {
    let site = site::with(&["c-version_throws"]);
    let server = site::serve(&site);
    let answer = server.get("/c-version_throws.dll");
    assert_eq!(answer.status, 500);
    for part in ["C++ exception", "GetExtensionVersion"] {
        assert!(answer.text().contains(part), "{}", answer.text());
    }
}

#[test]
fn a_cpp_exception_out_of_terminate_extension_is_told_and_the_server_stops() {
    let (_site, server) = raising();
    assert_eq!(raise(&server, "throw-terminate").text(), "will throw\n");
    server.stop();
    server.expect_line("escaped TerminateExtension");
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn an_exception_of_an_application_is_contained_like_one_of_cpp() {
    let (_site, server) = raising();
    assert_eq!(raise(&server, "raise=E0001234").status, 500);
    server.expect_line("0xE0001234");
    assert_eq!(raise(&server, "catch").text(), "caught\n");
}

/// Asks for what ends the process, and asserts that its last line says all of `parts`. Answers how
/// it ended.
#[track_caller]
fn end_by(what: &str, parts: &[&str]) -> Option<i32> {
    let (site, server) = raising();
    let mut client = server.connect();
    client.send(format!(
        "GET /c-raise.dll?{what} HTTP/1.1\r\nHost: a\r\n\r\n"
    ));
    client.read_to_close();
    let (status, _, said) = server.wait();
    let line = said
        .iter()
        .rfind(|line| line.contains("the process ends"))
        .unwrap_or_else(|| panic!("no last line in {said:#?}"));
    let module = program::shown(&site.path().join("c-raise.dll"));
    for part in parts {
        let part = part.replace("{module}", &module);
        assert!(line.contains(&part), "no {part:?} in {line}");
    }
    status.code()
}

/// The part of an exception's code that the exit code of a Unix process has room for.
fn low_byte(code: u32) -> Option<i32> {
    Some((code & 0xff).try_into().unwrap())
}

#[test]
fn an_access_violation_ends_the_process_with_a_last_line_and_its_code() {
    let code = end_by(
        "null",
        &[
            "isapi: access violation 0xC0000005 at c-raise.dll+0x",
            "escaped HttpExtensionProc of {module} in request ",
        ],
    );
    assert_eq!(code, low_byte(0xC000_0005));
}

#[test]
fn an_access_violation_in_a_callback_ends_the_process_with_a_last_line() {
    end_by(
        "null-callback",
        &["access violation 0xC0000005", "{module}"],
    );
}

#[test]
fn an_access_violation_on_a_thread_of_the_extension_ends_the_process_with_a_last_line() {
    end_by(
        "null-thread",
        &["access violation 0xC0000005", "was handled by nobody"],
    );
}

#[test]
fn a_division_by_zero_ends_the_process_with_a_last_line() {
    end_by("divide", &["0xC0000094", "{module}"]);
}

#[test]
fn floating_point_exceptions_that_stay_unmasked_do_not_reach_the_server() {
    let (_site, server) = raising();
    assert_eq!(raise(&server, "floating").text(), "unmasked\n");
    for _ in 0..10 {
        assert_eq!(raise(&server, "catch").text(), "caught\n");
    }
}

#[test]
fn com_that_stays_initialised_is_told_once() {
    let (_site, server) = raising();
    assert_eq!(raise(&server, "com-balanced").text(), "undone\n");
    assert_eq!(raise(&server, "com").text(), "initialised\n");
    let line = server.expect_line("COM");
    assert!(line.contains("WARN"), "{line}");
    assert_eq!(raise(&server, "com").text(), "initialised\n");
    server.stop();
    let (_, _, said) = server.wait();
    let again = said.iter().filter(|line| line.contains("COM"));
    assert_eq!(again.count(), 0, "{said:#?}");
}
