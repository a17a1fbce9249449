//! The structure in which an extension gives its description and its version.

use isapi_test_support::{Build, Instance, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        it_is_empty_when_the_extension_gets_it,
        a_description_without_a_terminator_is_cut_at_its_256_bytes,
        a_version_above_the_hosts_is_no_reason_to_refuse,
    ],
}

fn it_is_empty_when_the_extension_gets_it(build: Build) {
    let instance = Instance::<23>::new(build);
    let server = instance.start();
    assert_eq!(
        instance.lifecycle(&server, "/script.dll"),
        ["GetExtensionVersion"]
    );
}

fn a_description_without_a_terminator_is_cut_at_its_256_bytes(build: Build) {
    let server = TestServer::for_scripts(build);
    server.get("/script.dll").expect_status(200);
    let line = logs::expect_line(&[&"s".repeat(256)]);
    assert!(!line.contains(&"s".repeat(257)), "{line}");
}

/// GNU MyServer refused those.
fn a_version_above_the_hosts_is_no_reason_to_refuse(build: Build) {
    let server = TestServer::for_scripts(build);
    // The script extension says 0x00ff0001.
    let script = Script::new(&["header 1|200 OK|Content-Length: 2\r\n\r\n", "write ok"]);
    script.get(&server).expect(200, "ok");
}
