//! The service with a synchronous and an asynchronous hello linked in, for programs that count what a request costs.

use std::error::Error;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use isapi_axum::{DispatchMode, IsapiService};
use isapi_emu_loader::Portable;
use isapi_sdk::{Extension, Finish, LoadFailure, Request as IsapiRequest, Status};
use sample_hello::Hello;
use tokio::runtime::{self, Runtime};
use tower_service::Service;

/// Where the sample `hello` answers.
pub const PATH: &str = "/hello.dll";

/// Where the same answer comes by an asynchronous write.
pub const ASYNC_PATH: &str = "/async-hello.dll";

const GREETING: &[u8] = b"Hello from ISAPI\n";

/// Answers with an asynchronous write; its completion ends the request.
struct AsyncHello;

impl Extension for AsyncHello {
    const DESCRIPTION: &'static str = "Asynchronous hello";

    fn load() -> Result<Self, LoadFailure> {
        Ok(Self)
    }

    fn handle(&self, request: IsapiRequest<'_>) -> Status {
        let fields = [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", "17"),
        ];
        if request.send_header("200 OK", &fields).is_err() {
            return Status::Error;
        }
        let (pending, request) = request.into_async();
        // One that does not start ends the request with an error, which the program notices.
        let _ = request.write(GREETING.to_vec(), |request, _, _| {
            request.finish(Finish::Success);
        });
        Status::Pending(pending)
    }
}

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
        .extension(ASYNC_PATH, isapi_sdk::entry!(AsyncHello))
        .dispatch(DispatchMode::Inline)
        .build()?;
    Ok(service)
}

/// Has the service answer one request at `path`, and reads the answer to its end.
///
/// # Panics
///
/// When the answer is another one: what is counted would not be a request.
pub async fn hello(service: &mut IsapiService, path: &str) {
    let request = Request::builder()
        .uri(path)
        .header("host", "127.0.0.1")
        .body(Empty::<Bytes>::new())
        .expect("the request is well formed");
    let Ok(response) = service.call(request).await;
    assert_eq!(response.status(), 200);
    let body = response.into_body().collect().await;
    let body = body.expect("the answer is whole").to_bytes();
    assert_eq!(body, GREETING);
}
