use proptest::prelude::*;

use super::{head_with, value};
use crate::variables::VariableError;

#[test]
fn http_names_map_underscores_to_dashes_and_header_names_do_not() {
    let head = head_with(&[
        ("x-forwarded-for", "192.0.2.1"),
        ("transfer-encoding", "chunked"),
    ]);
    let rows = [
        ("HTTP_X_FORWARDED_FOR", Ok("192.0.2.1")),
        ("http_x_forwarded_for", Ok("192.0.2.1")),
        ("HTTP_X-Forwarded-For", Ok("192.0.2.1")),
        ("HEADER_X-Forwarded-For", Ok("192.0.2.1")),
        ("HEADER_x-forwarded-for", Ok("192.0.2.1")),
        ("HEADER_X_FORWARDED_FOR", Err(VariableError::Unknown)),
        ("HTTP_TRANSFER_ENCODING", Ok("chunked")),
        ("HTTP_X_FORWARDED", Err(VariableError::Unknown)),
    ];
    for (name, expected) in rows {
        assert_eq!(
            value(&head, name).as_deref().map_err(|error| *error),
            expected,
            "{name}"
        );
    }
}

#[test]
fn an_empty_field_is_there_and_empty() {
    let head = head_with(&[("x-empty", "")]);
    assert_eq!(value(&head, "HTTP_X_EMPTY").as_deref(), Ok(""));
}

#[test]
fn repeated_fields_are_joined_in_order() {
    let head = head_with(&[
        ("x-a", "1"),
        ("cookie", "a=1"),
        ("x-a", "2"),
        ("x-a", ""),
        ("cookie", "b=2"),
        ("x-a", "3"),
    ]);
    assert_eq!(value(&head, "HTTP_X_A").as_deref(), Ok("1,2,,3"));
    assert_eq!(value(&head, "HEADER_X-A").as_deref(), Ok("1,2,,3"));
    assert_eq!(value(&head, "HTTP_COOKIE").as_deref(), Ok("a=1; b=2"));
}

#[test]
fn a_very_long_field_is_whole() {
    let cookie = "c".repeat(70 * 1024);
    let head = head_with(&[("cookie", &cookie)]);
    assert_eq!(value(&head, "HTTP_COOKIE"), Ok(cookie));
}

#[test]
fn built_in_variables_win_over_fields_of_their_name() {
    let head = head_with(&[
        ("url", "/evil"),
        ("method", "EVIL"),
        ("version", "EVIL/6.66"),
    ]);
    assert_eq!(
        value(&head, "HTTP_URL").as_deref(),
        Ok("/scripts/hello.dll/extra%20path?a=%31")
    );
    assert_eq!(value(&head, "HTTP_METHOD").as_deref(), Ok("GET"));
    assert_eq!(value(&head, "HTTP_VERSION").as_deref(), Ok("HTTP/1.1"));
    assert_eq!(
        value(&head, "HEADER_Url").as_deref(),
        Ok("/evil"),
        "the verbatim name is the field"
    );
    assert_eq!(
        value(&head, "ALL_HTTP").as_deref(),
        Ok("HTTP_HOST:www.example.com:8080\n")
    );
}

#[test]
fn a_proxy_field_becomes_no_variable() {
    let head = head_with(&[
        ("Proxy", "http://evil.example/"),
        ("proxy-authorization", "x"),
    ]);
    assert_eq!(value(&head, "HTTP_PROXY"), Err(VariableError::Unknown));
    assert_eq!(value(&head, "HEADER_Proxy"), Err(VariableError::Unknown));
    assert!(!value(&head, "ALL_HTTP").unwrap().contains("evil"));
    assert!(!value(&head, "ALL_RAW").unwrap().contains("evil"));
    assert_eq!(value(&head, "HTTP_PROXY_AUTHORIZATION").as_deref(), Ok("x"));
}

#[test]
fn a_field_with_an_underscore_is_reached_by_its_own_name_alone() {
    let head = head_with(&[
        ("x_auth", "forged"),
        ("content_length", "99"),
        ("x-auth", "true"),
    ]);
    assert_eq!(value(&head, "HTTP_X_AUTH").as_deref(), Ok("true"));
    assert_eq!(value(&head, "HEADER_X-Auth").as_deref(), Ok("true"));
    assert_eq!(value(&head, "HEADER_X_Auth").as_deref(), Ok("forged"));
    assert_eq!(value(&head, "CONTENT_LENGTH").as_deref(), Ok("0"));
    for all in ["ALL_HTTP", "ALL_RAW"] {
        let all = value(&head, all).unwrap();
        assert!(!all.contains("forged") && !all.contains("99"), "{all}");
    }
}

#[test]
fn all_raw_and_all_http_keep_the_order_in_which_fields_were_first_named() {
    let head = head_with(&[
        ("user-agent", "test"),
        ("x_gone", "x"),
        ("accept", "a"),
        ("proxy", "x"),
        ("accept", "b"),
        ("x-1st", "y"),
    ]);
    assert_eq!(
        value(&head, "ALL_RAW").unwrap(),
        "Host: www.example.com:8080\r\nUser-Agent: test\r\nAccept: a\r\nAccept: b\r\nX-1st: y\r\n"
    );
    assert_eq!(
        value(&head, "ALL_HTTP").unwrap(),
        "HTTP_HOST:www.example.com:8080\nHTTP_USER_AGENT:test\nHTTP_ACCEPT:a,b\nHTTP_X_1ST:y\n"
    );
}

fn field_name() -> impl Strategy<Value = String> {
    "x[a-zA-Z0-9!#$%&'*+.^_`|~-]{1,6}"
}

proptest! {
    #[test]
    fn two_fields_never_become_one_variable(names in prop::collection::vec(field_name(), 2..8)) {
        let fields: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), name.as_str())).collect();
        let head = head_with(&fields);
        for name in &names {
            let Ok(value) = value(&head, &format!("HTTP_{name}")) else { continue };
            for part in value.split(',') {
                let asked = name.replace('_', "-");
                prop_assert!(part.eq_ignore_ascii_case(&asked), "{} answers {}", name, part);
            }
        }
    }
}
