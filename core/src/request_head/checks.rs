//! What a request must and must not have before an extension sees it.

use std::net::IpAddr;

use http::header::{CONTENT_LENGTH, HOST};
use http::{HeaderMap, HeaderName, HeaderValue, Version};

use super::authority::Authority;
use super::{BodyLength, ConnectionInfo, RequestError};
use crate::SharedText;

/// Cuts an absolute-form target into its authority and what follows.
pub(super) fn split_target(
    target: SharedText,
) -> Result<(Option<String>, SharedText), RequestError> {
    let printable = |byte: u8| byte > b' ' && byte != 0x7f && byte != b'#';
    if !target.bytes().all(printable) {
        return Err(RequestError::InvalidTarget);
    }
    if target.starts_with('/') || *target == *"*" {
        return Ok((None, target));
    }
    let (scheme, rest) = target
        .split_once("://")
        .ok_or(RequestError::InvalidTarget)?;
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return Err(RequestError::InvalidTarget);
    }
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    if authority.is_empty() {
        return Err(RequestError::InvalidTarget);
    }
    let path = match path.starts_with('/') {
        true => target.slice(target.len() - path.len()..target.len()),
        false => format!("/{path}").into(),
    };
    Ok((Some(authority.to_owned()), path))
}

pub(super) fn host_field(
    headers: &HeaderMap,
    version: Version,
) -> Result<Authority<'_>, RequestError> {
    let mut values = headers.get_all(HOST).iter();
    let Some(value) = values.next() else {
        if version == Version::HTTP_11 {
            return Err(RequestError::MissingHost);
        }
        return Ok(Authority::default());
    };
    if values.next().is_some() {
        return Err(RequestError::RepeatedHost);
    }
    // A host is in ASCII.
    let text = value.to_str().map_err(|_| RequestError::InvalidHost)?;
    Authority::parse(text)
}

pub(super) fn server_port(connection: &ConnectionInfo, authority: &Authority<'_>) -> u16 {
    let default = if connection.secure { 443 } else { 80 };
    connection
        .local
        .map(|local| local.port())
        .or(authority.port)
        .unwrap_or(default)
}

/// What stands for the host where the client named none.
pub(super) fn own_name(connection: &ConnectionInfo) -> String {
    match connection.local.map(|local| local.ip().to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => format!("[{address}]"),
        None => String::new(),
    }
}

/// Makes `Host` say what the target says: in its place, or in front of all fields where there is none.
pub(super) fn with_host(mut headers: HeaderMap, authority: &str) -> HeaderMap {
    // An authority that was parsed has no byte that a value must not have.
    let Ok(host) = HeaderValue::from_str(authority) else {
        return headers;
    };
    if let Some(value) = headers.get_mut(HOST) {
        *value = host;
        return headers;
    }
    let mut with_host = HeaderMap::with_capacity(headers.keys_len() + 1);
    with_host.insert(HOST, host);
    with_host.extend(headers);
    with_host
}

/// Drops `Proxy`.
///
/// The map is built anew, because removing from a `HeaderMap` moves its last entry into the gap
/// and ALL_RAW shows the client's order.
pub(super) fn without_forbidden_fields(headers: HeaderMap) -> HeaderMap {
    static PROXY: HeaderName = HeaderName::from_static("proxy");
    let forbidden = |name: &HeaderName| *name == PROXY;
    if !headers.keys().any(forbidden) {
        return headers;
    }
    rebuilt(&headers, |name, value| {
        (!forbidden(name)).then(|| value.clone())
    })
}

/// Makes `Content-Length` say what the framing says, or nothing.
pub(super) fn without_framing_lies(headers: HeaderMap, body: BodyLength) -> HeaderMap {
    let mut values = headers.get_all(CONTENT_LENGTH).iter();
    let honest = match (values.next(), values.next()) {
        (None, _) => true,
        (Some(value), None) => is_length_of(value, body),
        _ => false,
    };
    if honest {
        return headers;
    }
    let mut truth = match body {
        BodyLength::Known(length) => Some(HeaderValue::from(length)),
        BodyLength::None | BodyLength::Unknown => None,
    };
    rebuilt(&headers, |name, value| match *name == CONTENT_LENGTH {
        true => truth.take(),
        false => Some(value.clone()),
    })
}

fn is_length_of(value: &HeaderValue, body: BodyLength) -> bool {
    match body {
        BodyLength::None => value == "0",
        BodyLength::Known(length) => *value == length.to_string(),
        BodyLength::Unknown => false,
    }
}

fn rebuilt(
    headers: &HeaderMap,
    mut keep: impl FnMut(&HeaderName, &HeaderValue) -> Option<HeaderValue>,
) -> HeaderMap {
    let mut kept = HeaderMap::with_capacity(headers.keys_len());
    for (name, value) in headers {
        if let Some(value) = keep(name, value) {
            kept.append(name, value);
        }
    }
    kept
}
