//! From a [`ResponseHead`] to a response of the `http` crate.

use http::header::CONNECTION;
use http::{HeaderValue, Response, Version};
use hyper::ext::ReasonPhrase;
use isapi_core::response_head::ResponseHead;

use crate::IsapiBody;

/// Joins head and body; `version` is the request's.
pub(crate) fn response(
    head: &ResponseHead,
    version: Version,
    body: IsapiBody,
) -> Response<IsapiBody> {
    let mut response = Response::new(body);
    *response.status_mut() = head.status();
    response.headers_mut().reserve(head.fields().len());
    for (name, value) in head.fields() {
        response.headers_mut().append(name.clone(), value.clone());
    }
    // Only HTTP/1 has words and a fate of the connection in its heads.
    if version > Version::HTTP_11 {
        return response;
    }
    if let Some(reason) = own_reason(head) {
        response.extensions_mut().insert(reason);
    }
    if head.wants_close() {
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn respond(status: &str, headers: &str, version: Version) -> Response<IsapiBody> {
        let (head, _) =
            ResponseHead::from_header_call(Some(status.as_bytes()), headers.as_bytes()).unwrap();
        response(&head, version, IsapiBody::full(""))
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
}
