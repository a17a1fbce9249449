use std::net::SocketAddr;
use std::sync::Arc;

use http::{HeaderMap, Method, Version};

use super::{RawFields, TlsInfo};
use crate::SharedText;

/// How long the request's body is, by its real framing.
///
/// This comes from the transport, never from the text of a `Content-Length` field: a host that
/// believes the text can be made to wait for bytes that were never framed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BodyLength {
    /// The request has no body.
    #[default]
    None,
    /// The body has exactly so many bytes.
    Known(u64),
    /// The body ends when it ends (chunked, or an HTTP/2 stream without a length).
    Unknown,
}

/// What is known about the connection a request came over.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConnectionInfo {
    /// The client's address; `None` when the host was not told.
    pub remote: Option<SocketAddr>,
    /// The server's address; `None` when the host was not told.
    pub local: Option<SocketAddr>,
    /// Whether the connection is encrypted, here or by a server in front.
    pub secure: bool,
    /// What the TLS handshake came to; `None` without TLS, and where the host was not told.
    pub tls: Option<Arc<TlsInfo>>,
}

/// Whom a request is made for, as far as somebody has vouched for it.
///
/// Never what an `Authorization` field claims: whoever puts a user here has checked him.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct User {
    /// REMOTE_USER, LOGON_USER, UNMAPPED_REMOTE_USER.
    pub name: String,
    /// AUTH_TYPE, such as `Basic`.
    pub auth_type: String,
}

/// What the URL was mapped to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Script {
    /// SCRIPT_NAME: the decoded URL path up to and including the extension's name.
    pub script_name: SharedText,
    /// PATH_INFO: the decoded rest of the URL path, `""` when there is none.
    pub path_info: SharedText,
    /// PATH_TRANSLATED: where `path_info` lies in the file system.
    pub path_translated: SharedText,
    /// URL: the whole decoded path without the query.
    pub url: SharedText,
    /// APPL_PHYSICAL_PATH: the directory of the application in the file system.
    pub appl_physical_path: SharedText,
    /// SCRIPT_FILENAME, SCRIPT_TRANSLATED: where `script_name` lies in the file system: the module,
    /// or the script that is mapped to one. `""` when it is not in the file system.
    pub script_filename: SharedText,
    /// DOCUMENT_ROOT: the directory of the site, a separator at its end.
    pub document_root: SharedText,
    /// The URL path of the application, `""` at the root; the end of APPL_MD_PATH.
    pub application: SharedText,
}

/// The plain parts a [`RequestHead`](super::RequestHead) is made of.
///
/// The default is a `GET` in HTTP/1.1 for nothing in particular.
#[derive(Clone, Debug, Default)]
pub struct RequestHeadParts {
    /// The method, in the client's spelling.
    pub method: Method,
    /// The version the client spoke.
    pub version: Version,
    /// The request target as the client sent it, not decoded: origin-form (`/path?query`) or
    /// absolute-form (`http://host/path?query`; also what an HTTP/2 request amounts to).
    pub target: SharedText,
    /// The header fields, in the order they came.
    pub headers: HeaderMap,
    /// The length of the body, from its framing.
    pub body: BodyLength,
    /// The connection, as far as it is known.
    pub connection: ConnectionInfo,
    /// What the URL was mapped to.
    pub script: Script,
    /// Whom the request is made for, if somebody has vouched for it.
    pub user: Option<User>,
    /// The header fields as the client wrote them, in his order (ALL_RAW); `None` where they are not
    /// known any more.
    pub raw_fields: Option<RawFields>,
}
