//! The two forms of PATH_INFO of a script map.

use std::path::Path;

use isapi_test_support::{
    Build, Extension, Handler, Journal, Script, TempDir, TestServer, conformance, shown_path,
};

conformance! {
    tests: [
        a_script_is_its_own_path_info,
        with_allow_path_info_it_is_what_follows_the_script,
        a_path_pattern_is_its_own_path_info,
    ],
}

const FIELDS: [&str; 5] = [
    "field lpszPathInfo",
    "field lpszPathTranslated",
    "variable PATH_INFO",
    "variable PATH_TRANSLATED",
    "variable SCRIPT_NAME",
];

fn site(build: Build, pattern: &str, allow_path_info: bool) -> (TempDir, TestServer) {
    let site = TempDir::new();
    site.file("v/p.ext", "a script");
    let handler = Handler::new(pattern, build, Extension::Script).allow_path_info(allow_path_info);
    let server = TestServer::builder()
        .scripts(build)
        .directory("/", site.path())
        .handler(handler)
        .start();
    (site, server)
}

/// Runs a script at another URL.
#[track_caller]
fn run_at(server: &TestServer, url: &str) -> Journal {
    let script = Script::new(&FIELDS);
    let (_, query) = script
        .target()
        .split_once('?')
        .expect("a script is a query");
    server.get(&format!("{url}?{query}")).expect_status(200);
    script.finished(server)
}

#[track_caller]
fn expect(journal: &Journal, path_info: &str, translated: &Path, script_name: &str) {
    let translated = shown_path(translated);
    let variable = |name: &str, value: &str| format!("{name} {} {value:?}", value.len() + 1);
    journal.expect(&[
        &format!("lpszPathInfo {path_info:?}"),
        &format!("lpszPathTranslated {translated:?}"),
        &variable("PATH_INFO", path_info),
        &variable("PATH_TRANSLATED", &translated),
        &variable("SCRIPT_NAME", script_name),
    ]);
}

fn a_script_is_its_own_path_info(build: Build) {
    let (site, server) = site(build, "*.ext", false);
    let journal = run_at(&server, "/v/p.ext");
    expect(
        &journal,
        "/v/p.ext",
        &site.path().join("v/p.ext"),
        "/v/p.ext",
    );
}

fn with_allow_path_info_it_is_what_follows_the_script(build: Build) {
    let (site, server) = site(build, "*.ext", true);
    let journal = run_at(&server, "/v/p.ext/zip");
    expect(&journal, "/zip", &site.path().join("zip"), "/v/p.ext");
    let journal = run_at(&server, "/v/p.ext");
    assert_eq!(journal.value("lpszPathInfo "), "\"\"");
}

/// A URL without an ending.
fn a_path_pattern_is_its_own_path_info(build: Build) {
    let (site, server) = site(build, "/app/*", false);
    let journal = run_at(&server, "/app/orders/7");
    let path = site.path().join("app/orders/7");
    expect(&journal, "/app/orders/7", &path, "/app/orders/7");
}
