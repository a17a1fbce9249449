//! The head of a request as the session, the control block and the server variables see it.

mod authority;
mod checks;
mod error;
mod parts;
mod raw_fields;
#[cfg(test)]
mod tests;
mod tls;

use std::fmt;
use std::hash::{Hash, Hasher};

use http::header::{CONNECTION, CONTENT_TYPE, EXPECT, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Version};

pub use error::RequestError;
pub use parts::{BodyLength, ConnectionInfo, RequestHeadParts, Script, User};
pub use raw_fields::RawFields;
pub use tls::{ClientCertificate, TlsInfo};

pub(crate) use authority::is_authority;

use authority::Authority;

use crate::SharedText;

/// A request head that passed the checks every HTTP server owes its applications.
///
/// Equal heads are equal in all parts; the hash covers method and target only, which is enough
/// for a hash and spares hashing a header map.
///
/// ```
/// use http::{HeaderMap, HeaderValue, Method, Version};
/// use isapi_core::request_head::{BodyLength, RequestHead, RequestHeadParts};
///
/// let mut headers = HeaderMap::new();
/// headers.insert("host", HeaderValue::from_static("www.example.com:8080"));
/// let head = RequestHead::new(RequestHeadParts {
///     method: Method::GET,
///     version: Version::HTTP_11,
///     target: "/hello.dll/extra?a=1".into(),
///     headers,
///     body: BodyLength::None,
///     ..RequestHeadParts::default()
/// })?;
/// assert_eq!(head.query(), "a=1");
/// assert_eq!(head.server_name(), "www.example.com");
/// # Ok::<(), isapi_core::request_head::RequestError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RequestHead {
    method: Method,
    version: Version,
    target: SharedText,
    headers: HeaderMap,
    body: BodyLength,
    connection: ConnectionInfo,
    script: Script,
    user: Option<User>,
    raw_fields: Option<RawFields>,
    /// What stands for the host where the client named none.
    own_name: Option<Box<str>>,
    server_port: u16,
}

impl RequestHead {
    /// Checks the parts and takes what an extension must not see out of them.
    ///
    /// * `Host` follows [RFC 9112, section 3.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2):
    ///   exactly one in HTTP/1.1, never two, and its value must be a host.
    /// * An authority in the target replaces the value of `Host`
    ///   ([RFC 9112, section 3.2.2](https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2)), so that
    ///   SERVER_NAME and HTTP_HOST never name two hosts. It is the `Host` field of a request that has
    ///   none ([RFC 9113, section 8.3.1](https://www.rfc-editor.org/rfc/rfc9113#section-8.3.1)):
    ///   HTTP_HOST is there in HTTP/2 too.
    /// * `Proxy` is dropped: it would become `HTTP_PROXY`, which many C libraries obey.
    /// * A `Content-Length` that contradicts the body's framing is replaced by the true length,
    ///   or dropped where the length is not known.
    ///
    /// # Errors
    ///
    /// [`RequestError`] says which rule the client broke; the answer is its
    /// [`status`](RequestError::status).
    pub fn new(parts: RequestHeadParts) -> Result<Self, RequestError> {
        let RequestHeadParts {
            method,
            version,
            target,
            headers,
            body,
            connection,
            script,
            user,
            raw_fields,
        } = parts;
        let (target_authority, target) = checks::split_target(target)?;
        let host = checks::host_field(&headers, version)?;
        let authority = match &target_authority {
            Some(text) => Authority::parse(text)?,
            None => host,
        };
        let server_port = checks::server_port(&connection, &authority);
        let own_name = authority
            .host
            .is_empty()
            .then(|| checks::own_name(&connection).into());
        let headers = match &target_authority {
            Some(text) => checks::with_host(headers, text),
            None => headers,
        };
        let headers = checks::without_framing_lies(checks::without_forbidden_fields(headers), body);
        Ok(Self {
            method,
            version,
            target,
            headers,
            body,
            connection,
            script,
            user,
            raw_fields,
            own_name,
            server_port,
        })
    }

