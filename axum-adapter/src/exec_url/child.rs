use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response};
use http_body::{Body, Frame};
use isapi_bridge::RequestSession;
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{ChildStatus, OperationId};
use isapi_core::win32::Win32Error;

use super::{ChildRequestBody, ExecUrlContext};
use crate::body::BodyError;
use crate::service::Refusal;
use crate::{DispatchError, IsapiBody, IsapiService, response};

/// A child request under way. Dropped, it is to its extension as if the client had gone.
pub(crate) struct Child {
    operation: OperationId,
    stage: Stage,
}

enum Stage {
    /// Waits for the head of the response.
    Executing(Pin<Box<dyn Future<Output = Answer> + Send>>),
    /// The head is out.
    Answering(Answer),
}

impl Child {
    /// Begins to execute `request`; `context` is the child's, `parent_method` its parent's.
    pub(super) fn new(
        service: IsapiService,
        operation: OperationId,
        context: ExecUrlContext,
        parent_method: &Method,
        request: Result<Request<ChildRequestBody>, DispatchError>,
    ) -> Self {
        // The length of what HEAD leaves out would be owed to a client that did not ask with HEAD.
        let drops_length = *parent_method != Method::HEAD
            && request
                .as_ref()
                .is_ok_and(|request| request.method() == Method::HEAD);
        let executing = async move {
            let mut answer = Answer::to(&service, context, request).await;
            if drops_length {
                answer.response.headers_mut().remove(CONTENT_LENGTH);
            }
            answer
        };
        Self {
            operation,
            stage: Stage::Executing(Box::pin(executing)),
        }
    }

    /// Gives the parent's session what has come; ready when the child is over, or is not wanted any
    /// more.
    pub(crate) fn poll(&mut self, session: &RequestSession, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let room = session.poll_child_room(self.operation, cx);
            if room == Poll::Ready(false) {
                return Poll::Ready(());
            }
            match &mut self.stage {
                Stage::Executing(executing) => {
                    let answer = ready!(executing.as_mut().poll(cx));
                    if let Some(head) = answer.head() {
                        session.child_head(self.operation, head);
                    }
                    self.stage = Stage::Answering(answer);
                }
                Stage::Answering(answer) => {
                    ready!(room);
                    match ready!(answer.poll_data(cx)) {
                        Some(Ok(data)) => session.child_data(self.operation, data),
                        Some(Err(_)) => {
                            let error = Win32Error::OPERATION_ABORTED;
                            session.child_end(self.operation, answer.status(error));
                            return Poll::Ready(());
                        }
                        None => {
                            session.child_end(self.operation, answer.status(Win32Error::SUCCESS));
                            return Poll::Ready(());
                        }
                    }
                }
            }
        }
    }
}

/// What the service answers a child.
struct Answer {
    response: Response<IsapiBody>,
    /// Of a refusal by the service.
    sub_status: u16,
}

impl Answer {
    async fn to(
        service: &IsapiService,
        context: ExecUrlContext,
        request: Result<Request<ChildRequestBody>, DispatchError>,
    ) -> Self {
        let executed = match request {
            Ok(request) => {
                let refusal = Refusal::of(&request);
                match service.execute_child(request).await {
                    Ok(response) => Ok(response),
                    Err(error) => Err((refusal.answer(service, &error).await, error)),
                }
            }
            // A URL that leads nowhere: there is no request yet.
            Err(error) => Err((error.to_response(false), error)),
        };
        match executed {
            Ok(response) => Self {
                response,
                sub_status: 0,
            },
            Err((mut response, error)) => {
                if context.suppress_head {
                    // The page goes with the head, as that of HSE_REQ_SEND_CUSTOM_ERROR does.
                    *response.body_mut() = IsapiBody::full(Bytes::new());
                }
                Self {
                    response,
                    sub_status: error.sub_status(),
                }
            }
        }
    }

    /// The head; none where the extension closed the connection instead of an answer.
    fn head(&self) -> Option<ResponseHead> {
        (!self.response.body().is_none()).then(|| response::response_head(&self.response))
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BodyError>>> {
        loop {
            let frame = ready!(Pin::new(self.response.body_mut()).poll_frame(cx));
            match frame.map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => return Poll::Ready(Some(Ok(data))),
                // Trailers mean nothing to ISAPI.
                Some(Ok(Err(_))) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }

    /// How the child ended, now that its body has.
    fn status(&self, error: Win32Error) -> ChildStatus {
        let own = self.response.body().sub_status();
        ChildStatus {
            status: self.response.status().as_u16(),
            sub_status: own.unwrap_or(self.sub_status),
            error,
        }
    }
}
