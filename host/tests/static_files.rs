//! `isapi serve DIR`: how files are sent.

mod support;

use support::{Answer, Directory, Server};

const TEXT: &str = "0123456789";

fn site() -> (Directory, Server) {
    let directory = Directory::new();
    directory.write("page.html", "<p>page</p>");
    directory.write("digits.txt", TEXT);
    directory.write("unknown.zzz", "?");
    directory.write("folder/index.html", "index of folder");
    directory.write("bare/file.txt", "no index here");
    let server = Server::start(&["serve", directory.str()]);
    (directory, server)
}

#[track_caller]
fn assert_not_found(answer: &Answer) {
    assert_eq!((answer.status, answer.text()), (404, "404 Not Found\n"));
}

#[test]
fn every_answer_has_a_line_in_the_log() {
    let directory = Directory::new();
    directory.write("page.html", "page");
    directory.write("folder/index.html", "index");
    let server = Server::start(&["serve", directory.str(), "--log", "info"]);
    for (url, status) in [
        ("/page.html", 200),
        ("/none.html", 404),
        ("/folder", 307),
        ("/%2e%2e/page.html", 400),
    ] {
        assert_eq!(server.get(url).status, status, "{url}");
        let line = server.expect_line("isapi::access");
        for part in ["INFO", "remote=127.0.0.1:", &format!("url=\"{url}\"")] {
            assert!(line.contains(part), "no {part} in {line}");
        }
        assert!(line.contains(&format!("status={status}")), "{line}");
    }
}

#[test]
fn a_file_has_content_type_length_etag_and_last_modified() {
    let (_directory, server) = site();
    let answer = server.get("/digits.txt");
    assert_eq!((answer.status, answer.text()), (200, TEXT));
    assert_eq!(answer.field("content-type"), Some("text/plain"));
    assert_eq!(answer.field("content-length"), Some("10"));
    assert_eq!(answer.field("accept-ranges"), Some("bytes"));
    assert!(
        answer.field("etag").is_some_and(|tag| tag.starts_with('"')),
        "{answer:?}"
    );
    assert!(
        answer
            .field("last-modified")
            .is_some_and(|date| date.ends_with(" GMT"))
    );
}

#[test]
fn the_content_type_follows_the_ending() {
    let (_directory, server) = site();
    assert_eq!(
        server.get("/page.html").field("content-type"),
        Some("text/html")
    );
    let unknown = server.get("/unknown.zzz");
    assert_eq!(
        unknown.field("content-type"),
        Some("application/octet-stream")
    );
}

#[test]
fn head_answers_like_get_without_the_body() {
    let (_directory, server) = site();
    let answer = server.request("HEAD", "/digits.txt", "Range: bytes=2-3\r\n");
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.field("content-length"), Some("10"));
}

#[test]
fn other_methods_get_405_with_allow() {
    let (_directory, server) = site();
    for method in ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"] {
        let answer = server.request(method, "/digits.txt", "Content-Length: 0\r\n");
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.field("allow"), Some("GET, HEAD"), "{method}");
    }
}

#[test]
fn an_unchanged_file_is_304_by_its_entity_tag() {
    let (_directory, server) = site();
    let tag = server.get("/digits.txt").field("etag").unwrap().to_owned();
    let answer = server.get_with("/digits.txt", &format!("If-None-Match: {tag}\r\n"));
    assert_eq!(
        (answer.status, answer.field("etag")),
        (304, Some(tag.as_str()))
    );
    assert_eq!(
        server
            .get_with("/digits.txt", "If-None-Match: \"other\"\r\n")
            .status,
        200
    );
    assert_eq!(
        server
            .get_with("/digits.txt", "If-Match: \"other\"\r\n")
            .status,
        412
    );
}

