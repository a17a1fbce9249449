use http::{Extensions, Method, Response, Uri};
use isapi_core::request_head::RequestHead;
use tokio::time::Instant;

use super::IsapiService;
use crate::access_log::Asked;
use crate::exec_url::ExecUrlContext;
use crate::request;
use crate::{DispatchError, IsapiBody, response};

/// A request that is refused, with what its answer and its log line need of it.
pub(crate) struct Refused {
    pub(crate) error: DispatchError,
    /// None where another line tells of the request.
    asked: Option<Asked>,
    is_head: bool,
    is_loopback: bool,
    has_own_page: bool,
}

impl Refused {
    pub(crate) fn new(
        error: DispatchError,
        method: &Method,
        uri: &Uri,
        extensions: &Extensions,
        begun: Instant,
    ) -> Box<Self> {
        Box::new(Self {
            error,
            asked: Some(Asked::new(method, uri, extensions, begun)),
            is_head: method == Method::HEAD,
            is_loopback: request::is_loopback(extensions),
            has_own_page: !ExecUrlContext::of(extensions).disable_custom_error,
        })
    }

    /// A request that an extension was called for. Its session has a line of its own.
    pub(super) fn by_session(
        error: DispatchError,
        head: &RequestHead,
        context: ExecUrlContext,
    ) -> Box<Self> {
        Box::new(Self {
            error,
            asked: None,
            is_head: head.method() == Method::HEAD,
            is_loopback: head.is_loopback(),
            has_own_page: !context.disable_custom_error,
        })
    }

    /// Logs the refusal and answers with the page that is configured for it, else with its text.
    pub(crate) async fn answer(&self, service: &IsapiService) -> Response<IsapiBody> {
        let error = &self.error;
        if let Some(asked) = &self.asked {
            asked.refused(error);
        }
        let page = match self.has_own_page {
            true => service.error_page(error.status(), error.sub_status()).await,
            false => None,
        };
        let response = match page {
            Some(page) => error.to_response_with(page),
            None => error.to_response(self.is_loopback),
        };
        match self.is_head {
            true => response::without_body(response),
            false => response,
        }
    }
}
