//! `isapi` without a command: a site with the sample extensions, linked in.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Response};

use crate::body::SiteBody;
use crate::cli::Options;
use crate::extensions;
use crate::failure::{StartFailure, Stop};
use crate::refusal;
use crate::server::{self, Loading};
use crate::site::{Front, Site};

const PAGE: &str = include_str!("../demo/index.html");

/// Serves the demo site until told to stop.
///
/// # Errors
///
/// The server cannot start.
pub(crate) async fn run(options: &Options) -> Result<Stop, StartFailure> {
    let extensions = extensions::builder(options)?
        .extension("/hello.dll", isapi_sdk::entry!(sample_hello::Hello))
        .extension(
            "/variables.dll",
            isapi_sdk::entry!(sample_variables::Variables),
        )
        .extension(
            "/image-server.dll",
            isapi_sdk::entry!(sample_image_server::ImageServer),
        )
        .extension(
            "/upload-echo.dll",
            isapi_sdk::entry!(sample_upload_echo::UploadEcho),
        )
        .extension(
            "/worker-thread.dll",
            isapi_sdk::entry!(sample_worker_thread::WorkerThread),
        )
        .build()
        .map_err(extensions::refusal)?;
    let site = Site::new(extensions, Front::Demo, options.limits.request());
    server::run(site, Loading::AtStart, options).await
}

/// The page at `/`.
pub(crate) fn page(method: &Method) -> Response<SiteBody> {
    if method != Method::GET && method != Method::HEAD {
        return refusal::method_not_allowed();
    }
    let mut response = Response::new(SiteBody::full(Bytes::from_static(PAGE.as_bytes())));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}
