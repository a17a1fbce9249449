use isapi_bridge::{ChildCall, RequestSession};
use isapi_core::request_head::RequestHead;

use super::location::Location;
use super::request::child_request;
use super::{Child, ChildRequestBody, ExecUrlContext};
use crate::IsapiService;
use crate::request::Origin;

/// Executes the children of one request, in the service that answers the request itself.
pub(crate) struct Executor {
    service: IsapiService,
    origin: Origin,
    context: ExecUrlContext,
    interceptor: Option<usize>,
}

impl Executor {
    /// `interceptor` is the number of the wildcard handler that answers the request, if one does.
    pub(crate) fn new(
        service: IsapiService,
        origin: Origin,
        context: ExecUrlContext,
        interceptor: Option<usize>,
    ) -> Self {
        Self {
            service,
            context,
            origin,
            interceptor,
        }
    }

    /// How the request itself came to be.
    pub(crate) fn context(&self) -> ExecUrlContext {
        self.context
    }

    /// Begins a child of the request with this session and head.
    pub(crate) fn execute(
        &self,
        session: &RequestSession,
        head: &RequestHead,
        call: &ChildCall,
    ) -> Child {
        let asked = &*call.request;
        let context = ExecUrlContext {
            depth: self.context.depth + 1,
            interceptors_from: if asked.ignore_current_interceptor {
                self.next_interceptor()
            } else {
                0
            },
            suppress_head: asked.no_headers,
            disable_custom_error: asked.disable_custom_error,
            parent: Some(session.id()),
        };
        // A URL that leads nowhere is refused like that of a client; until then it is the parent's.
        let (location, refused) = match Location::of(&self.origin, asked) {
            Ok(location) => (location, None),
            Err(error) => (Location::of_parent(&self.origin), Some(error)),
        };
        let body = ChildRequestBody::new(session, call);
        let request = child_request(head, &self.origin, asked, location, body, context);
        let service = self.service.clone();
        Child::new(service, call.operation, head.method(), request, refused)
    }

    /// The first wildcard handler behind the one that answers the request.
    fn next_interceptor(&self) -> usize {
        self.interceptor
            .map_or(self.context.interceptors_from, |current| current + 1)
    }
}