    /// The method, in the client's spelling.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The version the client spoke.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Path and query as the client sent them, not decoded (HTTP_URL). An authority the client
    /// put before the path is not part of it.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// What follows the first `?` of the target, not decoded; `""` when there is none.
    pub fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }

    /// The header fields an extension may see, in the order they came.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The length of the body, from its framing.
    pub fn body(&self) -> BodyLength {
        self.body
    }

    /// The connection, as far as it is known.
    pub fn connection(&self) -> &ConnectionInfo {
        &self.connection
    }

    /// What the URL was mapped to.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Whom the request is made for, if somebody has vouched for it.
    pub fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }

    /// The header fields as the client wrote them, also those that an extension must not see; `None`
    /// where they are not known any more.
    pub fn raw_fields(&self) -> Option<&RawFields> {
        self.raw_fields.as_ref()
    }

    /// The host the client asked for, without its port; an IPv6 address keeps its brackets
    /// ([RFC 3875, section 4.1.14](https://www.rfc-editor.org/rfc/rfc3875#section-4.1.14)).
    /// A client that named none gets the server's address, or `""` when that is unknown too.
    pub fn server_name(&self) -> &str {
        if let Some(own_name) = &self.own_name {
            return own_name;
        }
        // It was parsed when the head was made: few extensions ask for it.
        let host = self.headers.get(HOST).map(HeaderValue::to_str);
        let host = host.and_then(Result::ok).map(Authority::parse);
        host.and_then(Result::ok).map_or("", |host| host.host)
    }

    /// The port the request came in on: that of the connection; where that is unknown, the one
    /// the client named, else 443 or 80.
    pub fn server_port(&self) -> u16 {
        self.server_port
    }

    /// The value of `Content-Type`, `b""` when there is none.
    pub fn content_type(&self) -> &[u8] {
        self.headers
            .get(CONTENT_TYPE)
            .map_or(b"", HeaderValue::as_bytes)
    }

    /// Whether the client waits for `100 Continue` before it sends the body
    /// ([RFC 9110, section 10.1.1](https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1)).
    pub fn expects_continue(&self) -> bool {
        if self.body == BodyLength::None || self.version < Version::HTTP_11 {
            return false;
        }
        list_contains(&self.headers, &EXPECT, "100-continue")
    }

    /// Whether the client asks to keep the connection
    /// ([RFC 9112, section 9.3](https://www.rfc-editor.org/rfc/rfc9112#section-9.3)): in
    /// HTTP/1.1 unless it says `close`, in HTTP/1.0 only if it says `keep-alive`, in HTTP/2
    /// always.
    pub fn keep_alive(&self) -> bool {
        match self.version {
            Version::HTTP_09 => false,
            Version::HTTP_10 => {
                !list_contains(&self.headers, &CONNECTION, "close")
                    && list_contains(&self.headers, &CONNECTION, "keep-alive")
            }
            Version::HTTP_11 => !list_contains(&self.headers, &CONNECTION, "close"),
            _ => true,
        }
    }

    /// Whether the client runs on this machine. A client without a known address does not.
    pub fn is_loopback(&self) -> bool {
        self.connection
            .remote
            .is_some_and(|remote| remote.ip().to_canonical().is_loopback())
    }
}

impl Hash for RequestHead {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.method.hash(state);
        self.target.hash(state);
    }
}

impl fmt::Debug for RequestHead {
    /// Shows everything but the field values, which may be credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("RequestHead")
            .field("method", &self.method)
            .field("version", &self.version)
            .field("target", &self.target)
            .field("headers", &names)
            .field("body", &self.body)
            .field("connection", &self.connection)
            .field("script", &self.script)
            .field("server_name", &self.server_name())
            .field("server_port", &self.server_port)
            .finish()
    }
}

/// Whether a comma-separated list field has `token`, in any letter case.
fn list_contains(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .any(|item| item.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}
