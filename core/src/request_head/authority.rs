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
    pub(super) fn parse(text: &'a [u8]) -> Result<Self, RequestError> {
        let text = std::str::from_utf8(text).map_err(|_| RequestError::InvalidHost)?;
        let (host, port) = split_port(text)?;
        let valid = match host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => host.bytes().all(is_name_byte) && (!host.is_empty() || port.is_none()),
        };
        if !valid {
            return Err(RequestError::InvalidHost);
        }
        Ok(Self { host, port })
    }
}

/// Whether a URL may have `text` between its `//` and its path: a host, with a port or without.
pub(crate) fn is_authority(text: &str) -> bool {
    Authority::parse(text.as_bytes()).is_ok_and(|authority| !authority.host.is_empty())
}

fn split_port(text: &str) -> Result<(&str, Option<u16>), RequestError> {
    let host_end = match text.starts_with('[') {
        true => text.find(']').map_or(text.len(), |bracket| bracket + 1),
        false => text.find(':').unwrap_or(text.len()),
    };
    let (host, rest) = text.split_at(host_end);
    let Some(port) = rest.strip_prefix(':') else {
        return if rest.is_empty() {
            Ok((host, None))
        } else {
            Err(RequestError::InvalidHost)
        };
    };
    if port.is_empty() {
        return Ok((host, None));
    }
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(RequestError::InvalidHost);
    }
    port.parse()
        .map(|port| (host, Some(port)))
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