#[test]
fn an_unchanged_file_is_304_by_its_date() {
    let (_directory, server) = site();
    let date = server
        .get("/digits.txt")
        .field("last-modified")
        .unwrap()
        .to_owned();
    let answer = server.get_with("/digits.txt", &format!("If-Modified-Since: {date}\r\n"));
    assert_eq!(answer.status, 304);
    let long_ago = "If-Modified-Since: Mon, 01 Jan 1990 00:00:00 GMT\r\n";
    assert_eq!(server.get_with("/digits.txt", long_ago).status, 200);
}

#[test]
fn a_range_is_sent_alone() {
    let (_directory, server) = site();
    for (range, text, content_range) in [
        ("bytes=2-4", "234", "bytes 2-4/10"),
        ("bytes=7-", "789", "bytes 7-9/10"),
        ("bytes=-2", "89", "bytes 8-9/10"),
    ] {
        let answer = server.get_with("/digits.txt", &format!("Range: {range}\r\n"));
        assert_eq!((answer.status, answer.text()), (206, text), "{range}");
        assert_eq!(answer.field("content-range"), Some(content_range));
    }
}

#[test]
fn a_range_past_the_end_is_416_and_several_ranges_get_the_whole() {
    let (_directory, server) = site();
    let past = server.get_with("/digits.txt", "Range: bytes=10-\r\n");
    assert_eq!(
        (past.status, past.field("content-range")),
        (416, Some("bytes */10"))
    );
    let several = server.get_with("/digits.txt", "Range: bytes=0-1,5-6\r\n");
    assert_eq!((several.status, several.text()), (200, TEXT));
}

#[test]
fn a_suffix_longer_than_the_file_an_unknown_unit_and_an_empty_file_get_the_whole() {
    let (directory, server) = site();
    directory.write("empty.txt", "");
    for (file, range, text) in [
        ("/digits.txt", "bytes=-200", TEXT),
        ("/digits.txt", "Bytes=-200", TEXT),
        ("/digits.txt", "lines=0-1", TEXT),
        ("/empty.txt", "bytes=0-0", ""),
    ] {
        let answer = server.get_with(file, &format!("Range: {range}\r\n"));
        assert_eq!((answer.status, answer.text()), (200, text), "{range}");
    }
    let none = server.get_with("/digits.txt", "Range: bytes=-0\r\n");
    assert_eq!(none.status, 416);
}

#[test]
fn a_range_of_a_changed_file_gets_the_whole() {
    let (_directory, server) = site();
    let tag = server.get("/digits.txt").field("etag").unwrap().to_owned();
    let with = |validator: &str| {
        let fields = format!("Range: bytes=2-4\r\nIf-Range: {validator}\r\n");
        let answer = server.get_with("/digits.txt", &fields);
        (answer.status, answer.text().to_owned())
    };
    assert_eq!(with(&tag), (206, "234".to_owned()));
    assert_eq!(with("\"other\""), (200, TEXT.to_owned()));
    assert_eq!(with(&format!("W/{tag}")), (200, TEXT.to_owned()));
    assert_eq!(
        with("Mon, 01 Jan 1990 00:00:00 GMT"),
        (200, TEXT.to_owned())
    );
}

#[test]
fn a_directory_shows_its_index() {
    let (_directory, server) = site();
    assert_eq!(server.get("/folder/").text(), "index of folder");
    let redirect = server.get("/folder?a=1");
    assert_eq!(redirect.status, 307);
    assert_eq!(redirect.field("location"), Some("/folder/?a=1"));
}

#[test]
fn a_directory_without_an_index_is_not_listed() {
    let (_directory, server) = site();
    assert_not_found(&server.get("/bare/"));
    assert_not_found(&server.get("/"));
}

#[test]
fn two_slashes_never_redirect_to_another_host() {
    let (_directory, server) = site();
    for target in ["//folder", "/%2ffolder", "//folder/..//folder"] {
        let answer = server.get(target);
        let location = answer.field("location").unwrap_or("/");
        assert!(!location.starts_with("//"), "{target}: {location}");
    }
}

#[test]
fn a_missing_file_is_404() {
    let (_directory, server) = site();
    assert_not_found(&server.get("/nothing.txt"));
    assert_not_found(&server.get("/digits.txt/"));
    assert_not_found(&server.get("/digits.txt/more"));
    assert_not_found(&server.get(&format!("/{}", "x".repeat(300))));
}

