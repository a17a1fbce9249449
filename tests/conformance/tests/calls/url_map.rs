//! The four forms of `HSE_REQ_MAP_URL_TO_PATH`.

use isapi_axum::Access;
use isapi_test_support::{Build, Script, TempDir, TestServer, conformance, shown_path};

conformance! {
    tests: [
        a_url_becomes_the_path_of_its_directory,
        a_small_buffer_is_left_alone_and_the_size_is_told,
        no_url_is_that_of_the_request,
        no_url_leaves_its_root,
        a_malformed_url_is_refused,
        flags_and_the_matching_part_are_told,
        a_long_path_is_truncated_with_122,
        null_pointers_are_refused,
    ],
}

/// The root, and a directory `/scripts` that lies elsewhere.
fn server(build: Build) -> (TempDir, TestServer) {
    let directory = TempDir::new();
    directory.file("root/page.html", "page");
    directory.file("elsewhere/script.txt", "script");
    let (root, elsewhere) = (
        directory.path().join("root"),
        directory.path().join("elsewhere"),
    );
    let server = TestServer::builder()
        .scripts(build)
        .virtual_directory("/", &root, Access::READ)
        .virtual_directory("/scripts", &elsewhere, Access::SCRIPT | Access::EXECUTE)
        .start();
    (directory, server)
}

/// The path as it is shown in a journal.
fn shown(directory: &TempDir, relative: &str) -> String {
    shown_path(&directory.path().join(relative))
}

fn a_url_becomes_the_path_of_its_directory(build: Build) {
    let (directory, server) = server(build);
    for (url, relative) in [
        ("/page.html", "root/page.html"),
        ("/missing/page.html", "root/missing/page.html"),
        ("/scripts/a/b.txt", "elsewhere/a/b.txt"),
        ("/scripts/./a/../b.txt", "elsewhere/b.txt"),
        ("/a%20b.txt", "root/a b.txt"),
    ] {
        let path = shown(&directory, relative);
        let (bytes, wide_bytes) = (path.len() + 1, 2 * (path.encode_utf16().count() + 1));
        Script::new(&[&format!("map_url {url}"), &format!("map_unicode_url {url}")])
            .run(&server)
            .expect(&[
                &format!("map_url TRUE {bytes} {path:?}"),
                &format!("map_unicode_url TRUE {wide_bytes} {path:?}"),
            ]);
    }
}

fn a_small_buffer_is_left_alone_and_the_size_is_told(build: Build) {
    let (directory, server) = server(build);
    let url = "/page.html";
    let path = shown(&directory, "root/page.html");
    let needed = path.len() + 1;
    let script = Script::new(&[
        &format!("map_url {url}|{needed}"),
        &format!("map_url {url}|{}", needed - 1),
        &format!("map_url {url}|{}", url.len() + 1),
        &format!("map_url {url}|0"),
        &format!("map_unicode_url {url}|{}", 2 * needed),
        &format!("map_unicode_url {url}|{}", 2 * needed - 1),
        &format!("map_unicode_url {url}|{}", 2 * needed - 2),
        &format!("map_unicode_url {url}|0"),
    ]);
    let refused = format!("map_url FALSE 122 {needed} untouched");
    let refused_wide = format!("map_unicode_url FALSE 122 {} untouched", 2 * needed);
    script.run(&server).expect(&[
        &format!("map_url TRUE {needed} {path:?}"),
        &refused,
        &refused,
        &refused,
        &format!("map_unicode_url TRUE {} {path:?}", 2 * needed),
        &refused_wide,
        &refused_wide,
        &refused_wide,
    ]);
}

fn no_url_is_that_of_the_request(build: Build) {
    let (directory, server) = server(build);
    let path = shown(&directory, "root/script.dll");
    let journal = Script::new(&["map_url ", "map_unicode_url "]).run(&server);
    journal.expect(&[
        &format!("map_url TRUE {} {path:?}", path.len() + 1),
        &format!("map_unicode_url TRUE {} {path:?}", 2 * (path.len() + 1)),
    ]);
}

fn no_url_leaves_its_root(build: Build) {
    let (_directory, server) = server(build);
    for url in [
        "/a/../../etc/passwd",
        "/../etc/passwd",
        "/%2e%2e/etc/passwd",
        "/scripts/../../elsewhere",
    ] {
        let journal = Script::new(&[
            &format!("map_url {url}"),
            &format!("map_unicode_url {url}"),
            &format!("map_url_ex {url}"),
        ])
        .run(&server);
        for line in [
            "map_url FALSE 87",
            "map_unicode_url FALSE 87",
            "map_url_ex FALSE 87",
        ] {
            let is_refused = journal.lines().iter().any(|have| have.starts_with(line));
            assert!(is_refused, "no {line} for {url} in {journal:#?}");
        }
    }
}

fn a_malformed_url_is_refused(build: Build) {
    let (_directory, server) = server(build);
    for url in [
        "page.html",
        "http://test/page.html",
        "/%zz",
        "/a%00b",
        "/\u{7f}",
    ] {
        let journal =
            Script::new(&[&format!("map_url {url}"), &format!("map_url_ex {url}")]).run(&server);
        assert!(
            journal.value("map_url ").starts_with("FALSE 87"),
            "{journal:#?}"
        );
        assert!(
            journal.value("map_url_ex ").starts_with("FALSE 87"),
            "{journal:#?}"
        );
    }
}

fn flags_and_the_matching_part_are_told(build: Build) {
    let (directory, server) = server(build);
    let root = shown(&directory, "root");
    let elsewhere = shown(&directory, "elsewhere");
    // HSE_URL_FLAGS_READ; HSE_URL_FLAGS_EXECUTE and HSE_URL_FLAGS_SCRIPT.
    for (url, path, flags, matching_path, matching_url) in [
        (
            "/page.html",
            shown(&directory, "root/page.html"),
            "0x1",
            root.len(),
            0,
        ),
        (
            "/scripts/b.txt",
            shown(&directory, "elsewhere/b.txt"),
            "0x204",
            elsewhere.len(),
            8,
        ),
    ] {
        let answer =
            format!("TRUE {path:?} {flags} {matching_path} {matching_url} reserved untouched");
        Script::new(&[
            &format!("map_url_ex {url}"),
            &format!("map_unicode_url_ex {url}"),
        ])
        .run(&server)
        .expect(&[
            &format!("map_url_ex {answer}"),
            &format!("map_unicode_url_ex {answer}"),
        ]);
    }
}

/// As on IIS 6: `MAX_PATH` characters with the NUL, and FALSE.
fn a_long_path_is_truncated_with_122(build: Build) {
    let (directory, server) = server(build);
    let url = format!("/{}", ["name"; 80].join("/"));
    let path = shown(&directory, &format!("root{url}"));
    let truncated = &path[..259];
    let root = shown(&directory, "root").len();
    let answer = format!("FALSE 122 {truncated:?} 0x1 {root} 0 reserved untouched");
    Script::new(&[
        &format!("map_url_ex {url}"),
        &format!("map_unicode_url_ex {url}"),
    ])
    .run(&server)
    .expect(&[
        &format!("map_url_ex {answer}"),
        &format!("map_unicode_url_ex {answer}"),
    ]);
}

fn null_pointers_are_refused(build: Build) {
    let (_directory, server) = server(build);
    for code in [1001, 1012, 1023, 1024] {
        Script::new(&[&format!("support {code}")])
            .run(&server)
            .expect(&[&format!("support {code} FALSE 87")]);
    }
}
