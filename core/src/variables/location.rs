//! Variables that name what was asked for: in the configuration, in the file system, in a cache.

use std::net::IpAddr;

use crate::request_head::RequestHead;

use super::value::{EMPTY, owned, text};
use super::{ServerInfo, Value};

/// APPL_MD_PATH: the application's place in the configuration, such as `/LM/W3SVC/1/ROOT/shop`.
pub(super) fn appl_md_path(head: &RequestHead, server: &ServerInfo) -> Value<'static> {
    let application = &head.script().application;
    owned(format!("{}/ROOT{application}", server.instance_meta_path))
}

/// CACHE_URL: one name for whatever this request asks for, of the form
/// `http://ADDRESS:PORT:HOST:PORT/PATH?QUERY`.
///
/// ADDRESS is the server's, empty when it is not known. HOST is in lower case and PATH decoded, so
/// that two spellings of one URL have one name. QUERY is what the client sent.
pub(super) fn cache_url(head: &RequestHead) -> Value<'static> {
    let connection = head.connection();
    let scheme = if connection.secure { "https" } else { "http" };
    let address = match connection.local.map(|local| local.ip().to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => format!("[{address}]"),
        None => String::new(),
    };
    let host = head.server_name().to_ascii_lowercase();
    let port = head.server_port();
    let path = &head.script().url;
    // From the `?` on; a path has none of its own.
    let query = head
        .target()
        .find('?')
        .map_or("", |at| &head.target()[at..]);
    owned(format!(
        "{scheme}://{address}:{port}:{host}:{port}{path}{query}"
    ))
}

/// FORWARDED_URL: empty, since nothing rewrites the URL of a request on its way to an extension.
pub(super) const FORWARDED_URL: Value<'static> = EMPTY;

/// SCRIPT_TRANSLATED: the script's path in the form that has no limit of 260 characters
/// ([Maximum Path Length](https://learn.microsoft.com/en-us/windows/win32/fileio/maximum-file-path-limitation)),
/// which only a Windows path has.
pub(super) fn script_translated(head: &RequestHead) -> Value<'_> {
    let path = head.script().script_filename.as_str();
    if path.starts_with(r"\\?\") || path.starts_with(r"\\.\") {
        return text(path);
    }
    if let Some(share) = path.strip_prefix(r"\\") {
        return owned(format!(r"\\?\UNC\{}", share.replace('/', r"\")));
    }
    if begins_with_drive(path) {
        return owned(format!(r"\\?\{}", path.replace('/', r"\")));
    }
    text(path)
}

/// Whether a path begins like `C:\`.
fn begins_with_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [drive, b':', b'\\' | b'/', ..] if drive.is_ascii_alphabetic())
}
