use proptest::prelude::*;

use super::properties::hostile_path;
use crate::url_path::{UrlError, UrlPath, normalize_url};

#[test]
fn paths_are_decoded_once_and_resolved() {
    let rows = [
        ("/", "/"),
        ("/a/b.dll", "/a/b.dll"),
        ("/a//b///c", "/a/b/c"),
        ("/a/./b/../c", "/a/c"),
        ("/a/b/..", "/a/"),
        ("/%61%2Fb", "/a/b"),
        ("/caf%C3%A9", "/café"),
        ("//host/a", "/host/a"),
    ];
    for (url, expected) in rows {
        assert_eq!(normalize_url(url).as_deref(), Ok(expected), "{url}");
    }
}

#[test]
fn a_query_is_kept_as_it_is() {
    let rows = [
        ("/a?", "/a?"),
        ("/%61?%62=../c//d&%zz", "/a?%62=../c//d&%zz"),
        ("/a/../b?c?d", "/b?c?d"),
        ("http://host?a/../b", "http://host?a/../b"),
    ];
    for (url, expected) in rows {
        assert_eq!(normalize_url(url).as_deref(), Ok(expected), "{url}");
    }
}

#[test]
fn scheme_and_host_of_an_absolute_url_are_kept() {
    let rows = [
        ("http://host/%61/..//b", "http://host/b"),
        (
            "HTTPS://Host.example:8443/a/.",
            "HTTPS://Host.example:8443/a/",
        ),
        ("http://[::1]:80/%61", "http://[::1]:80/a"),
        ("http://host", "http://host"),
    ];
    for (url, expected) in rows {
        assert_eq!(normalize_url(url).as_deref(), Ok(expected), "{url}");
    }
}

#[test]
fn what_is_no_url_of_this_server_is_refused() {
    use UrlError::*;
    let rows = [
        ("", NotAbsolute),
        ("a/b", NotAbsolute),
        ("?a", NotAbsolute),
        ("ftp://host/a", NotAbsolute),
        ("mailto:a", NotAbsolute),
        ("http:/host/a", NotAbsolute),
        ("http:///a", InvalidHost),
        ("http://:80/a", InvalidHost),
        ("http://user@host/a", InvalidHost),
        ("http://a%2fb/c", InvalidHost),
        ("http://host\\a/b", InvalidHost),
        ("/../a", LeavesRoot),
        ("http://host/../a", LeavesRoot),
        ("/%252e%252e/a", DoubleEscape),
        ("/%00", NulByte),
        ("/%3Fa", ReservedCharacter),
        ("/a%", BadEscape),
        ("/a\\b", Backslash),
    ];
    for (url, error) in rows {
        assert_eq!(normalize_url(url), Err(error), "{url}");
    }
}

fn origin() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "http://host",
        "https://[::1]:443",
        "HTTP://a.b:80",
    ])
}

fn query() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "\\?[\\PC%./]{0,12}"]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn the_normal_form_is_never_longer(origin in origin(), path in hostile_path(), query in query()) {
        let url = [origin, &path, &query].concat();
        let Ok(normal) = normalize_url(&url) else { return Ok(()) };
        prop_assert!(normal.len() <= url.len(), "{} became {}", url, normal);
        prop_assert!(normal.starts_with(origin));
        prop_assert!(normal.ends_with(&query));
    }

    #[test]
    fn the_path_is_the_one_the_server_maps(origin in origin(), path in hostile_path(), query in query()) {
        let normal = normalize_url(&[origin, &path, &query].concat());
        let expected = UrlPath::parse(&path).map(|path| [origin, path.decoded(), &query].concat());
        prop_assert_eq!(normal, expected);
    }

    #[test]
    fn no_text_at_all_makes_it_longer(url in "(http://)?[\\PC%./?\\\\]{0,40}") {
        if let Ok(normal) = normalize_url(&url) {
            prop_assert!(normal.len() <= url.len(), "{} became {}", url, normal);
        }
    }
}
