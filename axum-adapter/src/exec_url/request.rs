//! What a child is asked: its parent's request with the changes that the extension wants.

use axum::extract::OriginalUri;
use http::header::{
    CONTENT_LENGTH, EXPECT, HOST, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, RANGE, TRANSFER_ENCODING,
};
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use isapi_core::request_head::{BodyLength, RequestHead};
use isapi_core::session::ChildRequest;

use super::location::Location;
use super::{ChildRequestBody, ExecUrlContext};
use crate::connection::RawFields;
use crate::request::{Origin, body_length};

#[cfg(test)]
mod tests;

/// Makes the request of a child: what was `asked`, and where nothing was, what its parent's `head`
/// and `origin` say.
pub(super) fn child_request(
    head: &RequestHead,
    origin: &Origin,
    asked: &ChildRequest,
    location: Location,
    body: ChildRequestBody,
    context: ExecUrlContext,
) -> Request<ChildRequestBody> {
    let fields = fields(head, asked, body_length(&body));
    let keeps_fields = fields == *head.headers();
    let mut request = Request::new(body);
    *request.method_mut() = asked.method.as_ref().unwrap_or(head.method()).clone();
    *request.version_mut() = head.version();
    *request.uri_mut() = location.uri;
    *request.headers_mut() = fields;
    let extensions = request.extensions_mut();
    *extensions = origin.extensions.clone();
    if !keeps_fields {
        extensions.remove::<RawFields>();
    }
    extensions.insert(OriginalUri(location.original));
    extensions.insert(context);
    if let Some(user) = &asked.user {
        extensions.insert(user.clone());
    }
    request
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
