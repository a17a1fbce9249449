//! The variables by name, each with its value rule.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::SocketAddr;

use http::Version;

use crate::request_head::{BodyLength, RequestHead};

use super::{ServerInfo, fields};

/// How a variable's value comes about.
pub(super) type Rule = for<'a> fn(&'a RequestHead, &'a ServerInfo) -> Cow<'a, [u8]>;

/// Sorted by name, for [`find`].
const TABLE: &[(&str, Rule)] = &[
    ("ALL_HTTP", |head, _| {
        Cow::Owned(fields::all_http(head.headers()))
    }),
    ("ALL_RAW", |head, _| {
        Cow::Owned(fields::all_raw(head.headers()))
    }),
    ("APPL_PHYSICAL_PATH", |head, _| {
        text(&head.script().appl_physical_path)
    }),
    ("APP_POOL_ID", |_, server| text(&server.app_pool_id)),
    ("AUTH_TYPE", nobody_authenticated),
    ("CERT_COOKIE", no_certificate),
    ("CERT_FLAGS", no_certificate),
    ("CERT_ISSUER", no_certificate),
    ("CERT_KEYSIZE", no_certificate),
    ("CERT_SECRETKEYSIZE", no_certificate),
    ("CERT_SERIALNUMBER", no_certificate),
    ("CERT_SERVER_ISSUER", no_certificate),
    ("CERT_SERVER_SUBJECT", no_certificate),
    ("CERT_SUBJECT", no_certificate),
    ("CONTENT_LENGTH", |head, _| content_length(head.body())),
    ("CONTENT_TYPE", |head, _| Cow::Borrowed(head.content_type())),
    ("GATEWAY_INTERFACE", |_, _| text("CGI/1.1")),
    ("HTTPS", |head, _| {
        text(if head.connection().secure {
            "on"
        } else {
            "off"
        })
    }),
    ("HTTPS_KEYSIZE", no_certificate),
    ("HTTPS_SECRETKEYSIZE", no_certificate),
    ("HTTPS_SERVER_ISSUER", no_certificate),
    ("HTTPS_SERVER_SUBJECT", no_certificate),
    ("HTTP_METHOD", |head, _| text(head.method().as_str())),
    ("HTTP_URL", |head, _| text(head.target())),
    ("HTTP_VERSION", |head, _| text(version(head.version()))),
    ("INSTANCE_ID", |_, server| text(&server.instance_id)),
    ("INSTANCE_META_PATH", |_, server| {
        text(&server.instance_meta_path)
    }),
    ("INSTANCE_NAME", |_, server| text(&server.instance_name)),
    ("LOCAL_ADDR", |head, _| address(head.connection().local)),
    ("PATH_INFO", |head, _| text(&head.script().path_info)),
    ("PATH_TRANSLATED", |head, _| {
        text(&head.script().path_translated)
    }),
    ("QUERY_STRING", |head, _| text(head.query())),
    ("REMOTE_ADDR", |head, _| address(head.connection().remote)),
    // Names are not looked up: the look-up would be the slowest part of most requests.
    ("REMOTE_HOST", |head, _| address(head.connection().remote)),
    ("REMOTE_PORT", |head, _| port(head.connection().remote)),
    ("REMOTE_USER", nobody_authenticated),
    ("REQUEST_METHOD", |head, _| text(head.method().as_str())),
    ("REQUEST_URI", |head, _| text(head.target())),
    ("SCRIPT_NAME", |head, _| text(&head.script().script_name)),
    ("SERVER_NAME", |head, _| text(head.server_name())),
    ("SERVER_PORT", |head, _| owned(head.server_port())),
    ("SERVER_PORT_SECURE", |head, _| {
        text(if head.connection().secure { "1" } else { "0" })
    }),
    ("SERVER_PROTOCOL", |head, _| text(version(head.version()))),
    ("SERVER_SOFTWARE", |_, server| text(&server.software)),
    ("UNENCODED_URL", |head, _| text(head.target())),
    ("UNMAPPED_REMOTE_USER", nobody_authenticated),
    ("URL", |head, _| text(&head.script().url)),
];

/// The names of all variables that are not header fields, in alphabetical order.
///
/// ```
/// assert!(isapi_core::variables::names().any(|name| name == "SCRIPT_NAME"));
/// ```
pub fn names() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(name, _)| *name)
}

/// The rule of a variable, its name in any ASCII letter case.
pub(super) fn find(name: &[u8]) -> Option<Rule> {
    let index = TABLE
        .binary_search_by(|(known, _)| compare(known.as_bytes(), name))
        .ok()?;
    Some(TABLE[index].1)
}

/// Compares a name of the table, which is in upper case, with one in any case.
fn compare(known: &[u8], name: &[u8]) -> Ordering {
    known
        .iter()
        .copied()
        .cmp(name.iter().map(u8::to_ascii_uppercase))
}

/// The user is what the server has checked, never what a header field claims.
fn nobody_authenticated<'a>(_: &'a RequestHead, _: &'a ServerInfo) -> Cow<'a, [u8]> {
    text("")
}

fn no_certificate<'a>(_: &'a RequestHead, _: &'a ServerInfo) -> Cow<'a, [u8]> {
    text("")
}

/// From the framing, like `cbTotalBytes`; empty while the length is not known.
fn content_length(body: BodyLength) -> Cow<'static, [u8]> {
    match body {
        BodyLength::None => text("0"),
        BodyLength::Known(length) => owned(length),
        BodyLength::Unknown => text(""),
    }
}

fn version(version: Version) -> &'static str {
    match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    }
}

/// Empty when the address is not known. IPv4 through an IPv6 socket is IPv4.
fn address(socket: Option<SocketAddr>) -> Cow<'static, [u8]> {
    socket.map_or_else(|| text(""), |socket| owned(socket.ip().to_canonical()))
}

fn port(socket: Option<SocketAddr>) -> Cow<'static, [u8]> {
    socket.map_or_else(|| text(""), |socket| owned(socket.port()))
}

const fn text(value: &str) -> Cow<'_, [u8]> {
    Cow::Borrowed(value.as_bytes())
}

fn owned(value: impl ToString) -> Cow<'static, [u8]> {
    Cow::Owned(value.to_string().into_bytes())
}
