//! How the server stops.
#![cfg(unix)]

mod support;

use std::net::TcpStream;
use std::time::Instant;

use support::extensions::{self, ENDING, TO_HANG};
use support::{Directory, Server, program};

const GET: &str = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/// A server with one extension that answers, but never ends a request.
fn busy_server(directory: &Directory, drain: &str) -> Server {
    let name = format!("busy.{ENDING}");
    let module = extensions::from_text(directory, &extensions::never_done(), &name);
    Server::start(&["run", module.to_str().unwrap(), "--drain-timeout", drain])
}

#[test]
fn ctrl_c_stops_an_idle_server_with_0() {
    let server = Server::start(&[]);
    server.signal("INT");
    let (status, _, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log:#?}");
}

#[test]
fn a_service_manager_stops_an_idle_server_with_0() {
    let server = Server::start(&[]);
    server.signal("TERM");
    let (status, _, log) = server.wait();
    assert_eq!(status.code(), Some(0), "{log:#?}");
}

#[test]
fn an_idle_connection_does_not_hold_up_the_end() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    client.send(GET);
    assert_eq!(client.receive().status, 200);
    server.stop();
    assert_eq!(client.read_to_close(), b"");
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn a_head_that_has_only_begun_does_not_hold_up_the_end() {
    let server = Server::start(&["--drain-timeout", "1s"]);
    let mut client = server.connect();
    client.send(GET);
    assert_eq!(client.receive().status, 200);
    client.send("GET / HT");
    server.stop();
    assert_eq!(client.read_to_close(), b"");
    assert_eq!(
        server.wait().0.code(),
        Some(0),
        "the drain limit was reached"
    );
}

#[test]
fn a_request_in_flight_is_finished() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    client.send(
        "POST /upload-echo.dll HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\
         Expect: 100-continue\r\n\r\n",
    );
    assert_eq!(client.receive().status, 100, "the extension reads");
    server.stop();
    server.expect_line("stopping");
    client.send("0123456789");
    let answer = client.receive();
    assert_eq!((answer.status, answer.text()), (200, "0123456789"));
    assert_eq!(answer.field("connection"), Some("close"));
    assert_eq!(client.read_to_close(), b"");
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn a_stopping_server_refuses_connections() {
    let directory = Directory::new();
    let server = busy_server(&directory, "1000");
    let mut client = server.connect();
    client.send("GET /busy.dll HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(read_head(&mut client), 200);
    server.stop();
    // The listener is closed soon after the signal; until then connections are taken.
    let deadline = Instant::now() + support::PATIENCE;
    while TcpStream::connect(server.address()).is_ok() {
        assert!(Instant::now() < deadline, "still accepting");
    }
}

#[test]
fn an_extension_that_is_still_busy_is_named_and_the_exit_code_is_1() {
    let directory = Directory::new();
    let server = busy_server(&directory, "200ms");
    let mut client = server.connect();
    client.send("GET /busy.dll HTTP/1.1\r\nHost: a\r\n\r\n");
    let begun = read_head(&mut client);
    assert_eq!(begun, 200);
    server.stop();
    server.expect_line("still busy: ");
    let (status, _, _) = server.wait();
    assert_eq!(status.code(), Some(1));
}

#[test]
fn an_extension_that_never_returns_is_named_and_the_exit_code_is_1() {
    let directory = Directory::new();
    let text =
        extensions::with_proc("(void)ecb; say(\"called\"); hang(); return HSE_STATUS_ERROR;");
    let text = format!("{TO_HANG}{text}");
    let module = extensions::from_text(&directory, &text, &format!("stuck.{ENDING}"));
    let server = Server::start(&["run", module.to_str().unwrap(), "--drain-timeout", "200ms"]);
    let mut client = server.connect();
    client.send("GET /stuck.dll HTTP/1.1\r\nHost: a\r\n\r\n");
    server.expect_line("called");
    server.stop();
    let line = server.expect_line("still busy: ");
    assert!(line.contains(&program::shown(&module)), "{line}");
    assert_eq!(server.wait().0.code(), Some(1));
}

#[test]
fn a_module_that_hangs_while_it_loads_does_not_hold_up_the_end() {
    let directory = Directory::new();
    let text = r#"#include <httpext.h>
BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
    (void)version;
    say("loading");
    hang();
    return FALSE;
}
DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) { (void)ecb; return HSE_STATUS_ERROR; }
"#;
    let text = format!("{TO_HANG}{text}");
    let module = extensions::from_text(&directory, &text, &format!("slow.{ENDING}"));
    let command = support::isapi(["run", module.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    let server = Server::spawn(command, 0);
    server.expect_line("loading");
    server.stop();
    let (status, stdout, _) = server.wait();
    assert_eq!((status.code(), stdout.as_str()), (Some(1), ""));
}

#[test]
fn a_module_that_hangs_while_it_terminates_is_named_and_the_exit_code_is_1() {
    let directory = Directory::new();
    let text = format!(
        "{TO_HANG}{}\nBOOL WINAPI TerminateExtension(DWORD flags) {{\n    (void)flags;\n    \
         say(\"terminating\");\n    hang();\n    return TRUE;\n}}\n",
        extensions::saying("hello"),
    );
    let module = extensions::from_text(&directory, &text, &format!("clinging.{ENDING}"));
    let server = Server::start(&["run", module.to_str().unwrap(), "--drain-timeout", "1s"]);
    assert_eq!(server.get("/clinging.dll").text(), "hello");
    server.stop();
    server.expect_line("terminating");
    let line = server.expect_line("still busy: ");
    assert!(line.contains(&program::shown(&module)), "{line}");
    assert_eq!(server.wait().0.code(), Some(1));
}

#[test]
fn a_client_that_takes_nothing_is_cut_off_and_the_exit_code_is_1() {
    let directory = Directory::new();
    directory.write("large.bin", vec![0; 64 << 20]);
    let server = Server::start(&["serve", directory.str(), "--drain-timeout", "200ms"]);
    let mut client = server.connect();
    client.send("GET /large.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(read_head(&mut client), 200);
    server.stop();
    server.expect_line("connections cut off: 1");
    assert_eq!(server.wait().0.code(), Some(1));
}

#[test]
fn a_second_signal_forces_the_end_with_1() {
    let directory = Directory::new();
    let server = busy_server(&directory, "1000");
    let mut client = server.connect();
    client.send("GET /busy.dll HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(read_head(&mut client), 200);
    server.signal("INT");
    server.expect_line("stopping");
    server.signal("INT");
    server.expect_line("stopped at once");
    assert_eq!(server.wait().0.code(), Some(1));
}

#[test]
fn extensions_are_terminated_at_a_clean_stop() {
    let directory = Directory::new();
    let trace = directory.path().join("terminated");
    let text = format!(
        "#include <stdio.h>\n{}\nBOOL WINAPI TerminateExtension(DWORD flags) {{\n    FILE *f = \
         fopen(\"{}\", \"w\");\n    if (f) {{ fprintf(f, \"%u\", (unsigned)flags); fclose(f); }}\n    \
         return TRUE;\n}}\n",
        extensions::saying("hello"),
        trace.display()
    );
    let module = extensions::from_text(&directory, &text, &format!("traced.{ENDING}"));
    let server = Server::start(&["run", module.to_str().unwrap()]);
    assert_eq!(server.get("/traced.dll").text(), "hello");
    assert!(!trace.exists(), "terminated too early");
    server.stop();
    assert_eq!(server.wait().0.code(), Some(0));
    // HSE_TERM_MUST_UNLOAD is 2.
    assert_eq!(std::fs::read_to_string(trace).unwrap(), "2");
}

fn read_head(client: &mut support::Client) -> u16 {
    client.receive_for("HEAD").status
}
