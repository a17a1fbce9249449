use http::{Method, Version};

use super::{head, head_with, value};
use crate::request_head::{BodyLength, ConnectionInfo};
use crate::variables::names;

/// Each variable that is no header field, with its value for the request of `parts()`.
const VALUES: &[(&str, &str)] = &[
    ("ALL_HTTP", "HTTP_HOST:www.example.com:8080\n"),
    ("ALL_RAW", "Host: www.example.com:8080\r\n"),
    ("APPL_MD_PATH", "/LM/W3SVC/1/ROOT/scripts"),
    ("APPL_PHYSICAL_PATH", "/srv/site/"),
    ("APP_POOL_CONFIG", ""),
    ("APP_POOL_ID", "DefaultAppPool"),
    ("AUTH_PASSWORD", ""),
    ("AUTH_TYPE", ""),
    ("AUTH_USER", ""),
    (
        "CACHE_URL",
        "http://198.51.100.1:8080:www.example.com:8080/scripts/hello.dll/extra path?a=%31",
    ),
    ("CERT_COOKIE", ""),
    ("CERT_FLAGS", ""),
    ("CERT_ISSUER", ""),
    ("CERT_KEYSIZE", ""),
    ("CERT_SECRETKEYSIZE", ""),
    ("CERT_SERIALNUMBER", ""),
    ("CERT_SERVER_ISSUER", ""),
    ("CERT_SERVER_SUBJECT", ""),
    ("CERT_SUBJECT", ""),
    ("CONTENT_LENGTH", "0"),
    ("CONTENT_TYPE", ""),
    ("CRYPT_CIPHER_ALG_ID", ""),
    ("CRYPT_HASH_ALG_ID", ""),
    ("CRYPT_KEYEXCHANGE_ALG_ID", ""),
    ("CRYPT_PROTOCOL", ""),
    ("DOCUMENT_ROOT", "/srv/site/"),
    ("FORWARDED_URL", ""),
    ("GATEWAY_INTERFACE", "CGI/1.1"),
    ("HTTPS", "off"),
    ("HTTPS_KEYSIZE", ""),
    ("HTTPS_SECRETKEYSIZE", ""),
    ("HTTPS_SERVER_ISSUER", ""),
    ("HTTPS_SERVER_SUBJECT", ""),
    ("HTTP_METHOD", "GET"),
    ("HTTP_URL", "/scripts/hello.dll/extra%20path?a=%31"),
    ("HTTP_VERSION", "HTTP/1.1"),
    ("INSTANCE_ID", "1"),
    ("INSTANCE_META_PATH", "/LM/W3SVC/1"),
    ("INSTANCE_NAME", "Default Web Site"),
    ("LOCAL_ADDR", "198.51.100.1"),
    ("LOGON_USER", ""),
    ("MANAGED_PIPELINE_MODE", ""),
    ("PATH_INFO", "/extra path"),
    ("PATH_TRANSLATED", "/srv/site/extra path"),
    ("QUERY_STRING", "a=%31"),
    ("REMOTE_ADDR", "192.0.2.7"),
    ("REMOTE_HOST", "192.0.2.7"),
    ("REMOTE_PORT", "50123"),
    ("REMOTE_USER", ""),
    ("REQUEST_FILENAME", "/srv/site/scripts/hello.so"),
    ("REQUEST_FLAGS", "0"),
    ("REQUEST_METHOD", "GET"),
    ("REQUEST_URI", "/scripts/hello.dll/extra%20path?a=%31"),
    ("SCRIPT_FILENAME", "/srv/site/scripts/hello.so"),
    ("SCRIPT_NAME", "/scripts/hello.dll"),
    ("SCRIPT_TRANSLATED", "/srv/site/scripts/hello.so"),
    ("SERVER_ADDR", "198.51.100.1"),
    ("SERVER_NAME", "www.example.com"),
    ("SERVER_PORT", "8080"),
    ("SERVER_PORT_SECURE", "0"),
    ("SERVER_PROTOCOL", "HTTP/1.1"),
    (
        "SERVER_SOFTWARE",
        concat!("isapi/", env!("CARGO_PKG_VERSION")),
    ),
    ("UNENCODED_URL", "/scripts/hello.dll/extra%20path?a=%31"),
    ("UNMAPPED_REMOTE_USER", ""),
    ("URL", "/scripts/hello.dll/extra path"),
];

#[test]
fn every_variable_has_its_value() {
    let head = head(|_| {});
    for (name, expected) in VALUES {
        assert_eq!(value(&head, name).as_deref(), Ok(*expected), "{name}");
    }
}

