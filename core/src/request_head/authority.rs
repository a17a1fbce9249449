use std::net::Ipv6Addr;

use super::RequestError;

/// Host and port of a `Host` field or of an absolute-form target.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Authority<'a> {
    /// Empty when the client named none; an IPv6 address keeps its brackets.
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
}

impl<'a> Authority<'a> {
    /// Parses `uri-host [":" port]`
    /// ([RFC 9110, section 7.2](https://www.rfc-editor.org/rfc/rfc9110#section-7.2)).
    ///
    /// An empty value is allowed and names no host. User information is not: it has no place in
    /// an http URL a server is sent (RFC 9110, section 4.2.4).
    pub(super) fn parse(text: &'a str) -> Result<Self, RequestError> {
        let (host, rest) = match text.starts_with('[') {
            true => split_address(text)?,
            false => {
                let end = text.bytes().position(|byte| !is_name_byte(byte));
                text.split_at(end.unwrap_or(text.len()))
            }
        };
        let port = parse_port(rest)?;
        if host.is_empty() && port.is_some() {
            return Err(RequestError::InvalidHost);
        }
        Ok(Self { host, port })
    }
}

/// Whether a URL may have `text` between its `//` and its path: a host, with a port or without.
pub(crate) fn is_authority(text: &str) -> bool {
    Authority::parse(text).is_ok_and(|authority| !authority.host.is_empty())
}

/// Splits behind the brackets of an IPv6 address.
fn split_address(text: &str) -> Result<(&str, &str), RequestError> {
    let end = text.find(']').ok_or(RequestError::InvalidHost)?;
    match text[1..end].parse::<Ipv6Addr>() {
        Ok(_) => Ok(text.split_at(end + 1)),
        Err(_) => Err(RequestError::InvalidHost),
    }
}

/// What follows a host: nothing, or a colon and perhaps a number.
fn parse_port(text: &str) -> Result<Option<u16>, RequestError> {
    if text.is_empty() || text == ":" {
        return Ok(None);
    }
    let port = text.strip_prefix(':').ok_or(RequestError::InvalidHost)?;
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(RequestError::InvalidHost);
    }
    port.parse()
        .map(Some)
        .map_err(|_| RequestError::InvalidHost)
}

/// `unreserved` and `sub-delims` of RFC 3986 without escapes: a name that needs an escape is no
/// name DNS or a hosts file knows.
fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&'..=b',' | b';' | b'='
        )
}
