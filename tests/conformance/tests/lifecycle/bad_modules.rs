//! Modules that cannot be loaded: their URL answers 500 with the reason, nothing else is affected.

use std::fs;
use std::path::Path;

use isapi_test_support::{Extension, TempDir, TestServer, logs, module_file};

/// Asserts that the module at `path` gets 500 with a reason that has all of `parts`, in the body
/// (the client is a loopback one) and in the log, and that others still run.
#[track_caller]
fn expect_refused(path: &Path, parts: &[&str]) {
    let directory = TempDir::new();
    directory.copy(&module_file("hello"), "hello.so");
    let server = TestServer::builder()
        .module("/bad.dll", path)
        .directory("/scripts", directory.path())
        .entry("/linked.dll", Extension::Hello.entry())
        .start();
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
    server.get("/linked.dll").expect_status(200);
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
    expect_refused(&directory.file("foreign.so", &module), &[name, "193"]);
}

#[test]
fn a_module_of_32_bits_is_refused() {
    let directory = TempDir::new();
    let mut module = fs::read(module_file("hello")).expect("the module can be read");
    // The class in an ELF header: 32 bits.
    module[4] = 1;
    let path = directory.file("bits.so", &module);
    expect_refused(&path, &["32", "193"]);
}

#[test]
fn what_is_no_module_at_all_is_refused() {
    let directory = TempDir::new();
    expect_refused(
        &directory.file("text.so", "Just some text.\n"),
        &["not a module"],
    );
    expect_refused(&directory.file("empty.so", ""), &["empty"]);
    let cut = fs::read(module_file("hello")).expect("the module can be read");
    expect_refused(
        &directory.file("cut.so", &cut[..1000]),
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
    expect_refused(&directory.path().join("missing.so"), &["cannot be loaded"]);
}

#[test]
fn a_module_without_terminate_extension_runs_and_stops() {
    let server = TestServer::builder()
        .module("/optional.dll", &module_file("c-no_terminate"))
        .start();
    server.get("/optional.dll").expect(200, "no terminate\n");
    server
        .stop(std::time::Duration::from_secs(30))
        .expect("nothing is busy");
}
