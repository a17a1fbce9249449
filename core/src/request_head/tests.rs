use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use http::header::CONTENT_LENGTH;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};

use super::{BodyLength, RequestError, RequestHead, RequestHeadParts};

fn parts(version: Version, target: &str, fields: &[(&'static str, &str)]) -> RequestHeadParts {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        headers.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    RequestHeadParts {
        method: Method::POST,
        version,
        target: target.into(),
        headers,
        ..RequestHeadParts::default()
    }
}

fn head(fields: &[(&'static str, &str)]) -> RequestHead {
    let fields: Vec<_> = [("host", "h")].iter().chain(fields).copied().collect();
    RequestHead::new(parts(Version::HTTP_11, "/x", &fields)).unwrap()
}

#[test]
fn host_is_there_once_and_is_a_host() {
    use RequestError::*;
    let rows: &[(Version, &[&str], Result<&str, RequestError>)] = &[
        (
            Version::HTTP_11,
            &["www.example.com"],
            Ok("www.example.com"),
        ),
        (
            Version::HTTP_11,
            &["www.example.com:"],
            Ok("www.example.com"),
        ),
        (
            Version::HTTP_11,
            &["under_score.example:80"],
            Ok("under_score.example"),
        ),
        (Version::HTTP_11, &["192.0.2.1:8080"], Ok("192.0.2.1")),
        (Version::HTTP_11, &["[::1]"], Ok("[::1]")),
        (
            Version::HTTP_11,
            &["[2001:db8::1]:8080"],
            Ok("[2001:db8::1]"),
        ),
        (Version::HTTP_11, &[""], Ok("")),
        (Version::HTTP_11, &[], Err(MissingHost)),
        (Version::HTTP_10, &[], Ok("")),
        (Version::HTTP_2, &[], Ok("")),
        (Version::HTTP_11, &["a", "a"], Err(RepeatedHost)),
        (Version::HTTP_10, &["a", "b"], Err(RepeatedHost)),
        (Version::HTTP_2, &["a", "b"], Err(RepeatedHost)),
        (Version::HTTP_11, &["a, b"], Err(InvalidHost)),
        (Version::HTTP_11, &["a b"], Err(InvalidHost)),
        (Version::HTTP_11, &["a/b"], Err(InvalidHost)),
        (Version::HTTP_11, &["a\\b"], Err(InvalidHost)),
        (Version::HTTP_11, &["user@a"], Err(InvalidHost)),
        (Version::HTTP_11, &["a?b"], Err(InvalidHost)),
        (Version::HTTP_11, &["a\"b"], Err(InvalidHost)),
        (Version::HTTP_11, &["<script>"], Err(InvalidHost)),
        (Version::HTTP_11, &["caf\u{e9}"], Err(InvalidHost)),
        (Version::HTTP_11, &["a%2fb"], Err(InvalidHost)),
        (Version::HTTP_11, &[":80"], Err(InvalidHost)),
        (Version::HTTP_11, &["a:80:80"], Err(InvalidHost)),
        (Version::HTTP_11, &["a:http"], Err(InvalidHost)),
        (Version::HTTP_11, &["a:+80"], Err(InvalidHost)),
        (Version::HTTP_11, &["a:65536"], Err(InvalidHost)),
        (Version::HTTP_11, &["::1"], Err(InvalidHost)),
        (Version::HTTP_11, &["[::1"], Err(InvalidHost)),
        (Version::HTTP_11, &["[]"], Err(InvalidHost)),
        (Version::HTTP_11, &["[a]"], Err(InvalidHost)),
        (Version::HTTP_11, &["[::1]x"], Err(InvalidHost)),
    ];
    for (version, hosts, expected) in rows {
        let fields: Vec<_> = hosts.iter().map(|host| ("host", *host)).collect();
        let name = RequestHead::new(parts(*version, "/x", &fields));
        let name = name
            .as_ref()
            .map(RequestHead::server_name)
            .map_err(|error| *error);
        assert_eq!(name, *expected, "{version:?} {hosts:?}");
        if let Err(error) = name {
            assert_eq!(error.status(), 400);
        }
    }
}

#[test]
fn an_authority_in_the_target_wins_over_host_and_leaves_the_target() {
    let rows = [
        ("http://real.example/x?y", "real.example", "/x?y"),
        ("HTTPS://real.example:8443/x", "real.example", "/x"),
        ("http://real.example", "real.example", "/"),
        ("http://real.example?y", "real.example", "/?y"),
        ("http://[::1]:80/x", "[::1]", "/x"),
        (
            "/x?http://other.example/",
            "field.example",
            "/x?http://other.example/",
        ),
        ("*", "field.example", "*"),
    ];
    for (target, name, rest) in rows {
        let fields = [("host", "field.example:99")];
        let head = RequestHead::new(parts(Version::HTTP_11, target, &fields)).unwrap();
        assert_eq!(
            (head.server_name(), head.target()),
            (name, rest),
            "{target}"
        );
    }
    let head = RequestHead::new(parts(Version::HTTP_2, "https://real.example/x", &[])).unwrap();
    assert_eq!(
        head.server_name(),
        "real.example",
        "an HTTP/2 request needs no Host"
    );
    let no_host = RequestHead::new(parts(Version::HTTP_11, "http://real.example/x", &[]));
    assert_eq!(no_host, Err(RequestError::MissingHost));
}

#[test]
fn targets_that_are_no_path_are_refused() {
    let targets = [
        "",
        "x",
        "example.com:443",
        "ftp://host/x",
        "http:/x",
        "http:///x",
        "/a b",
        "/a\tb",
        "/a\0b",
        "/a\u{7f}",
        "/a\r\nX: y",
        "/a#b",
        "?x",
        "//:80\n",
    ];
    for target in targets {
        let error = RequestHead::new(parts(Version::HTTP_11, target, &[("host", "h")]));
        assert_eq!(error, Err(RequestError::InvalidTarget), "{target:?}");
    }
    for target in ["http://a b/", "http://user@host/x"] {
        assert!(RequestHead::new(parts(Version::HTTP_11, target, &[("host", "h")])).is_err());
    }
}

#[test]
fn the_query_is_what_follows_the_first_question_mark() {
    for (target, query) in [
        ("/x", ""),
        ("/x?", ""),
        ("/x?a=%31&b", "a=%31&b"),
        ("/x?a?b", "a?b"),
    ] {
        let head = RequestHead::new(parts(Version::HTTP_11, target, &[("host", "h")])).unwrap();
        assert_eq!(head.query(), query, "{target}");
    }
}

#[test]
fn the_port_is_that_of_the_connection_before_that_of_the_client() {
    let port = |local: Option<&str>, host: &str, secure| {
        let mut parts = parts(Version::HTTP_11, "/x", &[("host", host)]);
        parts.connection.local = local.map(|local| local.parse().unwrap());
        parts.connection.secure = secure;
        RequestHead::new(parts).unwrap().server_port()
    };
    assert_eq!(port(Some("127.0.0.1:8080"), "h:99", false), 8080);
    assert_eq!(port(None, "h:99", true), 99);
    assert_eq!(port(None, "h", false), 80);
    assert_eq!(port(None, "h", true), 443);
}

#[test]
fn a_client_without_a_host_gets_the_servers_address() {
    for (local, name) in [
        ("192.0.2.1:80", "192.0.2.1"),
        ("[2001:db8::1]:80", "[2001:db8::1]"),
        ("[::ffff:192.0.2.1]:80", "192.0.2.1"),
    ] {
        let mut parts = parts(Version::HTTP_10, "/x", &[]);
        parts.connection.local = Some(local.parse().unwrap());
        assert_eq!(RequestHead::new(parts).unwrap().server_name(), name);
    }
}

#[test]
fn a_proxy_field_is_dropped_and_the_order_of_the_others_is_kept() {
    let head = head(&[
        ("a", "1"),
        ("proxy", "x"),
        ("c", "2"),
        ("d", "3"),
        ("c", "4"),
    ]);
    let names: Vec<_> = head.headers().keys().map(HeaderName::as_str).collect();
    assert_eq!(names, ["host", "a", "c", "d"]);
    assert_eq!(
        head.headers().get_all("c").iter().collect::<Vec<_>>(),
        ["2", "4"]
    );
}

#[test]
fn content_length_never_contradicts_the_framing() {
    use BodyLength::*;
    let rows: &[(BodyLength, &[&str], &[&str])] = &[
        (None, &[], &[]),
        (None, &["0"], &["0"]),
        (None, &["5"], &[]),
        (Known(5), &["5"], &["5"]),
        (Known(5), &[], &[]),
        (Known(5), &["6"], &["5"]),
        (Known(5), &["5", "5"], &["5"]),
        (Known(5), &["5, 5"], &["5"]),
        (Known(5), &["+5"], &["5"]),
        (Unknown, &["5"], &[]),
        (Unknown, &["5", "6"], &[]),
        (Unknown, &[], &[]),
    ];
    for (body, sent, seen) in rows {
        let mut fields = vec![("host", "h"), ("a", "1")];
        fields.extend(sent.iter().map(|value| ("content-length", *value)));
        fields.push(("z", "1"));
        let mut parts = parts(Version::HTTP_11, "/x", &fields);
        parts.body = *body;
        let head = RequestHead::new(parts).unwrap();
        let values: Vec<_> = head.headers().get_all(CONTENT_LENGTH).iter().collect();
        assert_eq!(values, *seen, "{body:?} {sent:?}");
        assert_eq!(head.headers()["z"], "1");
    }
}

#[test]
fn keep_alive_is_what_the_client_asks_for() {
    let rows: &[(Version, &[&str], bool)] = &[
        (Version::HTTP_09, &["keep-alive"], false),
        (Version::HTTP_10, &[], false),
        (Version::HTTP_10, &["Keep-Alive"], true),
        (Version::HTTP_10, &["keep-alive, close"], false),
        (Version::HTTP_11, &[], true),
        (Version::HTTP_11, &["close"], false),
        (Version::HTTP_11, &["Upgrade , CLOSE"], false),
        (Version::HTTP_11, &["upgrade", "close"], false),
        (Version::HTTP_11, &["closed"], true),
        (Version::HTTP_2, &[], true),
    ];
    for (version, values, expected) in rows {
        let mut fields = vec![("host", "h")];
        fields.extend(values.iter().map(|value| ("connection", *value)));
        let head = RequestHead::new(parts(*version, "/x", &fields)).unwrap();
        assert_eq!(head.keep_alive(), *expected, "{version:?} {values:?}");
    }
}

#[test]
fn continue_is_expected_only_with_a_body_and_from_http_1_1_on() {
    let expects = |version, body, value: &str| {
        let mut parts = parts(version, "/x", &[("host", "h"), ("expect", value)]);
        parts.body = body;
        RequestHead::new(parts).unwrap().expects_continue()
    };
    assert!(expects(
        Version::HTTP_11,
        BodyLength::Known(1),
        "100-continue"
    ));
    assert!(expects(
        Version::HTTP_11,
        BodyLength::Unknown,
        "100-Continue"
    ));
    assert!(expects(
        Version::HTTP_2,
        BodyLength::Known(1),
        "100-continue"
    ));
    assert!(!expects(Version::HTTP_11, BodyLength::None, "100-continue"));
    assert!(!expects(
        Version::HTTP_10,
        BodyLength::Known(1),
        "100-continue"
    ));
    assert!(!expects(
        Version::HTTP_11,
        BodyLength::Known(1),
        "something"
    ));
}

#[test]
fn only_a_known_local_client_is_loopback() {
    let loopback = |remote: Option<&str>| {
        let mut parts = parts(Version::HTTP_11, "/x", &[("host", "localhost")]);
        parts.connection.remote = remote.map(|remote| remote.parse().unwrap());
        RequestHead::new(parts).unwrap().is_loopback()
    };
    assert!(loopback(Some("127.0.0.1:1")));
    assert!(loopback(Some("127.1.2.3:1")));
    assert!(loopback(Some("[::1]:1")));
    assert!(loopback(Some("[::ffff:127.0.0.1]:1")));
    assert!(!loopback(Some("192.0.2.1:1")));
    assert!(!loopback(None), "Host proves nothing");
}

#[test]
fn content_type_may_be_any_bytes() {
    assert_eq!(head(&[]).content_type(), b"");
    assert_eq!(
        head(&[("content-type", "a/\u{e9}")]).content_type(),
        "a/\u{e9}".as_bytes()
    );
}

#[test]
fn equal_heads_hash_alike() {
    let hash = |head: &RequestHead| {
        let mut hasher = DefaultHasher::new();
        head.hash(&mut hasher);
        hasher.finish()
    };
    let (one, two) = (head(&[("a", "1")]), head(&[("a", "1")]));
    assert_eq!(one, two);
    assert_eq!(hash(&one), hash(&two));
    assert_ne!(one, head(&[("a", "2")]));
}

#[test]
fn debug_output_keeps_credentials_to_itself() {
    let text = format!("{:?}", head(&[("authorization", "Basic c2VjcmV0")]));
    assert!(
        text.contains("authorization") && !text.contains("c2VjcmV0"),
        "{text}"
    );
}

#[test]
fn an_authority_is_the_host_field_of_a_request_without_one() {
    let fields = [("accept", "a"), ("accept", "b"), ("x", "y")];
    let http2 = parts(Version::HTTP_2, "https://www.example.com:8443/x", &fields);
    let head = RequestHead::new(http2).unwrap();
    assert_eq!(names(&head), ["host", "accept", "accept", "x"]);
    assert_eq!(head.headers()["host"], "www.example.com:8443");
    assert_eq!(head.server_name(), "www.example.com");
}

#[test]
fn an_authority_stands_in_the_place_of_another_host() {
    let fields = [("a", "1"), ("host", "b"), ("x", "2"), ("a", "3")];
    for version in [Version::HTTP_10, Version::HTTP_11, Version::HTTP_2] {
        let both = parts(version, "http://c:81/x", &fields);
        let head = RequestHead::new(both).unwrap();
        assert_eq!(head.headers()["host"], "c:81", "{version:?}");
        assert_eq!(names(&head), ["a", "a", "host", "x"], "{version:?}");
        assert_eq!(head.server_name(), "c", "{version:?}");
    }
}

fn names(head: &RequestHead) -> Vec<&str> {
    let headers = head.headers().iter();
    headers.map(|(name, _)| name.as_str()).collect()
}
