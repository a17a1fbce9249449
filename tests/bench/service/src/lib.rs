//! The service with the sample `hello` linked in, for programs that count what a request costs.

use std::error::Error;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use isapi_axum::{DispatchMode, IsapiService};
use isapi_emu_loader::Portable;
use sample_hello::Hello;
use tokio::runtime::{self, Runtime};
use tower_service::Service;

/// Where `hello` answers.
pub const PATH: &str = "/hello.dll";

/// A runtime whose tasks all run on one thread, for figures that are the same in every run.
///
/// # Errors
///
/// The system has no thread left.
pub fn one_thread() -> std::io::Result<Runtime> {
    runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
}

/// The service. It is built within a runtime.
///
/// # Errors
///
/// What makes a builder refuse.
pub fn hello_service() -> Result<IsapiService, Box<dyn Error>> {
    let service = IsapiService::builder(Portable::new())
        .extension(PATH, isapi_sdk::entry!(Hello))
        .dispatch(DispatchMode::Inline)
        .build()?;
    Ok(service)
}

/// Has the service answer one request, and reads the answer to its end.
///
/// # Panics
///
/// When the answer is not the sample's: what is counted would not be a request.
pub async fn hello(service: &mut IsapiService) {
    let request = Request::builder()
        .uri(PATH)
        .header("host", "127.0.0.1")
        .body(Empty::<Bytes>::new())
        .expect("the request is well formed");
    let Ok(response) = service.call(request).await;
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await;
    let body = body.expect("the answer is whole").to_bytes();
    assert_eq!(body, "Hello from ISAPI\n");
}
