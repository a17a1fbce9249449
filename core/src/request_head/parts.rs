use std::net::SocketAddr;

use http::{HeaderMap, Method, Version};

/// How long the request's body is, by its real framing.
///
/// This comes from the transport, never from the text of a `Content-Length` field: a host that
/// believes the text can be made to wait for bytes that were never framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BodyLength {
    /// The request has no body.
    None,
    /// The body has exactly so many bytes.
    Known(u64),
    /// The body ends when it ends (chunked, or an HTTP/2 stream without a length).
    Unknown,
}

/// What is known about the connection a request came over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ConnectionInfo {
    /// The client's address; `None` when the host was not told.
    pub remote: Option<SocketAddr>,
    /// The server's address; `None` when the host was not told.
    pub local: Option<SocketAddr>,
    /// Whether the connection is encrypted.
    pub secure: bool,
}

/// What the URL was mapped to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Script {
    /// SCRIPT_NAME: the decoded URL path up to and including the extension's name.
    pub script_name: String,
    /// PATH_INFO: the decoded rest of the URL path, `""` when there is none.
    pub path_info: String,
    /// PATH_TRANSLATED: where `path_info` lies in the file system.
    pub path_translated: String,
    /// URL: the whole decoded path without the query.
    pub url: String,
    /// APPL_PHYSICAL_PATH: the directory of the application in the file system.
    pub appl_physical_path: String,
}

/// The plain parts a [`RequestHead`](super::RequestHead) is made of.
#[derive(Clone, Debug)]
pub struct RequestHeadParts {
    /// The method, in the client's spelling.
    pub method: Method,
    /// The version the client spoke.
    pub version: Version,
    /// The request target as the client sent it, not decoded: origin-form (`/path?query`) or
    /// absolute-form (`http://host/path?query`; also what an HTTP/2 request amounts to).
    pub target: String,
    /// The header fields, in the order they came.
    pub headers: HeaderMap,
    /// The length of the body, from its framing.
    pub body: BodyLength,
    /// The connection, as far as it is known.
    pub connection: ConnectionInfo,
    /// What the URL was mapped to.
    pub script: Script,
}
