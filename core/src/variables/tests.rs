mod all_raw;
mod authentication;
mod builtin;
mod fields;
mod location;
mod tls;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};

use crate::request_head::{ConnectionInfo, RequestHead, RequestHeadParts, Script};

use super::{ServerInfo, Value, VariableError, lookup, names, server_variable};

/// `GET http://www.example.com:8080/scripts/hello.dll/extra%20path?a=%31` with nothing special.
fn parts() -> RequestHeadParts {
    RequestHeadParts {
        method: Method::GET,
        version: Version::HTTP_11,
        target: "/scripts/hello.dll/extra%20path?a=%31".into(),
        headers: headers(&[("host", "www.example.com:8080")]),
        connection: ConnectionInfo {
            remote: Some("192.0.2.7:50123".parse().unwrap()),
            local: Some("198.51.100.1:8080".parse().unwrap()),
            ..ConnectionInfo::default()
        },
        script: Script {
            script_name: "/scripts/hello.dll".into(),
            path_info: "/extra path".into(),
            path_translated: "/srv/site/extra path".into(),
            url: "/scripts/hello.dll/extra path".into(),
            appl_physical_path: "/srv/site/".into(),
            script_filename: "/srv/site/scripts/hello.so".into(),
            document_root: "/srv/site/".into(),
            application: "/scripts".into(),
        },
        ..RequestHeadParts::default()
    }
}

fn headers(fields: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in fields {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        headers.append(name, HeaderValue::from_str(value).unwrap());
    }
    headers
}

fn head_with(fields: &[(&str, &str)]) -> RequestHead {
    let mut all = vec![("host", "www.example.com:8080")];
    all.extend(fields);
    head(|parts| parts.headers = headers(&all))
}

fn head(change: impl FnOnce(&mut RequestHeadParts)) -> RequestHead {
    let mut parts = parts();
    change(&mut parts);
    RequestHead::new(parts).unwrap()
}

fn value(head: &RequestHead, name: &str) -> Result<String, VariableError> {
    let server = ServerInfo::default();
    let value = server_variable(head, &server, name.as_bytes())?;
    Ok(String::from_utf8(value.as_bytes().to_vec()).unwrap())
}

#[test]
fn unknown_names_are_unknown() {
    let head = head_with(&[]);
    let names = [
        "",
        "NO_SUCH_VARIABLE",
        "PATH",
        "PATHINFO",
        "URL ",
        " URL",
        "URL\0",
        "HTTP",
        "HTTP_",
        "HEADER_",
        "HTTP_X_ABSENT",
        "HEADER_X-Absent",
        "HTTP_\0",
        "HTTP_é",
        "UNICODE_",
        "UNICODE",
        "_URL",
    ];
    for name in names {
        assert_eq!(value(&head, name), Err(VariableError::Unknown), "{name:?}");
    }
    let server = ServerInfo::default();
    assert_eq!(
        server_variable(&head, &server, b"\xff\xfe"),
        Err(VariableError::Unknown)
    );
    assert_eq!(VariableError::Unknown.win32().code(), 1413);
    assert_eq!(VariableError::NoData.win32().code(), 232);
}

#[test]
fn unicode_names_ask_for_utf_16_and_fields_have_none() {
    let head = head_with(&[("x-a", "1")]);
    let server = ServerInfo::default();
    let ask = |name: &str| lookup(&head, &server, name.as_bytes());

    let plain = ask("SCRIPT_NAME").unwrap();
    assert_eq!(
        (plain.value.as_bytes(), plain.unicode),
        (b"/scripts/hello.dll".as_slice(), false)
    );
    let wide = ask("UNICODE_SCRIPT_NAME").unwrap();
    assert_eq!(
        (wide.value.as_bytes(), wide.unicode),
        (b"/scripts/hello.dll".as_slice(), true)
    );
    assert!(
        ask("unicode_Http_Url").unwrap().unicode,
        "HTTP_URL is no field"
    );

    assert_eq!(ask("HTTP_X_A").unwrap().value.as_bytes(), b"1");
    for name in [
        "UNICODE_HTTP_X_A",
        "UNICODE_HTTP_HOST",
        "UNICODE_HEADER_X-A",
        "UNICODE_UNICODE_URL",
    ] {
        assert_eq!(ask(name), Err(VariableError::Unknown), "{name}");
    }
}

#[test]
fn what_the_client_sent_stays_bytes_and_everything_else_is_text() {
    let head = head_with(&[("x-a", "1"), ("authorization", "Basic YTpi")]);
    let server = ServerInfo::default();
    let sent_by_the_client = [
        "ALL_HTTP",
        "ALL_RAW",
        "AUTH_PASSWORD",
        "AUTH_USER",
        "CONTENT_TYPE",
        "HTTP_METHOD",
        "HTTP_URL",
        "QUERY_STRING",
        "REQUEST_METHOD",
        "REQUEST_URI",
        "UNENCODED_URL",
    ];
    for name in names().chain(["HTTP_X_A", "HEADER_X-A"]) {
        let value = server_variable(&head, &server, name.as_bytes()).unwrap();
        let is_field = ["HTTP_X_A", "HEADER_X-A"].contains(&name);
        let is_bytes = matches!(value, Value::Bytes(_));
        assert_eq!(
            is_bytes,
            is_field || sent_by_the_client.contains(&name),
            "{name}"
        );
    }
}