#[test]
fn every_variable_has_a_row_here_and_the_names_are_sorted() {
    let rows: Vec<&str> = VALUES.iter().map(|(name, _)| *name).collect();
    assert_eq!(names().collect::<Vec<_>>(), rows);
    assert!(
        rows.is_sorted_by(|a, b| a < b),
        "the table is searched by halves"
    );
}

#[test]
fn names_match_in_any_letter_case() {
    let head = head(|_| {});
    for (name, expected) in VALUES {
        assert_eq!(
            value(&head, &name.to_lowercase()).as_deref(),
            Ok(*expected),
            "{name}"
        );
    }
    assert_eq!(
        value(&head, "Http_Host").as_deref(),
        Ok("www.example.com:8080")
    );
    assert_eq!(
        value(&head, "header_HOST").as_deref(),
        Ok("www.example.com:8080")
    );
}

#[test]
fn content_length_tells_the_framing_and_not_the_field() {
    let rows = [
        (BodyLength::None, "0"),
        (BodyLength::Known(0), "0"),
        (BodyLength::Known(5), "5"),
        (BodyLength::Known(5 * 1024 * 1024 * 1024), "5368709120"),
        (BodyLength::Unknown, ""),
    ];
    for (body, expected) in rows {
        let head = head(|parts| {
            parts.body = body;
            parts
                .headers
                .append("content-length", "77".parse().unwrap());
        });
        assert_eq!(
            value(&head, "CONTENT_LENGTH").as_deref(),
            Ok(expected),
            "{body:?}"
        );
        assert_ne!(
            value(&head, "HTTP_CONTENT_LENGTH").as_deref(),
            Ok("77"),
            "{body:?}"
        );
    }
}

#[test]
fn content_type_is_the_field() {
    let head = head_with(&[("content-type", "text/xml; charset=utf-8")]);
    assert_eq!(
        value(&head, "CONTENT_TYPE").as_deref(),
        Ok("text/xml; charset=utf-8")
    );
}

#[test]
fn versions_have_their_canonical_form_and_flag() {
    let rows = [
        (Version::HTTP_10, "HTTP/1.0", "0"),
        (Version::HTTP_11, "HTTP/1.1", "0"),
        (Version::HTTP_2, "HTTP/2.0", "4"),
        (Version::HTTP_3, "HTTP/3.0", "8"),
    ];
    for (version, expected, flags) in rows {
        let head = head(|parts| parts.version = version);
        assert_eq!(value(&head, "REQUEST_FLAGS").as_deref(), Ok(flags));
        assert_eq!(value(&head, "SERVER_PROTOCOL").as_deref(), Ok(expected));
        assert_eq!(value(&head, "HTTP_VERSION").as_deref(), Ok(expected));
    }
}

#[test]
fn methods_keep_their_spelling() {
    let head = head(|parts| parts.method = Method::from_bytes(b"pUrge").unwrap());
    assert_eq!(value(&head, "REQUEST_METHOD").as_deref(), Ok("pUrge"));
    assert_eq!(value(&head, "HTTP_METHOD").as_deref(), Ok("pUrge"));
}

#[test]
fn a_secure_connection_shows() {
    let head = head(|parts| parts.connection.secure = true);
    assert_eq!(value(&head, "HTTPS").as_deref(), Ok("on"));
    assert_eq!(value(&head, "SERVER_PORT_SECURE").as_deref(), Ok("1"));
}

#[test]
fn an_unknown_connection_is_empty_and_not_unknown() {
    let head = head(|parts| parts.connection = ConnectionInfo::default());
    for name in [
        "REMOTE_ADDR",
        "REMOTE_HOST",
        "REMOTE_PORT",
        "LOCAL_ADDR",
        "SERVER_ADDR",
    ] {
        assert_eq!(value(&head, name).as_deref(), Ok(""), "{name}");
    }
    assert_eq!(
        value(&head, "SERVER_PORT").as_deref(),
        Ok("8080"),
        "from Host"
    );
}

#[test]
fn addresses_are_written_without_brackets_and_mapped_ones_as_ipv4() {
    let rows = [
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[::ffff:192.0.2.7]:443", "192.0.2.7"),
    ];
    for (socket, expected) in rows {
        let head = head(|parts| parts.connection.remote = Some(socket.parse().unwrap()));
        assert_eq!(value(&head, "REMOTE_ADDR").as_deref(), Ok(expected));
        assert_eq!(value(&head, "REMOTE_HOST").as_deref(), Ok(expected));
    }
}
