//! `isapi` without a command: a site with the sample extensions, linked in.

use axum::body::Body;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method, Response};

use crate::extensions;
use crate::failure::{StartFailure, Stop};
use crate::refusal::Refusal;
use crate::server::{self, Loading};
use crate::settings::Settings;
use crate::site::Front;

const PAGE: &str = include_str!("../demo/index.html");

/// Serves the demo site until told to stop.
///
/// # Errors
///
/// The server cannot start.
pub(crate) async fn run(settings: &Settings) -> Result<Stop, StartFailure> {
    let site = extensions::builder(settings)?
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
        .fallback(Front::demo())
        .build()
        .map_err(extensions::refusal)?;
    server::run(site, Loading::All, settings).await
}

/// The page at `/`.
pub(crate) fn page(method: &Method) -> Result<Response<Body>, Refusal> {
    if method != Method::GET && method != Method::HEAD {
        return Err(Refusal::METHOD_NOT_ALLOWED);
    }
    let mut response = Response::new(Body::from(PAGE));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Ok(response)
}
