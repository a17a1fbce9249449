//! How a URL is split into the extension and what is behind it.

use isapi_test_support::{
    Build, Extension, Journal, Script, TempDir, TestServer, conformance, module_name,
};

conformance! {
    tests: [
        the_rest_of_the_path_is_path_info,
        path_info_is_decoded_once,
        dot_segments_are_resolved_before_the_split,
        an_extension_behind_another_url_is_another_script_name,
        a_module_in_a_folder_is_found_at_its_path,
        a_name_may_have_several_dots,
    ],
}

const STEPS: [&str; 3] = [
    "variable SCRIPT_NAME",
    "field lpszPathInfo",
    "variable PATH_INFO",
];

fn run(server: &TestServer, path: &str) -> Journal {
    let script = Script::new(&STEPS);
    let query = script
        .target()
        .split_once('?')
        .expect("a script is a query")
        .1;
    server.get(&format!("{path}?{query}")).expect_status(200);
    script.finished(server)
}

fn split(script_name: &str, path_info: &str) -> [String; 3] {
    [
        format!("SCRIPT_NAME {} {script_name:?}", script_name.len() + 1),
        format!("lpszPathInfo {path_info:?}"),
        format!("PATH_INFO {} {path_info:?}", path_info.len() + 1),
    ]
}

#[track_caller]
fn expect_split(server: &TestServer, path: &str, script_name: &str, path_info: &str) {
    let expected = split(script_name, path_info);
    run(server, path).expect(&expected.each_ref().map(String::as_str));
}

fn the_rest_of_the_path_is_path_info(build: Build) {
    let server = TestServer::for_scripts(build);
    expect_split(&server, "/script.dll", "/script.dll", "");
    expect_split(&server, "/script.dll/", "/script.dll", "/");
    expect_split(
        &server,
        "/script.dll/a/b.dll/c",
        "/script.dll",
        "/a/b.dll/c",
    );
}

fn path_info_is_decoded_once(build: Build) {
    let server = TestServer::for_scripts(build);
    expect_split(&server, "/script.dll/a%20b+c", "/script.dll", "/a b+c");
    expect_split(&server, "/%73cript.dll/x", "/script.dll", "/x");
}

fn dot_segments_are_resolved_before_the_split(build: Build) {
    let server = TestServer::for_scripts(build);
    expect_split(&server, "/x/../script.dll/a/./b", "/script.dll", "/a/b");
}

fn an_extension_behind_another_url_is_another_script_name(build: Build) {
    let server = TestServer::builder()
        .extension("/deep/er/name.dll", build, Extension::Script)
        .scripts(build)
        .start();
    expect_split(&server, "/deep/er/name.dll/x", "/deep/er/name.dll", "/x");
    server.get("/deep/er/other.dll").expect_status(404);
}

fn a_module_in_a_folder_is_found_at_its_path(build: Build) {
    if build == Build::Linked {
        // A linked-in extension has no file; what is at its URL wins over a folder there.
        let directory = TempDir::new();
        directory.file("script.dll", "not a module");
        let server = TestServer::builder()
            .directory("/", directory.path())
            .scripts(build)
            .start();
        return expect_split(&server, "/script.dll/x", "/script.dll", "/x");
    }
    let directory = TempDir::new();
    directory.copy(
        &Extension::Script.module(build),
        &format!("sub/folder/{}", module_name("script")),
    );
    let server = TestServer::builder()
        .directory("/scripts", directory.path())
        .scripts(build)
        .start();
    // The name may end in .dll everywhere.
    for name in [&module_name("script"), "script.dll"] {
        let path = format!("/scripts/sub/folder/{name}");
        let script = Script::new(&STEPS);
        let query = script
            .target()
            .split_once('?')
            .expect("a script is a query")
            .1;
        server
            .get(&format!("{path}/info?{query}"))
            .expect_status(200);
        let journal = script.finished_at(&server, "/scripts/sub/folder/script.dll");
        journal.expect(&split(&path, "/info").each_ref().map(String::as_str));
    }
}

fn a_name_may_have_several_dots(build: Build) {
    let directory = TempDir::new();
    let server = match build {
        Build::Linked => TestServer::builder().extension("/a.b.dll", build, Extension::Script),
        Build::C | Build::SharedObject => {
            directory.copy(&Extension::Script.module(build), &module_name("a.b"));
            TestServer::builder().directory("/", directory.path())
        }
    };
    let server = server.long_queries().start();
    let script = Script::new(&STEPS);
    let target = script.target().replace("/script.dll", "/a.b.dll/c.d.dll");
    server.get(&target).expect_status(200);
    let journal = script.finished_at(&server, "/a.b.dll");
    let expected = split("/a.b.dll", "/c.d.dll");
    journal.expect(&expected.each_ref().map(String::as_str));
}
