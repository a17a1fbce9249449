//! Variables about the version of the request and the length of its body.

use http::Version;

use crate::request_head::BodyLength;

use super::Value;
use super::value::{EMPTY, owned, text};

/// SERVER_PROTOCOL and HTTP_VERSION.
pub(super) fn protocol(version: Version) -> Value<'static> {
    text(match version {
        Version::HTTP_09 => "HTTP/0.9",
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2.0",
        Version::HTTP_3 => "HTTP/3.0",
        _ => "HTTP/1.1",
    })
}

/// REQUEST_FLAGS: those of
/// [`HTTP_REQUEST`](https://learn.microsoft.com/en-us/windows/win32/api/http/ns-http-http_request_v1)
/// that tell the version, in decimal.
///
/// The flag for a body that is still to be read is never set: it would be true for a part of the
/// request only, and a variable has one value.
pub(super) fn flags(version: Version) -> Value<'static> {
    const HTTP_REQUEST_FLAG_HTTP2: u32 = 4;
    const HTTP_REQUEST_FLAG_HTTP3: u32 = 8;

    owned(match version {
        Version::HTTP_2 => HTTP_REQUEST_FLAG_HTTP2,
        Version::HTTP_3 => HTTP_REQUEST_FLAG_HTTP3,
        _ => 0,
    })
}

/// CONTENT_LENGTH: from the framing, like `cbTotalBytes`; empty while the length is not known.
pub(super) fn content_length(body: BodyLength) -> Value<'static> {
    match body {
        BodyLength::None => text("0"),
        BodyLength::Known(length) => owned(length),
        BodyLength::Unknown => EMPTY,
    }
}
