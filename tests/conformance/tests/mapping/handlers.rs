//! Handlers: patterns, verbs, files that must exist, order.

use isapi_axum::ResourceType;
use isapi_test_support::{Build, Extension, Handler, Script, TempDir, TestServer, conformance};

conformance! {
    tests: [
        a_verb_that_is_not_listed_does_not_reach_the_extension,
        without_a_list_every_verb_reaches_the_extension,
        a_file_that_must_exist_and_does_not_is_404,
        the_first_handler_that_matches_runs,
        a_directory_is_its_default_document,
    ],
}

fn a_verb_that_is_not_listed_does_not_reach_the_extension(build: Build) {
    let handler = Handler::new("*.ext", build, Extension::Script).verbs(&["GET", "POST"]);
    let server = TestServer::builder()
        .scripts(build)
        .handler(handler)
        .start();
    let script = Script::new(&["mark ran"]);
    let (_, query) = script
        .target()
        .split_once('?')
        .expect("a script is a query");
    let target = format!("/a.ext?{query}");
    let mut client = server.connect();
    client.send(format!("DELETE {target} HTTP/1.1\r\nHost: test\r\n\r\n"));
    let response = client.read_response().expect_status(405);
    assert_eq!(response.field("Allow").as_deref(), Some("GET, POST"));
    script.post(&server, "asked");
    assert_eq!(script.wait(&server, "asked").lines(), ["asked"]);

    server.get(&target).expect_status(200);
    server.post(&target, "body").expect_status(200);
}

fn without_a_list_every_verb_reaches_the_extension(build: Build) {
    let server = TestServer::builder()
        .scripts(build)
        .handler(Handler::new("*.ext", build, Extension::Script))
        .start();
    for verb in ["GET", "DELETE", "PROPFIND", "PURGE"] {
        let script = Script::new(&["field lpszMethod"]);
        let target = script.target().replace("/script.dll", "/a.ext");
        let mut client = server.connect();
        client.send(format!("{verb} {target} HTTP/1.1\r\nHost: test\r\n\r\n"));
        client.read_response().expect_status(200);
        script
            .finished(&server)
            .expect(&[&format!("lpszMethod {verb:?}")]);
    }
}

fn a_file_that_must_exist_and_does_not_is_404(build: Build) {
    // A script map and a wildcard map.
    for pattern in ["*.ext", "*"] {
        let site = TempDir::new();
        site.file("there.ext", "a script");
        let handler =
            Handler::new(pattern, build, Extension::Script).resource_type(ResourceType::File);
        let server = TestServer::builder()
            .long_queries()
            .directory("/", site.path())
            .handler(handler)
            .start();
        let script = Script::new(&["mark ran"]);
        let (_, query) = script
            .target()
            .split_once('?')
            .expect("a script is a query");
        server
            .get(&format!("/missing.ext?{query}"))
            .expect_status(404);
        server
            .get(&format!("/there.ext?{query}"))
            .expect_status(200);
        let asked = Script::new(&[&format!("dump {}|return 1", script.name())]);
        let asked = asked.target().replace("/script.dll", "/there.ext");
        let journal = server.get(&asked).expect_status(200);
        assert_eq!(
            journal.text(),
            "HttpExtensionProc\nran\nreturn 1",
            "{pattern}"
        );
    }
}

fn the_first_handler_that_matches_runs(build: Build) {
    let server = TestServer::builder()
        .scripts(build)
        .handler(Handler::new("/one/*.ext", build, Extension::Hello))
        .handler(Handler::new("*.ext", build, Extension::Script))
        .handler(Handler::new("/two/*", build, Extension::Hello))
        .start();
    let hello = server.get("/one/a.ext").expect_status(200).body;
    assert!(!hello.is_empty());
    // The script extension has nothing to say where there is no script.
    server.get("/two/a.ext").expect(200, "");
    server.get("/two/a").expect(200, hello);
}

fn a_directory_is_its_default_document(build: Build) {
    let site = TempDir::new();
    site.file("plain/index.html", "a page");
    site.file("run/default.ext", "a script");
    site.file("run/index.html", "another page");
    let handler = Handler::new("*.ext", build, Extension::Script);
    let server = TestServer::builder()
        .scripts(build)
        .static_files(site.path())
        .directory("/", site.path())
        .handler(handler)
        .default_documents(&["default.ext", "index.html"])
        .start();
    server.get("/plain/").expect(200, "a page");
    let script = Script::new(&["header 1|200 OK|A: b\r\n\r\n", "write ran"]);
    let (_, query) = script
        .target()
        .split_once('?')
        .expect("a script is a query");
    server.get(&format!("/run/?{query}")).expect(200, "ran");
}
