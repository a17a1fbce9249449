//! Which DLLs are loaded, from where, and what is told of those that are not.

use std::fs;

use crate::site;
use crate::support::{Client, Directory, Server, isapi, program};

/// Copies the DLL that stands for one of an attacker.
fn plant(directory: &Directory) {
    site::put(directory, "c-planted_version", "version.dll");
}

/// What the module that needs version.dll says of where it got it.
fn origin_of_version(server: &Server) -> String {
    let answer = server.get("/c-needs_version.dll");
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text().to_lowercase()
}

#[test]
fn a_dll_planted_in_the_working_directory_is_not_loaded() {
    let site = site::with(&["c-needs_version"]);
    let planted = Directory::new();
    plant(&planted);
    let mut command = isapi(["serve", site.str(), "--listen", "127.0.0.1:0"]);
    command.current_dir(planted.path());
    let origin = origin_of_version(&Server::spawn(command, 1));
    assert!(origin.starts_with(r"c:\windows\system32\"), "{origin}");
}

#[test]
fn a_dll_planted_on_path_is_not_loaded() {
    let site = site::with(&["c-needs_version"]);
    let planted = Directory::new();
    plant(&planted);
    let mut command = isapi(["serve", site.str(), "--listen", "127.0.0.1:0"]);
    // Wine puts WINEPATH in front of PATH.
    command.env("WINEPATH", program::shown(planted.path()));
    let origin = origin_of_version(&Server::spawn(command, 1));
    assert!(origin.starts_with(r"c:\windows\system32\"), "{origin}");
}

#[test]
fn a_dll_beside_the_module_is_loaded() {
    let site = site::with(&["c-needs_help", "c-help"]);
    let server = site::serve(&site);
    assert_eq!(server.get("/c-needs_help.dll").text(), "helped");
}

#[test]
fn a_missing_dependent_dll_is_named() {
    let site = site::with(&["c-needs_help"]);
    let server = site::serve(&site);
    let answer = server.get("/c-needs_help.dll");
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("c-help.dll"), "{}", answer.text());
    let line = server.expect_line("ERROR");
    assert!(line.contains("c-help.dll"), "{line}");
}

#[test]
fn a_dependent_dll_that_a_dependent_dll_lacks_is_named() {
    let site = site::with(&["c-needs_needs_help", "c-needs_help"]);
    let server = site::serve(&site);
    let answer = server.get("/c-needs_needs_help.dll");
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("c-help.dll"), "{}", answer.text());
}

#[test]
fn a_32_bit_dll_is_told_as_such_with_what_to_do() {
    let site = site::with(&["c-whole_x86"]);
    let server = site::serve(&site);
    let answer = server.get("/c-whole_x86.dll");
    assert_eq!(answer.status, 500);
    assert!(
        answer.text().contains("32-bit DLL, 64-bit host"),
        "{}",
        answer.text()
    );
    let line = server.expect_line("32-bit DLL, 64-bit host");
    assert!(line.contains("32-bit build"), "{line}");
}

#[test]
fn a_dll_whose_entry_point_is_decorated_is_told_as_such() {
    let site = site::with(&["c-decorated"]);
    let server = site::serve(&site);
    let answer = server.get("/c-decorated.dll");
    assert_eq!(answer.status, 500);
    for part in ["HttpExtensionProc", "_HttpExtensionProc@4"] {
        assert!(answer.text().contains(part), "{}", answer.text());
    }
}

#[test]
fn a_module_finds_what_lies_beside_it() {
    let site = site::with(&["c-own_path"]);
    let server = site::serve(&site);
    let expected = program::shown(&site.path().join("c-own_path.dll"));
    let answer = server.get("/c-own_path.dll");
    assert!(
        answer.text().eq_ignore_ascii_case(&expected),
        "{}",
        answer.text()
    );
}

/// A request that `uploadecho.dll` is inside of: it waits for the body.
fn reading_upload(server: &Server) -> Client {
    let mut client = server.connect();
    client.send(
        "POST /uploadecho.dll HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\
         Expect: 100-continue\r\n\r\n",
    );
    assert_eq!(client.receive().status, 100, "the extension reads");
    client
}

#[test]
fn a_dll_that_is_replaced_while_it_is_loaded_does_not_disturb_requests() {
    let site = site::with(&["uploadecho"]);
    let server = site::serve(&site);
    let mut client = reading_upload(&server);
    // As one does it on Windows: the file in use is renamed, and the new one takes its name.
    let module = site.path().join("uploadecho.dll");
    fs::rename(&module, site.path().join("uploadecho.old")).unwrap();
    site::put(&site, "c-own_path", "uploadecho.dll");
    client.send("body");
    assert_eq!(client.receive().text(), "body");
    let after = server.request("POST", "/uploadecho.dll", "Content-Length: 0\r\n");
    assert_eq!(after.status, 200);
    assert!(!after.text().contains("uploadecho"), "{}", after.text());
    server.stop();
    assert_eq!(server.wait().0.code(), Some(0));
}

#[test]
fn a_dll_that_is_deleted_while_it_is_loaded_does_not_disturb_requests() {
    let site = site::with(&["uploadecho"]);
    let server = site::serve(&site);
    let mut client = reading_upload(&server);
    fs::remove_file(site.path().join("uploadecho.dll")).unwrap();
    client.send("body");
    assert_eq!(client.receive().text(), "body");
    server.stop();
    assert_eq!(server.wait().0.code(), Some(0));
}
