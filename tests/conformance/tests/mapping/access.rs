//! Access flags of virtual directories: IIS's Read, Script and Execute.

use std::fs;

use isapi_axum::Access;
use isapi_test_support::{
    Build, Extension, Handler, Script, TempDir, TestServer, conformance, module_file, module_name,
};

conformance! {
    tests: [
        a_module_runs_only_with_execute,
        a_script_runs_with_script_or_execute,
        a_file_is_sent_only_with_read,
    ],
}

/// A site whose directories `/READ`, `/SCRIPT` and `/EXECUTE` hold the same and allow one thing.
fn site(build: Build) -> (TempDir, TestServer) {
    let site = TempDir::new();
    let mut server = TestServer::builder()
        .scripts(build)
        .static_files(site.path());
    for (name, access) in [
        ("READ", Access::READ),
        ("SCRIPT", Access::SCRIPT),
        ("EXECUTE", Access::EXECUTE),
    ] {
        site.copy(
            &module_file("hello"),
            &format!("{name}/{}", module_name("hello")),
        );
        site.file(&format!("{name}/page.txt"), "a page");
        site.file(&format!("{name}/run.ext"), "a script");
        let path = site.path().join(name);
        server = server.virtual_directory(&format!("/{name}"), &path, access);
    }
    let handler = Handler::new("*.ext", build, Extension::Script);
    let server = server.handler(handler).start();
    (site, server)
}

fn a_module_runs_only_with_execute(build: Build) {
    let (_site, server) = site(build);
    server.get("/EXECUTE/hello.dll").expect_status(200);
    server.get("/SCRIPT/hello.dll").expect_status(403);
    let refused = server.get("/READ/hello.dll").expect_status(403);
    let module = fs::read(module_file("hello")).expect("the module can be read");
    assert!(!refused.body.starts_with(&module[..4]), "it is not sent");
}

fn a_script_runs_with_script_or_execute(build: Build) {
    let (_site, server) = site(build);
    for (directory, status) in [("SCRIPT", 200), ("EXECUTE", 200), ("READ", 403)] {
        let script = Script::new(&["header 1|200 OK|A: b\r\n\r\n", "write ran"]);
        let (_, query) = script
            .target()
            .split_once('?')
            .expect("a script is a query");
        let response = server.get(&format!("/{directory}/run.ext?{query}"));
        let response = response.expect_status(status);
        assert_eq!(response.text() == "ran", status == 200, "{response:?}");
    }
}

fn a_file_is_sent_only_with_read(build: Build) {
    let (_site, server) = site(build);
    server.get("/READ/page.txt").expect(200, "a page");
    server.get("/SCRIPT/page.txt").expect_status(403);
    server.get("/EXECUTE/page.txt").expect_status(403);
}
