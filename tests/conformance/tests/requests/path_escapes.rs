//! Paths that try to leave the root: 400 or 404, and nothing is opened.

use std::fs;

use isapi_test_support::{
    Build, Extension, TempDir, TestServer, conformance, module_file, module_name,
};

conformance! {
    tests: [
        no_spelling_of_a_path_leaves_the_folder,
        a_nul_or_an_overlong_encoding_is_refused,
        a_link_out_of_the_folder_runs_nothing,
        a_module_is_never_sent_as_a_file,
    ],
}

/// A folder `site` with a module, and one outside that no URL may reach.
fn site(build: Build) -> (TempDir, TestServer) {
    let directory = TempDir::new();
    let hello = module_file("hello");
    directory.copy(&hello, &format!("site/scripts/{}", module_name("inside")));
    directory.copy(&hello, &module_name("outside"));
    directory.copy(&hello, &format!("site/{}", module_name("outside")));
    let server = TestServer::builder()
        .extension("/linked.dll", build, Extension::Hello)
        .directory("/scripts", &directory.path().join("site/scripts"))
        .start();
    (directory, server)
}

#[track_caller]
fn expect_refused(server: &TestServer, path: &str) {
    let mut client = server.connect();
    client.send([b"GET ", path.as_bytes(), b" HTTP/1.1\r\nHost: test\r\n\r\n"].concat());
    let response = client.read_response();
    assert!(
        matches!(response.status(), 400 | 404),
        "{path}: {response:?}"
    );
    assert!(
        !response.body.starts_with(b"Hello"),
        "{path} ran the module outside"
    );
}

fn no_spelling_of_a_path_leaves_the_folder(build: Build) {
    let (_directory, server) = site(build);
    server.get("/scripts/inside.dll").expect_status(200);
    server.get("/linked.dll").expect_status(200);
    for path in [
        "/scripts/../outside.so",
        "/scripts/../outside.dll",
        "/scripts/../../outside.dll",
        "/scripts/..%2foutside.dll",
        "/scripts/..%2Foutside.dll",
        "/scripts/%2e%2e/outside.dll",
        "/scripts/%2E%2E%2Foutside.dll",
        "/scripts/.%2e/outside.dll",
        "/scripts/..\\outside.dll",
        "/scripts/..%5coutside.dll",
        "/scripts/..%5Coutside.dll",
        "/scripts/%252e%252e/outside.dll",
        "/scripts/%u002e%u002e/outside.dll",
        "/scripts/....//outside.dll",
        "/scripts/inside/../../outside.dll",
        "/scripts/C:outside.dll",
        "/scripts/./../outside.dll",
        "/../../outside.dll",
        "/scripts/outsid~1.dll",
        "/scripts/outside.dll.",
        "/scripts/inside.dll::$DATA",
        "/scripts/inside.dll%20",
    ] {
        expect_refused(&server, path);
    }
}

fn a_nul_or_an_overlong_encoding_is_refused(build: Build) {
    let (_directory, server) = site(build);
    for path in [
        "/scripts/inside.dll%00",
        "/scripts/inside%00.dll",
        "/scripts/x%00/inside.dll",
        "/scripts/inside.dll/info%00",
        "/linked.dll%00",
        "/linked.dll/%00",
        "/scripts/%c0%ae%c0%ae/outside.dll",
        "/scripts/..%c0%afoutside.dll",
        "/scripts/%e0%80%ae%e0%80%ae/outside.dll",
        "/scripts/%ff/inside.dll",
        "/scripts/%zz/inside.dll",
        "/scripts/%2/inside.dll",
        "/linked.dll/%0d%0aX:%20y",
    ] {
        expect_refused(&server, path);
    }
}

fn a_link_out_of_the_folder_runs_nothing(build: Build) {
    let (directory, server) = site(build);
    let outside = directory.path().join(module_name("outside"));
    #[cfg(unix)]
    {
        let scripts = directory.path().join("site/scripts");
        std::os::unix::fs::symlink(&outside, scripts.join(module_name("link"))).expect("a link");
        std::os::unix::fs::symlink(directory.path(), scripts.join("up")).expect("a link");
    }
    assert!(fs::exists(outside).is_ok_and(|exists| exists));
    expect_refused(&server, "/scripts/link.dll");
    expect_refused(&server, "/scripts/link.so");
    expect_refused(&server, "/scripts/up/outside.dll");
}

fn a_module_is_never_sent_as_a_file(build: Build) {
    let (directory, server) = site(build);
    let module =
        fs::read(directory.path().join(module_name("outside"))).expect("the copy is there");
    directory.copy(
        &directory.path().join(module_name("outside")),
        "site/scripts/versioned.so.1",
    );
    for path in [
        "/scripts/inside.so",
        "/scripts/inside.SO",
        "/scripts/inside.dll",
        "/scripts/versioned.so.1",
    ] {
        let response = server.get(path);
        assert_ne!(response.body, module, "{path} was sent");
    }
}
