//! From a [`ResponseHead`] to a response of the `http` crate, and back for children.

use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderValue, Response, Version};
use http_body::Body;
use hyper::ext::ReasonPhrase;
use isapi_core::response_head::ResponseHead;

use crate::IsapiBody;

/// Joins head and body; `version` is the request's.
pub(crate) fn response(
    head: ResponseHead,
    version: Version,
    body: IsapiBody,
) -> Response<IsapiBody> {
    let mut response = Response::new(body);
    *response.status_mut() = head.status();
    // Only HTTP/1 has words and a fate of the connection in its heads.
    let is_http_1 = version <= Version::HTTP_11;
    let closes = is_http_1 && head.wants_close();
    if is_http_1 && let Some(reason) = own_reason(&head) {
        response.extensions_mut().insert(reason);
    }
    let fields = head.into_fields();
    let headers = response.headers_mut();
    headers.reserve(fields.len());
    for (name, value) in fields {
        headers.append(name, value);
    }
    if closes {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// The words behind the status, where they are not the usual ones.
fn own_reason(head: &ResponseHead) -> Option<ReasonPhrase> {
    let reason = head.reason()?;
    if head
        .status()
        .canonical_reason()
        .is_some_and(|usual| usual.as_bytes() == &reason[..])
    {
        return None;
    }
    ReasonPhrase::try_from(reason.clone()).ok()
}

/// The answer to `HEAD` in the place of one to `GET`: its length stays, its body goes. hyper leaves a
/// body out by itself in HTTP/1 only.
pub(crate) fn without_body(mut response: Response<IsapiBody>) -> Response<IsapiBody> {
    let length = response.body().size_hint().exact();
    if let Some(length) = length.filter(|length| *length > 0) {
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    *response.body_mut() = IsapiBody::full("");
    response
}

/// The head of a child's response, to be sent by its parent.
///
/// The length of a body that knows it becomes a field, as it would in a server.
pub(crate) fn response_head(response: &Response<IsapiBody>) -> ResponseHead {
    let mut head = head_without_fields(response);
    for (name, value) in response.headers() {
        // The body comes without the framing that this names.
        if *name != TRANSFER_ENCODING {
            head = head.with_field(name.clone(), value.clone());
        }
    }
    match response.body().size_hint().exact() {
        Some(length) if length > 0 => head.with_field(CONTENT_LENGTH, length.into()),
        _ => head,
    }
}

fn head_without_fields(response: &Response<IsapiBody>) -> ResponseHead {
    let status = response.status();
    let own = response.extensions().get::<ReasonPhrase>();
    let own = own.and_then(|reason| {
        let line = [status.as_str().as_bytes(), b" ", reason.as_bytes()].concat();
        ResponseHead::from_header_call(Some(&line), b"").ok()
    });
    own.map_or_else(|| ResponseHead::new(status), |(head, _)| head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respond(status: &str, headers: &str, version: Version) -> Response<IsapiBody> {
        let (head, _) =
            ResponseHead::from_header_call(Some(status.as_bytes()), headers.as_bytes()).unwrap();
        response(head, version, IsapiBody::full(""))
    }

    #[test]
    fn an_answer_to_head_has_a_length_and_no_body() {
        let page = response(
            ResponseHead::new(http::StatusCode::NOT_FOUND),
            Version::HTTP_2,
            IsapiBody::full("four"),
        );
        let answer = without_body(page);
        assert_eq!(answer.headers()[CONTENT_LENGTH], "4");
        assert!(answer.body().is_end_stream());
    }

    #[test]
    fn fields_keep_their_number() {
        let response = respond(
            "200 OK",
            "Set-Cookie: a\r\nSet-Cookie: b\r\n\r\n",
            Version::HTTP_11,
        );
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies, ["a", "b"]);
    }

    #[test]
    fn only_a_reason_of_the_extensions_own_is_carried() {
        let usual = respond("404 Not Found", "", Version::HTTP_11);
        assert!(usual.extensions().get::<ReasonPhrase>().is_none());
        let own = respond("404 Gone Fishing", "", Version::HTTP_11);
        let reason = own.extensions().get::<ReasonPhrase>().unwrap();
        assert_eq!(reason.as_bytes(), b"Gone Fishing");
    }

    #[test]
    fn the_end_of_the_connection_is_said_in_http_1_only() {
        let headers = "Connection: close\r\n\r\n";
        assert_eq!(
            respond("200 OK", headers, Version::HTTP_11).headers()["connection"],
            "close"
        );
        assert!(
            respond("200 OK", headers, Version::HTTP_2)
                .headers()
                .is_empty()
        );
    }

    #[test]
    fn a_childs_head_is_that_of_its_response() {
        for (status, headers) in [
            ("404 Gone Fishing", "Set-Cookie: a\r\nSet-Cookie: b\r\n\r\n"),
            ("200 OK", "Connection: close\r\nContent-Length: 5\r\n\r\n"),
        ] {
            let (head, _) =
                ResponseHead::from_header_call(Some(status.as_bytes()), headers.as_bytes())
                    .unwrap();
            let response = respond(status, headers, Version::HTTP_11);
            assert_eq!(response_head(&response), head);
        }
    }

    #[test]
    fn a_childs_body_says_how_long_it_is_and_is_not_chunked_any_more() {
        let mut response = Response::new(IsapiBody::full("12345"));
        let chunked = HeaderValue::from_static("chunked");
        response.headers_mut().insert(TRANSFER_ENCODING, chunked);
        let head = response_head(&response);
        assert!(!head.is_chunked());
        assert_eq!(head.content_length(), Some(5));
    }
}
