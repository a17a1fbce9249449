//! Modules that cannot be loaded: their URL answers 500 with the reason, nothing else is affected.

use std::fs;
use std::path::Path;

use isapi_test_support::{Build, Extension, TempDir, TestServer, logs, module_file, module_name};

/// Asserts that the module at `path` is refused with a reason that has all of `parts`.
#[track_caller]
fn expect_refused(path: &Path, parts: &[&str]) {
    let (_directory, server) = site(path);
    expect_refused_by(&server, path, parts);
}

/// A server with this module, and with others that are in order.
fn site(path: &Path) -> (TempDir, TestServer) {
    let directory = TempDir::new();
    directory.copy(&module_file("hello"), &module_name("hello"));
    let server = TestServer::builder()
        .module("/bad.dll", path)
        .directory("/scripts", directory.path())
        .extension("/good.dll", Build::SharedObject, Extension::Hello)
        .start();
    (directory, server)
}

/// Asserts that the module gets 500 with a reason that has all of `parts`, in the body (the client
/// is a loopback one) and in the log, and that others still run.
#[track_caller]
fn expect_refused_by(server: &TestServer, path: &Path, parts: &[&str]) {
    let response = server.get("/bad.dll").expect_status(500);
    let name = path
        .file_name()
        .expect("a module has a name")
        .to_string_lossy();
    for part in parts.iter().chain([&name.as_ref()]) {
        assert!(
            response.text().contains(part),
            "no {part:?} in {response:?}"
        );
    }
    logs::expect_line(&[&[name.as_ref()], parts].concat());
    server.get("/bad.dll").expect_status(500);
    server.get("/scripts/hello.dll").expect_status(200);
    server.get("/good.dll").expect_status(200);
}

#[test]
fn a_module_without_exports_is_refused() {
    expect_refused(&module_file("c-no_exports"), &["GetExtensionVersion"]);
}

#[test]
fn a_module_without_http_extension_proc_is_refused() {
    expect_refused(&module_file("c-no_proc"), &["HttpExtensionProc"]);
}

#[test]
fn a_module_for_another_architecture_is_refused() {
    let directory = TempDir::new();
    let mut module = fs::read(module_file("hello")).expect("the module can be read");
    // The machine in an ELF header.
    let (machine, name) = if cfg!(target_arch = "aarch64") {
        (62, "x86_64")
    } else {
        (183, "aarch64")
    };
    module[18..20].copy_from_slice(&u16::to_le_bytes(machine));
    expect_refused(
        &directory.file(&module_name("foreign"), &module),
        &[name, "193"],
    );
}

#[test]
fn a_module_of_32_bits_is_refused() {
    let directory = TempDir::new();
    let mut module = fs::read(module_file("hello")).expect("the module can be read");
    // The class in an ELF header: 32 bits.
    module[4] = 1;
    let path = directory.file(&module_name("bits"), &module);
    expect_refused(&path, &["32", "193"]);
}

#[test]
fn what_is_no_module_at_all_is_refused() {
    let directory = TempDir::new();
    expect_refused(
        &directory.file(&module_name("text"), "Just some text.\n"),
        &["not a module"],
    );
    expect_refused(&directory.file(&module_name("empty"), ""), &["empty"]);
    let cut = fs::read(module_file("hello")).expect("the module can be read");
    expect_refused(
        &directory.file(&module_name("cut"), &cut[..1000]),
        &["copied completely"],
    );
}

#[test]
fn a_module_of_the_other_platform_is_refused() {
    let directory = TempDir::new();
    let mut module = b"MZ".to_vec();
    module.resize(0x200, 0);
    module[0x3c] = 0x80;
    module[0x80..0x86].copy_from_slice(b"PE\0\0\x64\x86");
    expect_refused(&directory.file("windows.so", &module), &["Windows"]);
}

#[test]
fn a_missing_module_is_refused() {
    let directory = TempDir::new();
    // It is there when the server starts, which would refuse to start without.
    let path = directory.copy(&module_file("hello"), &module_name("missing"));
    let (_site, server) = site(&path);
    fs::remove_file(&path).expect("the file can be removed");
    expect_refused_by(&server, &path, &["cannot be loaded"]);
}

#[test]
fn a_module_without_terminate_extension_runs_and_stops() {
    let server = TestServer::builder()
        .module("/optional.dll", &module_file("c-no_terminate"))
        .start();
    server.get("/optional.dll").expect(200, "no terminate\n");
    server.stop().expect("nothing is busy");
}
