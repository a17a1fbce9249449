//! Names of files that mean something else on Windows than what they say.

use crate::site;
use crate::support::extensions::{self, ENDING};
use crate::support::{Directory, Server, isapi};

fn server() -> (Directory, Server) {
    let directory = Directory::new();
    directory.write("digits.txt", "0123456789");
    directory.write("a long name.text", "long");
    directory.write(".hidden", "secret");
    let module = format!("module.{ENDING}");
    extensions::from_text(&directory, &extensions::saying("it runs"), &module);
    let server = site::serve(&directory);
    assert_eq!(server.get("/digits.txt").text(), "0123456789");
    assert_eq!(server.get("/module.dll").text(), "it runs");
    (directory, server)
}

#[track_caller]
fn assert_is_no_file(server: &Server, url: &str) {
    for method in ["GET", "HEAD"] {
        let status = server.request(method, url, "").status;
        assert!(matches!(status, 400 | 404), "{method} {url}: {status}");
    }
}

#[test]
fn a_stream_of_a_file_is_no_file() {
    let (_directory, server) = server();
    for url in [
        "/digits.txt::$DATA",
        "/digits.txt:$DATA",
        "/digits.txt:other",
        "/module.dll::$DATA",
        "/module.dll:x",
        "/module.dll%3a%3a$DATA",
        "/:$I30:$INDEX_ALLOCATION/digits.txt",
    ] {
        assert_is_no_file(&server, url);
    }
}

#[test]
fn trailing_dots_and_spaces_are_not_dropped() {
    let (_directory, server) = server();
    for url in [
        "/digits.txt.",
        "/digits.txt...",
        "/digits.txt%20",
        "/digits.txt%20.",
        "/module.dll.",
        "/module.dll%20",
        "/.hidden%20",
        "/.hidden.",
    ] {
        assert_is_no_file(&server, url);
    }
}

#[test]
fn a_device_is_no_file() {
    let (_directory, server) = server();
    for url in [
        "/con",
        "/CON",
        "/nul",
        "/nul.txt",
        "/aux.txt",
        "/prn",
        "/com1",
        "/lpt1.txt",
        "/conin$",
        "/conout$",
        "/com%C2%B9",
        "/nul.dll",
        "/con.dll/a",
    ] {
        assert_is_no_file(&server, url);
    }
}

#[test]
fn a_drive_is_no_folder() {
    let (_directory, server) = server();
    for url in [
        "/c:/windows/win.ini",
        "/c:digits.txt",
        "/%5c%5clocalhost%5cc$%5cwindows%5cwin.ini",
        "//localhost/c$/windows/win.ini",
        "/%5c%5c%3f%5cc:%5cwindows%5cwin.ini",
        "/%5c%5c.%5cnul",
    ] {
        assert_is_no_file(&server, url);
    }
}

/// The 8.3 name that Windows has made for a file, as `dir /x` shows it.
fn short_name(directory: &Directory, name: &str) -> String {
    let cmd = std::env::var_os("ISAPI_TEST_RUNNER").expect("cmd.exe runs under Wine here");
    let output = std::process::Command::new(cmd)
        .args(["cmd", "/c", "dir", "/x"])
        .current_dir(directory.path())
        .output()
        .unwrap();
    let list = String::from_utf8_lossy(&output.stdout);
    let line = list.lines().find(|line| line.trim_end().ends_with(name));
    let before = line.unwrap_or_else(|| panic!("no {name} in {list}"));
    let before = before.trim_end().strip_suffix(name).unwrap();
    let short = before.split_whitespace().last().unwrap();
    assert!(short.contains('~'), "no short name in {list}");
    short.to_owned()
}

#[test]
fn a_short_name_is_no_file() {
    let (directory, server) = server();
    assert_eq!(server.get("/a%20long%20name.text").text(), "long");
    assert_is_no_file(&server, "/ALONGN~1.TEX");
    let short = short_name(&directory, "a long name.text");
    assert_is_no_file(&server, &format!("/{short}"));
}

#[test]
fn the_letter_case_of_a_file_does_not_matter() {
    let (_directory, server) = server();
    assert_eq!(server.get("/DIGITS.TXT").text(), "0123456789");
    assert_eq!(server.get("/Module.DLL").text(), "it runs");
}

#[test]
fn the_configuration_is_hidden_in_any_letter_case() {
    let directory = Directory::new();
    let text = "[[virtual_directory]]\nurl = \"/\"\npath = \".\"\n";
    let file = directory.write("server.toml", text);
    std::fs::hard_link(&file, directory.path().join("linked.txt")).unwrap();
    let file = file.to_str().unwrap();
    let server = Server::spawn(isapi(["serve", file, "--listen", "127.0.0.1:0"]), 1);
    for url in [
        "/server.toml",
        "/SERVER.TOML",
        "/Server.Toml",
        "/linked.txt",
    ] {
        assert_is_no_file(&server, url);
    }
}
