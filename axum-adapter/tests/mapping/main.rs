//! Which extension answers a URL, and what it is told about it.
#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

use std::convert::Infallible;

use axum::body::Body;
use common::{get_request, text};
use http::{Method, Request, Response};
use isapi_axum::{IsapiBody, IsapiService};
use isapi_sdk::{Extension, LoadFailure, Status};
use tower::ServiceExt;

/// Says who it is and how the URL divides.
struct Teller<const NAME: char>;

impl<const NAME: char> Extension for Teller<NAME> {
    const DESCRIPTION: &'static str = "Tells how its URL divides";

    fn load() -> Result<Self, LoadFailure> {
        Ok(Self)
    }

    fn handle(&self, request: isapi_sdk::Request<'_>) -> Status {
        let mut text = format!("{NAME}");
        for name in [
            "SCRIPT_NAME",
            "PATH_INFO",
            "PATH_TRANSLATED",
            "SCRIPT_TRANSLATED",
            "DOCUMENT_ROOT",
            "URL",
            "QUERY_STRING",
        ] {
            let value = request.variable(name).unwrap_or_default();
            text.push_str(&format!("\n{name}={}", String::from_utf8_lossy(&value)));
        }
        let length = text.len().to_string();
        let _ = request.send_header("200 OK", &[("Content-Length", &length)]);
        let _ = request.write(text.as_bytes());
        Status::Success
    }
}

/// A linked-in extension that answers with its letter.
macro_rules! teller {
    ($name:literal) => {
        isapi_sdk::entry!(crate::Teller<$name>)
    };
}

mod access;
mod answers;
mod building;
mod documents;
mod order;
mod paths;

async fn get(service: &IsapiService, url: &str) -> Response<IsapiBody> {
    service.clone().oneshot(get_request(url)).await.unwrap()
}

/// Who answers: the letter of a [`Teller`], or "fallback", or the status.
async fn answerer(service: &IsapiService, method: Method, url: &str) -> String {
    let mut request = get_request(url);
    *request.method_mut() = method;
    let response = service.clone().oneshot(request).await.unwrap();
    match response.status().as_u16() {
        200 => text(response).await.lines().next().unwrap().to_owned(),
        status => status.to_string(),
    }
}

/// The variables that a [`Teller`] tells.
struct Told(String);

impl Told {
    async fn by(service: &IsapiService, url: &str) -> Self {
        let response = get(service, url).await;
        assert_eq!(response.status(), 200, "{url}");
        Self(text(response).await)
    }

    fn variable(&self, name: &str) -> &str {
        let line = self
            .0
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_else(|| panic!("no {name} in {}", self.0))
    }
}

/// Answers "fallback" and the URI.
async fn say_fallback(request: Request<Body>) -> Result<Response<Body>, Infallible> {
    let text = format!("fallback\n{}", request.uri());
    Ok(Response::new(Body::from(text)))
}
