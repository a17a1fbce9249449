//! The safe calls of the SDK, on a server and on the SDK's host in memory: both answer the same.

use std::fs::File;

use http::StatusCode;
use isapi_abi::Entry;
use isapi_axum::Access;
use isapi_sdk::testing::TestHost;
use isapi_sdk::{
    AsyncRequest, ExecUrl, Extension, Finish, LoadFailure, Request, Status, VectorSend, Win32Error,
    entry,
};
use isapi_test_support::{TempDir, TestServer};

/// Makes the call that its path names, with the query as the argument, and tells how that went.
struct Caller;

impl Extension for Caller {
    const DESCRIPTION: &'static str = "Makes one call of the SDK";

    fn load() -> Result<Caller, LoadFailure> {
        Ok(Caller)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let argument = unescaped(&request.query());
        let outcome = match &*request.path_info() {
            "/map" => request
                .map_url(&argument)
                .map(|path| path.display().to_string()),
            "/normalize" => request.normalize_url(&argument),
            "/header" => return sent_or_told(&request, request.send_header(&argument, &[])),
            "/length" => {
                let fields = [("Content-Length", &*argument)];
                return sent_or_told(&request, request.send_header("200 OK", &fields));
            }
            "/vector" => return sent_or_told(&request, request.vector_send(&framed(&argument))),
            "/error" => return sent_or_told(&request, request.send_custom_error(&argument, 0)),
            "/exec" => return execute(request, ExecUrl::new(argument)),
            "/method" => return execute(request, ExecUrl::new("/child.dll").method(argument)),
            other => panic!("no call {other}"),
        };
        told(&request, &outcome.unwrap_or_else(shown))
    }
}

