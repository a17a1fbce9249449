//! What a child is asked: its parent's request with the changes that the extension wants.

use std::borrow::Cow;

use axum::extract::OriginalUri;
use http::header::{
    CONTENT_LENGTH, EXPECT, HOST, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, RANGE, TRANSFER_ENCODING,
};
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use isapi_core::request_head::{BodyLength, RequestHead};
use isapi_core::session::ChildRequest;
use isapi_core::url_path::UrlError;

use super::{ChildRequestBody, ExecUrlContext};
use crate::DispatchError;
use crate::request::{Origin, body_length};

#[cfg(test)]
mod tests;

/// The URL of a child.
#[derive(Debug, PartialEq, Eq)]
struct Location {
    /// As the service sees it: below the place where it is nested.
    uri: Uri,
    /// As a client would have sent it.
    original: Uri,
}

/// Makes the request of a child out of its parent's `head` and `origin`, what was `asked` for, and the
/// child's own body and context.
pub(super) fn child_request(
    head: &RequestHead,
    origin: &Origin,
    asked: &ChildRequest,
    body: ChildRequestBody,
    context: ExecUrlContext,
) -> Result<Request<ChildRequestBody>, DispatchError> {
    let location = match &asked.url {
        Some(url) => locate(origin, url)?,
        None => Location {
            uri: origin.uri.clone(),
            original: origin.original_uri().clone(),
        },
    };
    let fields = fields(head, asked, body_length(&body));
    let mut request = Request::new(body);
    *request.method_mut() = asked.method.as_ref().unwrap_or(head.method()).clone();
    *request.version_mut() = head.version();
    *request.uri_mut() = location.uri;
    *request.headers_mut() = fields;
    let extensions = request.extensions_mut();
    *extensions = origin.extensions.clone();
    extensions.insert(OriginalUri(location.original));
    extensions.insert(context);
    if let Some(user) = &asked.user {
        extensions.insert(user.clone());
    }
    Ok(request)
}

/// Finds the service's own part of a URL, which begins at the root of the site.
///
/// What lies outside the place where the service is nested is none of its URLs.
fn locate(origin: &Origin, url: &str) -> Result<Location, DispatchError> {
    let url = escaped(url);
    let below = without_prefix(&url, origin.nest_prefix()).ok_or(DispatchError::NotFound)?;
    let with_path = |uri: &Uri, path_and_query: &str| {
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(path_and_query).ok()?);
        Uri::from_parts(parts).ok()
    };
    let uri = with_path(&origin.uri, &below);
    let original = with_path(origin.original_uri(), &url);
    // Escaping leaves only what is far too long.
    let (Some(uri), Some(original)) = (uri, original) else {
        return Err(UrlError::ControlCharacter.into());
    };
    Ok(Location { uri, original })
}

/// Escapes what no URL may have, but extensions write all the same: spaces above all.
fn escaped(url: &str) -> Cow<'_, str> {
    let is_unfit = |byte: &u8| {
        byte.is_ascii_control()
            || !byte.is_ascii()
            || matches!(byte, b' ' | b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`')
    };
    if !url.as_bytes().iter().any(|byte| is_unfit(byte)) {
        return Cow::Borrowed(url);
    }
    let escape = |byte: u8| match is_unfit(&byte) {
        true => format!("%{byte:02X}"),
        false => char::from(byte).to_string(),
    };
    Cow::Owned(url.bytes().map(escape).collect())
}

/// The rest of a URL behind a prefix of whole segments; letters' case does not matter, as in all URLs
/// of the service.
fn without_prefix<'a>(url: &'a str, prefix: &str) -> Option<Cow<'a, str>> {
    let (start, rest) = url.split_at_checked(prefix.len())?;
    if !start.eq_ignore_ascii_case(prefix) {
        return None;
    }
    match rest.chars().next() {
        Some('/') => Some(Cow::Borrowed(rest)),
        Some('?') | None => Some(Cow::Owned(format!("/{rest}"))),
        Some(_) => None,
    }
}

/// The header fields of a child with a body of this length.
///
/// Fields of its own replace the parent's, all but `Host`: HTTP has no request without it.
fn fields(head: &RequestHead, asked: &ChildRequest, body: BodyLength) -> HeaderMap {
    let is_wanted = |name: &HeaderName, value: &HeaderValue| {
        if *name == CONTENT_LENGTH {
            return is_length(value, body);
        }
        if *name == TRANSFER_ENCODING {
            return body == BodyLength::Unknown;
        }
        // An entity is there already: nobody is to be asked to send it.
        if *name == EXPECT {
            return asked.entity.is_none();
        }
        !asked.ignore_validation_and_range || !is_condition_or_range(name)
    };
    let mut fields = HeaderMap::new();
    let mut take = |name: &HeaderName, value: &HeaderValue| {
        if is_wanted(name, value) {
            fields.append(name, value.clone());
        }
    };
    match &asked.headers {
        Some(own) => own.iter().for_each(|(name, value)| take(name, value)),
        None => head
            .headers()
            .iter()
            .for_each(|(name, value)| take(name, value)),
    }
    if let BodyLength::Known(length) = body
        && !fields.contains_key(CONTENT_LENGTH)
    {
        fields.append(CONTENT_LENGTH, HeaderValue::from(length));
    }
    if !fields.contains_key(HOST)
        && let Some(host) = head.headers().get(HOST)
    {
        fields.append(HOST, host.clone());
    }
    fields
}

fn is_length(value: &HeaderValue, body: BodyLength) -> bool {
    match body {
        BodyLength::None => value == "0",
        BodyLength::Known(length) => *value == length.to_string(),
        BodyLength::Unknown => false,
    }
}

fn is_condition_or_range(name: &HeaderName) -> bool {
    [
        IF_MATCH,
        IF_MODIFIED_SINCE,
        IF_NONE_MATCH,
        IF_RANGE,
        IF_UNMODIFIED_SINCE,
        RANGE,
    ]
    .contains(name)
}
