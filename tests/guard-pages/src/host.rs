//! The service in this process, without a socket.

use std::panic;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use isapi_abi::{DWORD, HSE_STATUS_SUCCESS};
use isapi_axum::{Builder, IsapiService, SessionConfig};
use isapi_emu_loader::Portable;
use tokio::runtime::{self, Runtime};
use tower_service::Service;

use crate::Ecb;
use crate::extension::{entry, forget, on_call};

/// Longer than a request here takes; a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(50);

/// The URL of the extension.
const URL: &str = "/test.dll";

/// A service with the extension.
#[derive(Debug)]
pub struct Host {
    runtime: Runtime,
    service: IsapiService,
}

/// What a request came to.
#[derive(Debug)]
pub struct Answer {
    /// The response's status.
    pub status: StatusCode,
    /// Its body; `None` if it was cut.
    pub body: Option<Bytes>,
}

impl Host {
    /// A service with nothing but the extension.
    pub fn new() -> Self {
        Self::with(|builder| builder)
    }

    /// A service that reads nothing of a body ahead.
    pub fn without_read_ahead() -> Self {
        Self::with(|builder| {
            builder.session_config(SessionConfig {
                read_ahead: 0,
                ..SessionConfig::default()
            })
        })
    }

    /// A service that is settled first.
    ///
    /// # Panics
    ///
    /// When the service cannot be built.
    pub fn with(settle: impl FnOnce(Builder) -> Builder) -> Self {
        let builder = IsapiService::builder(Portable::new()).extension(URL, entry());
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build();
        Self {
            runtime: runtime.expect("threads"),
            service: settle(builder).build().expect("a service"),
        }
    }

    /// Runs the closure as the extension's part of a GET, which then ends with success.
    ///
    /// # Panics
    ///
    /// When the closure does.
    #[track_caller]
    pub fn run(&self, test: impl FnOnce(Ecb) + Send + 'static) -> Answer {
        self.send(get(), |ecb| {
            test(ecb);
            HSE_STATUS_SUCCESS
        })
    }

    /// Runs the closure as the extension's part of a POST with a body, which then ends with success.
    ///
    /// # Panics
    ///
    /// When the closure does.
    #[track_caller]
    pub fn post(&self, body: impl Into<Bytes>, test: impl FnOnce(Ecb) + Send + 'static) -> Answer {
        let mut request = get();
        *request.method_mut() = Method::POST;
        *request.body_mut() = Full::new(body.into());
        self.send(request, |ecb| {
            test(ecb);
            HSE_STATUS_SUCCESS
        })
    }

    /// Runs the closure as the extension's part of this request; its URL gets another query.
    ///
    /// # Panics
    ///
    /// When the closure does, or was not called.
    #[track_caller]
    pub fn send(
        &self,
        mut request: Request<Full<Bytes>>,
        run: impl FnOnce(Ecb) -> DWORD + Send + 'static,
    ) -> Answer {
        let (query, ended) = on_call(run);
        let path = request.uri().path();
        *request.uri_mut() = Uri::try_from(format!("{path}?{query}")).expect("a URL");
        let mut service = self.service.clone();
        let answer = self.runtime.block_on(async move {
            let exchange = async {
                let Ok(response) = service.call(request).await;
                let status = response.status();
                let body = response.into_body().collect().await.ok();
                let body = body.map(http_body_util::Collected::to_bytes);
                Answer { status, body }
            };
            let answer = tokio::time::timeout(PATIENCE, exchange).await;
            answer.expect("the request ends")
        });
        forget(&query);
        // The response may have ended before the closure.
        match ended.recv_timeout(PATIENCE) {
            Ok(Ok(_)) => answer,
            Ok(Err(payload)) => panic::resume_unwind(payload),
            Err(_) => panic!("the extension was not called, or hangs: {answer:?}"),
        }
    }
}

impl Default for Host {
    fn default() -> Self {
        Self::new()
    }
}

/// A GET for the extension, with some fields.
///
/// # Panics
///
/// Never: the request is valid.
pub fn get() -> Request<Full<Bytes>> {
    let request = Request::get(format!("{URL}/extra"))
        .header("Host", "example.org")
        .header("User-Agent", "guard pages")
        .header("Accept-Language", "gr\u{fc}n");
    request.body(Full::default()).expect("a valid request")
}
