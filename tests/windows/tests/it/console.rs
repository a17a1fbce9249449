//! What stops the server that runs on a console, and how long each leaves it.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::extensions::{self, ENDING, TO_HANG};
use crate::support::{self, Client, Directory, Server};

/// The events by the numbers that Windows gives them.
const CTRL_C: &str = "0";
const CTRL_BREAK: &str = "1";
const CLOSE: &str = "2";
const LOGOFF: &str = "5";
const SHUTDOWN: &str = "6";

/// How long Windows waits for a process after the last three.
const BEFORE_THE_KILL: Duration = Duration::from_secs(5);

/// A server that is told what its console would tell it.
struct OnConsole {
    server: Server,
    /// Where the program is that tells it.
    _launcher: Directory,
}

impl OnConsole {
    fn start(arguments: &[&str]) -> Self {
        let launcher = Directory::new();
        let program = launcher.path().join("console_event.exe");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/console_event.c");
        let built = Command::new("x86_64-w64-mingw32-gcc")
            .args(["-Wall", "-Wextra", "-Werror", source, "-o"])
            .arg(&program)
            .status()
            .expect("mingw's compiler");
        assert!(built.success());
        // The command line of the server, with the launcher between it and what runs it.
        let server = support::isapi(arguments);
        let mut words = vec![server.get_program()];
        words.extend(server.get_args());
        let runner = usize::from(std::env::var_os("ISAPI_TEST_RUNNER").is_some());
        words.insert(runner, program.as_os_str());
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).args(["--listen", "127.0.0.1:0"]);
        support::without_settings(&mut command).stdin(Stdio::piped());
        Self {
            server: Server::spawn(command, 1),
            _launcher: launcher,
        }
    }

    fn send(&mut self, event: &str) {
        self.server.write_line(event);
    }

    /// The exit code, and what was left of standard error.
    fn end(self) -> (Option<i32>, Vec<String>) {
        let (status, _, said) = self.server.wait();
        (status.code(), said)
    }
}

/// A module that answers, and tells when it is terminated.
fn telling(directory: &Directory) -> String {
    let text = format!(
        "{TO_HANG}{}\nBOOL WINAPI TerminateExtension(DWORD flags) {{\n    (void)flags; (void)hang;\n    \
         say(\"terminated\");\n    return TRUE;\n}}\n",
        extensions::saying("hello"),
    );
    let module = extensions::from_text(directory, &text, &format!("telling.{ENDING}"));
    module.to_str().unwrap().to_owned()
}

/// Asks a module that never ends a request; the connection stays open.
fn ask_without_end(server: &Server) -> Client {
    let mut client = server.connect();
    client.send("GET /busy.dll HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!(client.receive_for("HEAD").status, 200);
    client
}

fn never_done(directory: &Directory) -> String {
    let name = format!("busy.{ENDING}");
    let module = extensions::from_text(directory, &extensions::never_done(), &name);
    module.to_str().unwrap().to_owned()
}

#[track_caller]
fn assert_stops_cleanly(event: &str, time: &str) {
    let directory = Directory::new();
    let mut console = OnConsole::start(&["run", &telling(&directory)]);
    assert_eq!(console.server.get("/telling.dll").text(), "hello");
    console.send(event);
    let line = console.server.expect_line("stopping");
    assert!(line.contains(&format!("requests have {time}")), "{line}");
    console.server.expect_line("terminated");
    let (code, said) = console.end();
    assert_eq!(code, Some(0), "{said:#?}");
}

#[test]
fn ctrl_c_stops_it_and_terminates_the_extensions() {
    assert_stops_cleanly(CTRL_C, "30s");
}

#[test]
fn ctrl_break_stops_it_and_terminates_the_extensions() {
    assert_stops_cleanly(CTRL_BREAK, "30s");
}

#[test]
fn a_closed_console_stops_it_and_terminates_the_extensions() {
    assert_stops_cleanly(CLOSE, "3s");
}

#[test]
fn a_logoff_stops_it_and_terminates_the_extensions() {
    assert_stops_cleanly(LOGOFF, "3s");
}

#[test]
fn a_shutdown_of_the_system_stops_it_and_terminates_the_extensions() {
    assert_stops_cleanly(SHUTDOWN, "3s");
}

#[test]
fn a_request_that_does_not_end_does_not_outlast_the_time_that_windows_leaves() {
    let directory = Directory::new();
    let mut console = OnConsole::start(&["run", &never_done(&directory)]);
    let _client = ask_without_end(&console.server);
    let start = Instant::now();
    console.send(CLOSE);
    console.server.expect_line("still busy: ");
    let (code, said) = console.end();
    assert_eq!(code, Some(1), "{said:#?}");
    assert!(start.elapsed() < BEFORE_THE_KILL, "{:?}", start.elapsed());
}

#[test]
fn a_second_event_forces_the_end_with_1() {
    let directory = Directory::new();
    let mut console = OnConsole::start(&["run", &never_done(&directory)]);
    let _client = ask_without_end(&console.server);
    console.send(CTRL_C);
    console.server.expect_line("stopping");
    console.send(CTRL_BREAK);
    console.server.expect_line("stopped at once");
    assert_eq!(console.end().0, Some(1));
}

#[test]
fn an_interrupt_of_wine_is_ctrl_c() {
    let server = Server::start(&[]);
    server.signal("INT");
    server.expect_line("stopping");
    assert_eq!(server.wait().0.code(), Some(0));
}
