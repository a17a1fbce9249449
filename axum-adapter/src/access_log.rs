//! The access lines of requests that no extension answers, in the target `isapi::access`. Those of
//! the others are the [`Driver`](crate::driver::Driver)'s.

use std::net::SocketAddr;
use std::time::Duration;

use http::{Extensions, Method, StatusCode, Uri};
use tokio::time::Instant;

use crate::DispatchError;
use crate::exec_url::ExecUrlContext;
use crate::request;

/// What a line says of the request.
pub(crate) struct Asked {
    begun: Instant,
    remote: Option<SocketAddr>,
    method: Method,
    uri: Uri,
    /// The number of the request that it is the child of.
    parent: Option<u64>,
}

impl Asked {
    pub(crate) fn new(method: &Method, uri: &Uri, extensions: &Extensions, begun: Instant) -> Self {
        Self {
            begun,
            remote: request::connection_info(extensions).remote,
            method: method.clone(),
            uri: request::original_uri(uri, extensions).clone(),
            parent: ExecUrlContext::of(extensions).parent,
        }
    }

    /// The line of a request that the fallback has answered: a warning for an error of the server.
    pub(crate) fn answered(&self, status: StatusCode, sub_status: u16) {
        // The level of an event is fixed where it is written.
        macro_rules! access {
            ($level:expr) => {
                tracing::event!(
                    target: "isapi::access",
                    $level,
                    parent = self.parent,
                    remote = self.remote.map(tracing::field::display),
                    method = %self.method,
                    url = &*request::target(&self.uri),
                    status = status.as_u16(),
                    sub_status = (sub_status > 0).then_some(sub_status),
                    elapsed_ms = milliseconds(self.begun.elapsed()),
                )
            };
        }
        if status.is_server_error() {
            access!(tracing::Level::WARN);
        } else {
            access!(tracing::Level::INFO);
        }
    }

    /// The line of a request that is refused: an error where the server is at fault and has not said
    /// so yet.
    pub(crate) fn refused(&self, error: &DispatchError) {
        macro_rules! access {
            ($level:expr) => {{
                let sub_status = error.sub_status();
                tracing::event!(
                    target: "isapi::access",
                    $level,
                    parent = self.parent,
                    remote = self.remote.map(tracing::field::display),
                    method = %self.method,
                    url = &*request::target(&self.uri),
                    status = error.status().as_u16(),
                    sub_status = (sub_status > 0).then_some(sub_status),
                    elapsed_ms = milliseconds(self.begun.elapsed()),
                    %error,
                    "refused"
                );
            }};
        }
        match error {
            // The session with the extension has a line of its own.
            DispatchError::NoAnswer { .. } => {}
            // Why a load failed was logged when it did, once for all requests that get to hear of it.
            DispatchError::Load(_) if error.status() == StatusCode::INTERNAL_SERVER_ERROR => {
                access!(tracing::Level::INFO);
            }
            _ if error.status().is_server_error() => access!(tracing::Level::ERROR),
            _ => access!(tracing::Level::INFO),
        }
    }
}

/// To the microsecond.
pub(crate) fn milliseconds(elapsed: Duration) -> f64 {
    (elapsed.as_secs_f64() * 1_000_000.0).round() / 1000.0
}