/// What a query cannot have in it is written as `%hh`, its percent sign too.
fn unescaped(query: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = query.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        if *byte == b'%' {
            let digits = str::from_utf8(&after[..2]).expect("two digits");
            bytes.push(u8::from_str_radix(digits, 16).expect("two digits"));
            rest = &after[2..];
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}

fn escaped(argument: &str) -> String {
    argument
        .bytes()
        .map(|byte| format!("%{byte:02x}"))
        .collect()
}

/// A file between two pieces of memory.
fn framed(status: &str) -> VectorSend {
    let file = File::open(std::env::current_exe().unwrap()).unwrap();
    VectorSend::new()
        .with_header(status, &[("Content-Type", "text/plain")])
        .memory("<")
        .file_range(file, 1, 3)
        .memory(">")
        .last()
}

fn shown(error: Win32Error) -> String {
    format!("error {}", error.code())
}

fn told(request: &Request<'_>, text: &str) -> Status {
    match request.write(text.as_bytes()) {
        Ok(()) => Status::Success,
        Err(_) => Status::Error,
    }
}

fn sent_or_told(request: &Request<'_>, sent: Result<(), Win32Error>) -> Status {
    match sent {
        Ok(()) => Status::Success,
        Err(error) => told(request, &shown(error)),
    }
}

fn execute(request: Request<'_>, child: ExecUrl) -> Status {
    let (pending, request) = request.into_async();
    let started = request.exec_url(child, |request, completion, _child| {
        let ended = match (completion.result(), request.exec_url_status()) {
            (Ok(_), Ok(status)) => format!(" status {}", status.status),
            (Err(error), _) | (_, Err(error)) => shown(error),
        };
        finish_with(request, &ended);
    });
    if let Err(refused) = started {
        let text = shown(refused.error);
        finish_with(refused.request, &text);
    }
    pending.into()
}

fn finish_with(request: AsyncRequest, text: &str) {
    let written = request.write_sync(text.as_bytes());
    request.finish(match written {
        Ok(()) => Finish::Success,
        Err(_) => Finish::Error,
    });
}

/// Answers as a child.
struct Child;

impl Extension for Child {
    const DESCRIPTION: &'static str = "Says how it was called";

    fn load() -> Result<Child, LoadFailure> {
        Ok(Child)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let text = format!("child {} {}", request.method(), request.query());
        told(&request, &text)
    }
}

/// Each test passes entries of its own: the end of one server ends its extensions.
fn server(caller: Entry, child: Entry) -> (TempDir, TestServer) {
    let directory = TempDir::new();
    let root = directory.file("root/page.html", "page");
    let root = root
        .parent()
        .expect("a file lies in a directory")
        .to_owned();
    let page = directory.file("gone.html", "<p>gone");
    let server = TestServer::builder()
        .entry("/call.dll", caller)
        .entry("/child.dll", child)
        .virtual_directory("/", &root, Access::READ)
        .error_page(StatusCode::NOT_FOUND, None, &page)
        .start();
    (directory, server)
}

mod linked {
    use super::*;

    #[test]
    fn a_url_is_mapped_and_normalised() {
        let (directory, server) = server(entry!(Caller), entry!(Child));
        let path = directory.path().join("root").join("a b.html");
        let mapped = server
            .get("/call.dll/map?/x/../a%2520b.html")
            .text()
            .to_owned();
        assert_eq!(mapped, path.display().to_string());
        let normal = server.get("/call.dll/normalize?/x/../a%2520b?c=%2564");
        assert_eq!(normal.text(), "/a b?c=%64");
    }

    #[test]
    fn a_vector_of_memory_and_a_file_is_one_response() {
        let (_directory, server) = server(entry!(Caller), entry!(Child));
        let response = server.get("/call.dll/vector?201%20Made").expect_status(201);
        assert_eq!(
            response.field("content-type").as_deref(),
            Some("text/plain")
        );
        let start = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert_eq!(response.body, [b"<", &start[1..4], b">"].concat());
    }

    #[test]
    fn another_extension_answers_and_its_status_is_known() {
        let (_directory, server) = server(entry!(Caller), entry!(Child));
        let response = server.get("/call.dll/exec?/child.dll%3fa=1");
        assert_eq!(response.text(), "child GET a=1 status 200");
        let response = server.get("/call.dll/method?PURGE");
        assert_eq!(response.text(), "child PURGE  status 200");
    }

    #[test]
    fn the_page_for_an_error_is_the_response() {
        let (_directory, server) = server(entry!(Caller), entry!(Child));
        let response = server.get("/call.dll/error?404%20Not%20Found");
        assert_eq!(response.expect_status(404).text(), "<p>gone");
        // Of the other error there is no page.
        let response = server.get("/call.dll/error?403%20Forbidden");
        assert_eq!(response.text(), "error 2");
    }

    #[test]
    fn the_host_in_memory_refuses_what_a_server_refuses() {
        let (_directory, server) = server(entry!(Caller), entry!(Child));
        let host = TestHost::load(entry!(Caller)).unwrap();
        for (call, arguments) in [
            ("map", URLS),
            ("normalize", URLS),
            ("exec", URLS),
            ("method", &["", "GET", "get", "X-Y", "A B", "A(B)", "ä"]),
            ("header", STATUSES),
            ("vector", STATUSES),
            ("error", STATUSES),
            (
                "length",
                &["", "0", "1x", "-1", "+1", "18446744073709551616"],
            ),
        ] {
            for argument in arguments {
                // The request's own, which is another in each.
                if call == "map" && argument.is_empty() {
                    continue;
                }
                let target = format!("/{call}?{}", escaped(argument));
                let on_server = server.get(&format!("/call.dll{target}"));
                let in_memory = host
                    .get(&target)
                    .map_directory("/", "/srv", 1)
                    .error_page(404, 0, "<p>gone")
                    .start()
                    .finish();
                let error = |text: &str| text.starts_with("error ").then(|| text.to_owned());
                let expected = error(&String::from_utf8_lossy(&on_server.body));
                let found = error(&in_memory.body_text());
                assert_eq!(found, expected, "{call} {argument:?}");
            }
        }
    }
}

const URLS: &[&str] = &[
    "",
    "relative",
    "?a",
    "/",
    "/a/b?c",
    "//",
    "/a//b",
    "/./a",
    "/a/..",
    "/..",
    "/a/../..",
    "/%2e%2e",
    "/a#b",
    "/a?b#c",
    "/a b",
    "/ä",
    "/\u{85}",
    "/a\r\nX: 1",
    "/\u{7f}",
    "/a?\u{7f}",
    "/a\\b",
    "/%5c",
    "/%zz",
    "/%",
    "/%a",
    "/%+1",
    "/%ff",
    "/%00",
    "/%2541",
    "/%25u0041",
    "/%25",
    "/%25%",
    "/a:b",
    "/a:b/../..",
    "/a*",
    "/%3f",
    "/a.",
    "/a%20",
    "/.;x",
    "/..;x/a",
    "/a;x",
    "/HELLO~1.DLL",
    "/a~b",
    "/aux",
    "/Aux.txt",
    "/com1",
    "/com10",
    "/lpt\u{b9}",
    "/conin$",
    "/com",
    "/con /x",
    "http://host",
    "http://host/",
    "HTTPS://host:80/a?b",
    "http://host:/a",
    "http://host:99999/",
    "http://:80/",
    "http:///a",
    "http://[::1]:80/a",
    "http://[::1/",
    "http://[x]/",
    "http://a@b/",
    "http://host?a",
    "http://host/../a",
    "ftp://host/",
    "a://b",
    "http:/a",
];

const STATUSES: &[&str] = &[
    "",
    " ",
    "404 Not Found",
    "404",
    " 404 ",
    "404\tX",
    "404X",
    "40 X",
    "4040",
    "Not Found",
    "100 X",
    "199",
    "200 OK",
    "099 X",
    "999 X",
    "-04 X",
    "+404",
    "HTTP/1.1 404 X",
    "http/2 404",
    "HTTP/1.1",
    "HTTP/1.1 ",
    "HTTP/x 404",
    "HTTP/ 404",
    "HTTP/1.10 404",
    "404 ä",
];
