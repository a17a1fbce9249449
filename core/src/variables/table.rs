//! The variables by name, each with its value rule.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::request_head::RequestHead;

use super::all_raw::all_raw;
use super::value::{EMPTY, bytes, owned, text};
use super::{ServerInfo, Value, authentication, connection, fields, location, request_line, tls};

/// How a variable's value comes about.
pub(super) type Rule = for<'a> fn(&'a RequestHead, &'a ServerInfo) -> Value<'a>;

/// Sorted by name, for [`find`].
const TABLE: &[(&str, Rule)] = &[
    ("ALL_HTTP", |head, _| {
        Value::Bytes(Cow::Owned(fields::all_http(head.headers())))
    }),
    ("ALL_RAW", |head, _| Value::Bytes(Cow::Owned(all_raw(head)))),
    ("APPL_MD_PATH", |head, server| {
        location::appl_md_path(head, server)
    }),
    ("APPL_PHYSICAL_PATH", |head, _| {
        text(&head.script().appl_physical_path)
    }),
    ("APP_POOL_CONFIG", |_, server| text(&server.app_pool_config)),
    ("APP_POOL_ID", |_, server| text(&server.app_pool_id)),
    ("AUTH_PASSWORD", |head, _| {
        authentication::claimed_password(head)
    }),
    ("AUTH_TYPE", |head, _| authentication::scheme(head)),
    ("AUTH_USER", |head, _| authentication::claimed_user(head)),
    ("CACHE_URL", |head, _| location::cache_url(head)),
    ("CERT_COOKIE", |head, _| {
        tls::certificate(head, |certificate| &certificate.cookie)
    }),
    ("CERT_FLAGS", |head, _| tls::certificate_flags(head)),
    ("CERT_ISSUER", |head, _| {
        tls::certificate(head, |certificate| &certificate.issuer)
    }),
    ("CERT_KEYSIZE", |head, _| {
        tls::bits(head, |tls| tls.key_size)
    }),
    ("CERT_SECRETKEYSIZE", |head, _| {
        tls::bits(head, |tls| tls.secret_key_size)
    }),
    ("CERT_SERIALNUMBER", |head, _| {
        tls::certificate(head, |certificate| &certificate.serial_number)
    }),
    ("CERT_SERVER_ISSUER", |head, _| {
        tls::name(head, |tls| &tls.server_issuer)
    }),
    ("CERT_SERVER_SUBJECT", |head, _| {
        tls::name(head, |tls| &tls.server_subject)
    }),
    ("CERT_SUBJECT", |head, _| {
        tls::certificate(head, |certificate| &certificate.subject)
    }),
    ("CONTENT_LENGTH", |head, _| {
        request_line::content_length(head.body())
    }),
    ("CONTENT_TYPE", |head, _| bytes(head.content_type())),
    ("CRYPT_CIPHER_ALG_ID", |head, _| {
        tls::algorithm(head, |tls| tls.cipher)
    }),
    ("CRYPT_HASH_ALG_ID", |head, _| {
        tls::algorithm(head, |tls| tls.hash)
    }),
    ("CRYPT_KEYEXCHANGE_ALG_ID", |head, _| {
        tls::algorithm(head, |tls| tls.key_exchange)
    }),
    ("CRYPT_PROTOCOL", |head, _| {
        tls::algorithm(head, |tls| tls.protocol)
    }),
    ("DOCUMENT_ROOT", |head, _| {
        text(&head.script().document_root)
    }),
    ("FORWARDED_URL", |_, _| location::FORWARDED_URL),
    ("GATEWAY_INTERFACE", |_, _| text("CGI/1.1")),
    ("HTTPS", |head, _| {
        text(if head.connection().secure {
            "on"
        } else {
            "off"
        })
    }),
    ("HTTPS_KEYSIZE", |head, _| {
        tls::bits(head, |tls| tls.key_size)
    }),
    ("HTTPS_SECRETKEYSIZE", |head, _| {
        tls::bits(head, |tls| tls.secret_key_size)
    }),
    ("HTTPS_SERVER_ISSUER", |head, _| {
        tls::name(head, |tls| &tls.server_issuer)
    }),
    ("HTTPS_SERVER_SUBJECT", |head, _| {
        tls::name(head, |tls| &tls.server_subject)
    }),
    ("HTTP_METHOD", |head, _| {
        bytes(head.method().as_str().as_bytes())
    }),
    ("HTTP_URL", |head, _| bytes(head.target().as_bytes())),
    ("HTTP_VERSION", |head, _| {
        request_line::protocol(head.version())
    }),
    ("INSTANCE_ID", |_, server| text(&server.instance_id)),
    ("INSTANCE_META_PATH", |_, server| {
        text(&server.instance_meta_path)
    }),
    ("INSTANCE_NAME", |_, server| text(&server.instance_name)),
    ("LOCAL_ADDR", |head, _| {
        connection::address(head.connection().local)
    }),
    ("LOGON_USER", |head, _| authentication::user(head)),
    // Managed code is not run here, in no mode.
    ("MANAGED_PIPELINE_MODE", |_, _| EMPTY),
    ("PATH_INFO", |head, _| text(&head.script().path_info)),
    ("PATH_TRANSLATED", |head, _| {
        text(&head.script().path_translated)
    }),
    ("QUERY_STRING", |head, _| bytes(head.query().as_bytes())),
    ("REMOTE_ADDR", |head, _| {
        connection::address(head.connection().remote)
    }),
    // Names are not looked up: the look-up would be the slowest part of most requests.
    ("REMOTE_HOST", |head, _| {
        connection::address(head.connection().remote)
    }),
    ("REMOTE_PORT", |head, _| {
        connection::port(head.connection().remote)
    }),
    ("REMOTE_USER", |head, _| authentication::user(head)),
    ("REQUEST_FILENAME", |head, _| {
        text(&head.script().script_filename)
    }),
    ("REQUEST_FLAGS", |head, _| {
        request_line::flags(head.version())
    }),
    ("REQUEST_METHOD", |head, _| {
        bytes(head.method().as_str().as_bytes())
    }),
    ("REQUEST_URI", |head, _| bytes(head.target().as_bytes())),
    ("SCRIPT_FILENAME", |head, _| {
        text(&head.script().script_filename)
    }),
    ("SCRIPT_NAME", |head, _| text(&head.script().script_name)),
    ("SCRIPT_TRANSLATED", |head, _| {
        location::script_translated(head)
    }),
    ("SERVER_ADDR", |head, _| {
        connection::address(head.connection().local)
    }),
    ("SERVER_NAME", |head, _| text(head.server_name())),
    ("SERVER_PORT", |head, _| owned(head.server_port())),
    ("SERVER_PORT_SECURE", |head, _| {
        text(if head.connection().secure { "1" } else { "0" })
    }),
    ("SERVER_PROTOCOL", |head, _| {
        request_line::protocol(head.version())
    }),
    ("SERVER_SOFTWARE", |_, server| text(&server.software)),
    ("UNENCODED_URL", |head, _| bytes(head.target().as_bytes())),
    ("UNMAPPED_REMOTE_USER", |head, _| authentication::user(head)),
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
