use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::header::CONNECTION;
use http::{HeaderValue, Response, StatusCode};
use isapi_core::request_head::RequestHead;

use super::Answer;
use super::refused::Refused;
use crate::body::SessionBody;
use crate::exec_url::ExecUrlContext;
use crate::{DispatchError, IsapiBody, response};

/// The response of a session whose head has not come yet. Dropped, it tells the extension that the
/// client is gone.
pub(super) struct SessionResponse {
    head: Arc<RequestHead>,
    context: ExecUrlContext,
    /// Gone when the head has come.
    body: Option<SessionBody>,
}

impl SessionResponse {
    pub(super) fn new(head: Arc<RequestHead>, context: ExecUrlContext, body: SessionBody) -> Self {
        Self {
            head,
            context,
            body: Some(body),
        }
    }

    /// Ready once, when the response's head has come.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        let head = match &mut self.body {
            Some(body) => ready!(body.poll_head(&self.head, cx)),
            None => return Poll::Pending,
        };
        let body = self.body.take();
        Poll::Ready(match (head, body) {
            // Its body is empty, and dropped it is a delivered one.
            (Ok(head), _) if head.is_by_host() => {
                let error = DispatchError::NoAnswer {
                    status: head.status(),
                    close: head.wants_close(),
                };
                Err(Refused::by_session(error, &self.head, self.context))
            }
            (Ok(head), Some(body)) => {
                let version = self.head.version();
                Ok(response::response(head, version, IsapiBody::session(body)))
            }
            _ => Ok(no_response()),
        })
    }
}

/// What stands for no response at all: see [`IsapiBody::none`].
fn no_response() -> Response<IsapiBody> {
    let mut response = Response::new(IsapiBody::none());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}
