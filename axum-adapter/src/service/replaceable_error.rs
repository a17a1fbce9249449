use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH,
    CONTENT_LOCATION, CONTENT_RANGE, CONTENT_TYPE, ETAG, LAST_MODIFIED, TRANSFER_ENCODING,
};
use http::{Extensions, Response};
use isapi_bridge::ErrorPage;

use crate::IsapiBody;

/// In the extensions of a response of the [fallback](crate::Builder::fallback): the response is an
/// error, and its body is nothing but words for the status.
///
/// The service shows the [`error_page`](crate::Builder::error_page) that is configured for it in
/// place of the words, and keeps the status and all fields that do not describe the body, such as
/// `Allow`. Not for a child request that asks for errors as they are
/// (`HSE_EXEC_URL_DISABLE_CUSTOM_ERROR`). A response without the mark is sent as it is.
///
/// ```
/// use axum::body::Body;
/// use http::{Response, StatusCode};
/// use isapi_axum::ReplaceableError;
///
/// fn not_found() -> Response<Body> {
///     let mut response = Response::new(Body::from("404 Not Found\n"));
///     *response.status_mut() = StatusCode::NOT_FOUND;
///     let mark = ReplaceableError { sub_status: 0 };
///     response.extensions_mut().insert(mark);
///     response
/// }
/// # assert_eq!(not_found().status(), 404);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReplaceableError {
    /// [IIS's second number](https://learn.microsoft.com/en-us/troubleshoot/developer/webapps/iis/www-administration-management/http-status-code)
    /// of the error, such as 8 in 404.8; 0 for none.
    pub sub_status: u16,
}

impl ReplaceableError {
    pub(crate) fn of(extensions: &Extensions) -> Option<Self> {
        extensions.get().copied()
    }
}

/// Fields that are about the body, which is another's now.
const ABOUT_THE_BODY: [http::HeaderName; 10] = [
    ACCEPT_RANGES,
    CONTENT_DISPOSITION,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LENGTH,
    CONTENT_LOCATION,
    CONTENT_RANGE,
    ETAG,
    LAST_MODIFIED,
    TRANSFER_ENCODING,
];

/// Shows a page in place of a response's own body.
pub(super) fn show(page: ErrorPage, response: &mut Response<IsapiBody>) {
    let headers = response.headers_mut();
    for field in ABOUT_THE_BODY {
        headers.remove(field);
    }
    headers.insert(CONTENT_TYPE, page.content_type);
    *response.body_mut() = IsapiBody::full(page.body);
}
