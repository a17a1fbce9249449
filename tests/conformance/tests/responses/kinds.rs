//! Every kind of response that an extension can make, for clients of every kind.

use http::StatusCode;
use isapi_test_support::{Build, Script, TempDir, TestServer, TestServerBuilder};

/// A kind of response.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What a failure calls it.
    pub(crate) name: &'static str,
    /// A script that makes it, and whose end is `return 1` or a completion.
    pub(crate) script: Script,
    pub(crate) status: u16,
    pub(crate) body: String,
    /// Whether its head tells a length; without one the end is told by chunks or by a close.
    pub(crate) has_length: bool,
}

/// The files of a site: one that is sent, and an error page.
const FILE: &str = "a file of the site";
const PAGE: &str = "<p>a configured page</p>";

/// The site that the kinds need: static files, and a page for 410.
pub(crate) fn site(build: Build) -> (TempDir, TestServerBuilder) {
    let site = TempDir::new();
    site.file("file.txt", FILE);
    let page = site.file("410.html", PAGE);
    let server = TestServer::builder()
        .scripts(build)
        .static_files(site.path())
        .error_page(StatusCode::GONE, None, &page);
    (site, server)
}

/// All kinds, made anew for each client.
pub(crate) fn kinds(site: &TempDir) -> Vec<Kind> {
    [sent_synchronously(), sent_asynchronously(site), by_others()]
        .into_iter()
        .flatten()
        .collect()
}

fn kind(name: &'static str, status: u16, body: &str, has_length: bool, steps: &[&str]) -> Kind {
    Kind {
        name,
        script: Script::new(steps),
        status,
        body: body.to_owned(),
        has_length,
    }
}

fn sent_synchronously() -> Vec<Kind> {
    let length = "Content-Length: 4\r\n\r\n";
    vec![
        kind("nothing", 200, "", true, &["return 1"]),
        kind("an error", 500, "", true, &["return 4"]),
        kind("a status alone", 403, "", true, &["http_status 403"]),
        kind(
            "writes with a length",
            200,
            "some",
            true,
            &[&format!("header 1|200 OK|{length}"), "write so", "write me"],
        ),
        kind(
            "writes without a length",
            404,
            "some",
            false,
            &[
                "header 1|404 Not Found|A: b\r\n\r\n",
                "write so",
                "write me",
            ],
        ),
        kind(
            "a body behind the old head",
            200,
            "some",
            false,
            &["old_header 200 OK|A: b\r\n\r\nso", "write me"],
        ),
        kind("writes without a head", 200, "some", false, &["write some"]),
        kind(
            "a raw head",
            203,
            "some",
            true,
            &[&format!("write HTTP/1.1 203 Raw\r\n{length}some")],
        ),
        kind(
            "a raw head without a length",
            203,
            "some",
            false,
            &["write HTTP/1.1 203 Raw\r\nA: b\r\n\r\nsome"],
        ),
        kind(
            "chunks of the extension",
            200,
            "some",
            false,
            &[
                "header 1|200 OK|Transfer-Encoding: chunked\r\n\r\n",
                "write 4\r\nsome\r\n0\r\n\r\n",
            ],
        ),
        kind(
            "a vector",
            200,
            "some",
            true,
            &[&format!(
                "vector flags=9|status=200 OK|headers={length}|memory=so|memory=me"
            )],
        ),
        kind(
            "a vector without a length",
            200,
            "some",
            false,
            &["vector flags=9|status=200 OK|headers=A: b\r\n\r\n|memory=some"],
        ),
        kind(
            "a redirect",
            302,
            "",
            true,
            &["redirect http://other.example/"],
        ),
        kind(
            "an error page",
            410,
            PAGE,
            true,
            &["custom_error 410 Gone|0"],
        ),
    ]
}

fn sent_asynchronously(site: &TempDir) -> Vec<Kind> {
    let open = format!("open {}", site.path().join("file.txt").display());
    let length = format!("Content-Length: {}\r\n\r\n", FILE.len());
    let end = ["return 3", "[completion]", "done"];
    let with_end = |steps: &[&str]| Script::new(&[&["io_completion"], steps, &end].concat());
    let asynchronous = |name, status, body: &str, has_length, steps: &[&str]| Kind {
        name,
        script: with_end(steps),
        status,
        body: body.to_owned(),
        has_length,
    };
    vec![
        asynchronous(
            "an asynchronous write",
            200,
            "some",
            false,
            &["header 1|200 OK|A: b\r\n\r\n", "write_async some"],
        ),
        asynchronous(
            "a file",
            200,
            FILE,
            true,
            &[
                &open,
                &format!("transmit flags=10|status=200 OK|head={length}"),
            ],
        ),
        asynchronous(
            "a file without a length",
            200,
            FILE,
            false,
            &[&open, "transmit flags=10|status=200 OK|head=A: b\r\n\r\n"],
        ),
        asynchronous(
            "an asynchronous vector with a file",
            200,
            FILE,
            true,
            &[
                &open,
                &format!("vector flags=10|status=200 OK|headers={length}|file=0,0"),
            ],
        ),
        asynchronous(
            "an asynchronous error page",
            410,
            PAGE,
            true,
            &["custom_error 410 Gone|0|1"],
        ),
    ]
}

/// By a child.
fn by_others() -> Vec<Kind> {
    let parent = |name, status, body: &str, has_length, url: &str| Kind {
        name,
        script: Script::new(&[
            "io_completion",
            &format!("exec_url url={url}"),
            "return 3",
            "[completion]",
            "done",
        ]),
        status,
        body: body.to_owned(),
        has_length,
    };
    let with_length = Script::new(&["header 1|202 Taken|Content-Length: 4\r\n\r\n", "write some"]);
    let without = Script::new(&["header 1|202 Taken|A: b\r\n\r\n", "write so", "write me"]);
    vec![
        parent("a child", 202, "some", true, with_length.target()),
        parent(
            "a child without a length",
            202,
            "some",
            false,
            without.target(),
        ),
        parent("a static file", 200, FILE, true, "/file.txt"),
    ]
}
