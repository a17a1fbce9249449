//! Mapping and normalising URLs.

mod common;

use isapi_sdk::Win32Error;
use isapi_sdk::abi::{HSE_URL_FLAGS_EXECUTE, HSE_URL_FLAGS_READ, HSE_URL_FLAGS_SCRIPT};

fn text<T: std::fmt::Debug>(outcome: Result<T, Win32Error>) -> String {
    outcome.map_or_else(|error| error.to_string(), |value| format!("{value:?}"))
}

#[test]
fn a_url_is_mapped_by_the_innermost_directory() {
    let host = answering!(|request| text(request.map_url(&request.query())));
    let map = |url: &str| {
        let request = host.get(&format!("/extra?{url}"));
        request
            .map_directory("/", "/srv/site", HSE_URL_FLAGS_READ)
            .map_directory("/grün/", "/srv/\u{1f600}", HSE_URL_FLAGS_READ)
            .start()
            .body_text()
    };
    assert_eq!(map("/a/b.css"), "\"/srv/site/a/b.css\"");
    assert_eq!(map("/grün/b"), "\"/srv/\u{1f600}/b\"");
    assert_eq!(map(""), "\"/srv/site/test.dll/extra\"", "the request's own");
}

#[test]
fn a_path_may_be_longer_than_the_first_buffer() {
    let host = answering!(|request| text(request.map_url("/a")));
    for length in [258, 259, 260, 70_000] {
        let directory = "d".repeat(length);
        let request = host.get("/").map_directory("/", &directory, 0);
        assert_eq!(request.start().body_text(), format!("\"{directory}/a\""));
    }
}

#[test]
fn a_url_that_lies_nowhere_or_is_none_is_an_error() {
    let host = answering!(|request| text(request.map_url(&request.query())));
    let nowhere = host.get("/?/a").map_directory("/b", "/srv", 0).start();
    assert_eq!(nowhere.body_text(), Win32Error::FILE_NOT_FOUND.to_string());
    let none = host.get("/?a").start();
    assert_eq!(none.body_text(), Win32Error::INVALID_PARAMETER.to_string());
    assert_eq!(none.refused(), ["ServerSupportFunction 1023"]);
}

#[test]
fn a_nul_never_reaches_the_host() {
    let host = answering!(|request| {
        let url = "/a\0b";
        assert!(request.map_url(url).is_err() && request.map_url_ex(url).is_err());
        text(request.normalize_url(url))
    });
    let exchange = host.get("/").start();
    assert_eq!(
        exchange.body_text(),
        Win32Error::INVALID_PARAMETER.to_string()
    );
    assert!(exchange.refused().is_empty());
}

#[test]
fn a_mapping_tells_its_directory_and_what_may_be_done_there() {
    let host = answering!(|request| {
        let mapping = request.map_url_ex("/data/ö/a.csv").unwrap();
        let allowed = [
            mapping.allows_read(),
            mapping.allows_script(),
            mapping.allows_execute(),
        ];
        format!("{mapping:?} {allowed:?}")
    });
    let flags = HSE_URL_FLAGS_READ | HSE_URL_FLAGS_EXECUTE;
    let exchange = host
        .get("/")
        .map_directory("/data", "/srv/größe", flags)
        .start();
    assert_eq!(
        exchange.body_text(),
        format!(
            "UrlMapping {{ path: \"/srv/größe/ö/a.csv\", matching_path: \"/srv/größe\", \
             matching_url: \"/data\", flags: {flags} }} [true, false, true]"
        )
    );
    assert_eq!(flags & HSE_URL_FLAGS_SCRIPT, 0);
}

#[test]
fn a_mapping_has_no_room_for_a_long_path() {
    let host = answering!(|request| text(request.map_url_ex("/a").map(|mapping| mapping.path)));
    let map = |length: usize| {
        let directory = "d".repeat(length);
        let request = host.get("/").map_directory("/", &directory, 0);
        request.start().body_text()
    };
    assert_eq!(map(257), format!("\"{}/a\"", "d".repeat(257)));
    assert_eq!(map(258), Win32Error::INSUFFICIENT_BUFFER.to_string());
}

#[test]
fn a_url_is_normalised_by_the_host() {
    let host = answering!(|request| text(request.normalize_url(&request.query())));
    let normalise = |url: &str| {
        let request = host.get(&format!("/?{url}"));
        request.normal_url("/%61/../b", "/b").start().body_text()
    };
    assert_eq!(normalise("/%61/../b"), "\"/b\"");
    assert_eq!(normalise("/other"), "\"/other\"");
}
