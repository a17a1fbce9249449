//! `HSE_REQ_NORMALIZE_URL`.

use isapi_test_support::{Build, Script, TestServer, conformance, narrow};

conformance! {
    tests: [
        a_url_is_decoded_and_its_dots_resolved_in_place,
        what_cannot_be_normalised_is_refused,
    ],
}

fn a_url_is_decoded_and_its_dots_resolved_in_place(build: Build) {
    let server = TestServer::for_scripts(build);
    for (url, expected) in [
        ("/a/b", "/a/b"),
        ("/a%20b", "/a b"),
        ("/a/./b", "/a/b"),
        ("/a/x/../b", "/a/b"),
        ("/a/%2e%2e/b", "/b"),
        ("/a%2fb", "/a/b"),
        ("/%e4%b8%ad", "/\u{4e2d}"),
        ("/a/../b?c=%20&d=/../x", "/b?c=%20&d=/../x"),
    ] {
        Script::new(&[&format!("normalize {url}")])
            .run(&server)
            .expect(&[&format!("normalize TRUE {:?}", journaled(expected))]);
    }
}

/// A text as the script extension writes it to its journal, which is UTF-8.
fn journaled(text: &str) -> String {
    String::from_utf8_lossy(&narrow(text)).into_owned()
}

fn what_cannot_be_normalised_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    for url in ["/../a", "/a/../../b", "/a%00b", "/a%zz", "/%c0%ae"] {
        let journal = Script::new(&[&format!("normalize {url}"), "mark end"]).run(&server);
        journal.expect(&["normalize FALSE 87", "end"]);
    }
}
