//! Modules that cannot be loaded: their URL answers 500 with the reason, nothing else is affected.

use std::fs;
use std::ops::Range;
use std::path::Path;

use isapi_test_support::{
    Build, Extension, TempDir, TestServer, is_windows, logs, module_file, module_name,
};

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
    let is_aarch64 = cfg!(target_arch = "aarch64");
    let name = if is_aarch64 { "x86_64" } else { "aarch64" };
    if is_windows() {
        let machine: u16 = if is_aarch64 { 0x8664 } else { 0xaa64 };
        let place = pe_machine(&module);
        module[place].copy_from_slice(&machine.to_le_bytes());
    } else {
        // The machine in an ELF header.
        let machine: u16 = if is_aarch64 { 62 } else { 183 };
        module[18..20].copy_from_slice(&machine.to_le_bytes());
    }
    let path = directory.file(&module_name("foreign"), &module);
    expect_refused(&path, &[name, "193"]);
}

#[test]
fn a_module_of_32_bits_is_refused() {
    let directory = TempDir::new();
    let mut module = fs::read(module_file("hello")).expect("the module can be read");
    if is_windows() {
        let machine = pe_machine(&module);
        // Behind the 20 bytes of the file header: that the rest is of 32 bits.
        let format = machine.start + 20..machine.start + 22;
        module[machine].copy_from_slice(&0x014c_u16.to_le_bytes());
        module[format].copy_from_slice(&0x010b_u16.to_le_bytes());
    } else {
        // The class in an ELF header: 32 bits.
        module[4] = 1;
    }
    let path = directory.file(&module_name("bits"), &module);
    expect_refused(&path, &["32", "193"]);
}

/// Where a PE file says which machine it is for.
fn pe_machine(module: &[u8]) -> Range<usize> {
    let offset = module[0x3c..0x40].try_into().expect("four bytes");
    let signature = usize::try_from(u32::from_le_bytes(offset)).expect("it is in the file");
    signature + 4..signature + 6
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
    let (module, platform) = if is_windows() {
        let mut module = b"\x7fELF\x02\x01\x01".to_vec();
        module.resize(0x200, 0);
        // A shared object, for x86_64.
        module[16..20].copy_from_slice(&[3, 0, 62, 0]);
        (module, "Linux")
    } else {
        let mut module = b"MZ".to_vec();
        module.resize(0x200, 0);
        module[0x3c] = 0x80;
        module[0x80..0x86].copy_from_slice(b"PE\0\0\x64\x86");
        (module, "Windows")
    };
    let path = directory.file(&module_name("other"), &module);
    expect_refused(&path, &[platform]);
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
