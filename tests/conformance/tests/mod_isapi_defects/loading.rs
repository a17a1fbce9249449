//! Loading and unloading.

use std::thread;

use isapi_test_support::{Build, Extension, Instance, TestServer, conformance, module_file};

conformance! {
    tests: [
        a_stop_says_must_unload_which_is_2,
        a_module_is_loaded_once,
    ],
}

/// Its header has the two flags the wrong way round.
fn a_stop_says_must_unload_which_is_2(build: Build) {
    let instance = Instance::<30>::new(build);
    let server = instance.start();
    server.get("/script.dll").expect_status(200);
    drop(server);
    let again = instance.start();
    assert_eq!(
        instance.lifecycle(&again, "/script.dll"),
        [
            "GetExtensionVersion",
            "TerminateExtension 2",
            "GetExtensionVersion"
        ]
    );
}

/// Its documentation says that it loads and unloads for each request.
fn a_module_is_loaded_once(build: Build) {
    let instance = Instance::<31>::new(build);
    let server = instance.start();
    for _ in 0..3 {
        server.get("/script.dll").expect_status(200);
    }
    assert_eq!(
        instance.lifecycle(&server, "/script.dll"),
        ["GetExtensionVersion"]
    );
}

/// The module refuses and leaves no last error behind: it is unloaded and called all the same.
#[test]
fn an_extension_that_refuses_is_never_called() {
    let server = TestServer::builder()
        .module("/refused.dll", &module_file("c-version_false"))
        .start();
    let response = server.get("/refused.dll").expect_status(500);
    assert!(!response.text().contains("called although"), "{response:?}");
}

/// A lock stays held, on which the next request blocks.
#[test]
fn a_failed_load_blocks_no_later_request() {
    let server = TestServer::builder()
        .module("/refused.dll", &module_file("c-version_false"))
        .extension("/hello.dll", Build::SharedObject, Extension::Hello)
        .start();
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| server.get("/refused.dll").expect_status(500));
        }
    });
    server.get("/refused.dll").expect_status(500);
    server.get("/hello.dll").expect_status(200);
}