#[test]
fn a_name_is_decoded_exactly_once() {
    let (directory, server) = site();
    directory.write("100% sure ü.txt", "decoded");
    assert_eq!(server.get("/100%25%20sure%20%C3%BC.txt").text(), "decoded");
    assert_ne!(server.get("/100%2525%20sure%20%C3%BC.txt").status, 200);
}

#[test]
fn dot_segments_inside_the_root_are_resolved() {
    let (_directory, server) = site();
    assert_eq!(server.get("/folder/../digits.txt").text(), TEXT);
    assert_eq!(server.get("/./digits.txt").text(), TEXT);
}

#[test]
fn an_absolute_form_target_names_the_same_file() {
    let (_directory, server) = site();
    assert_eq!(server.get("http://example.com/digits.txt").text(), TEXT);
}

#[test]
fn names_that_are_never_sent_are_404_in_any_letter_case() {
    let (directory, server) = site();
    for name in [
        "data.exe",
        "DATA.EXE",
        "isapi.toml",
        "ISAPI.Toml",
        ".hidden",
        ".git/config",
        "folder/.env",
        "lib.so.1",
        "lib.SO.1",
    ] {
        directory.write(name, "secret");
        assert_not_found(&server.get(&format!("/{name}")));
    }
}

#[test]
fn modules_are_never_sent_as_files() {
    let (directory, server) = site();
    for name in [
        "a.dll", "b.DLL", "c.so", "d.So", "e.dylib", "f.DYLIB", "lib.so.6",
    ] {
        directory.write(name, "secret");
        let answer = server.get(&format!("/{name}"));
        assert!(
            matches!(answer.status, 404 | 500),
            "{name}: {}",
            answer.status
        );
        assert!(!answer.text().contains("secret"), "{name}");
    }
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_link_that_leaves_the_root_is_404() {
        let (directory, server) = site();
        let outside = Directory::new();
        let secret = outside.write("secret.txt", "secret");
        symlink(&secret, directory.path().join("file.txt")).unwrap();
        symlink(outside.path(), directory.path().join("elsewhere")).unwrap();
        symlink("../..", directory.path().join("up")).unwrap();
        assert_not_found(&server.get("/file.txt"));
        assert_not_found(&server.get("/elsewhere/secret.txt"));
        assert_not_found(&server.get("/elsewhere"));
        assert_not_found(&server.get("/up/"));
        assert_eq!(server.request("HEAD", "/file.txt", "").status, 404);
    }

    #[test]
    fn a_link_that_stays_inside_is_followed() {
        let (directory, server) = site();
        symlink("digits.txt", directory.path().join("relative.txt")).unwrap();
        let absolute = directory.path().join("digits.txt");
        symlink(absolute, directory.path().join("absolute.txt")).unwrap();
        assert_eq!(server.get("/relative.txt").text(), TEXT);
        assert_eq!(server.get("/absolute.txt").text(), TEXT);
    }

    #[test]
    fn a_link_to_a_name_that_is_never_sent_is_404() {
        let (directory, server) = site();
        directory.write(".hidden", "secret");
        directory.write("extension.so", "secret");
        symlink(".hidden", directory.path().join("shown.txt")).unwrap();
        symlink("extension.so", directory.path().join("source.txt")).unwrap();
        assert_not_found(&server.get("/shown.txt"));
        assert_not_found(&server.get("/source.txt"));
    }

    #[test]
    fn a_link_in_a_circle_is_404() {
        let (directory, server) = site();
        symlink("circle.txt", directory.path().join("circle.txt")).unwrap();
        assert_not_found(&server.get("/circle.txt"));
    }

    #[test]
    fn a_pipe_is_404_and_blocks_nobody() {
        let (directory, server) = site();
        let pipe = directory.path().join("pipe.txt");
        assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
        assert_not_found(&server.get("/pipe.txt"));
    }
}
