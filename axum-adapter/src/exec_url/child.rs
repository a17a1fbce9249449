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
use tokio::time::Instant;

use super::{ChildRequestBody, ExecUrlContext};
use crate::body::BodyError;
use crate::service::Refused;
use crate::{DispatchError, IsapiBody, IsapiService, ReplaceableError, response};

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
    /// Begins to execute `request`, or to refuse it; `parent_method` is the method of its parent.
    pub(super) fn new(
        service: IsapiService,
        operation: OperationId,
        parent_method: &Method,
        request: Request<ChildRequestBody>,
        refused: Option<DispatchError>,
    ) -> Self {
        // The length of what HEAD leaves out would be owed to a client that did not ask with HEAD.
        let drops_length = request.method() == Method::HEAD && *parent_method != Method::HEAD;
        let executing = async move {
            let mut answer = Answer::to(&service, request, refused).await;
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
                            let status = answer.status(Win32Error::OPERATION_ABORTED);
                            session.child_end(self.operation, status);
                            return Poll::Ready(());
                        }
                        None => {
                            let status = answer.status(Win32Error::SUCCESS);
                            session.child_end(self.operation, status);
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
    /// Why it was not executed.
    refused: Option<DispatchError>,
}

impl Answer {
    async fn to(
        service: &IsapiService,
        request: Request<ChildRequestBody>,
        refused: Option<DispatchError>,
    ) -> Self {
        let (method, uri, extensions) = (request.method(), request.uri(), request.extensions());
        let context = ExecUrlContext::of(extensions);
        let executed = match refused {
            Some(error) => Err(Refused::new(error, method, uri, extensions, Instant::now())),
            None => service.clone().execute_child(request).await,
        };
        let refused = match executed {
            Ok(mut response) => {
                if context.suppress_head && ReplaceableError::of(response.extensions()).is_some() {
                    drop_page(&mut response);
                }
                return Self {
                    response,
                    refused: None,
                };
            }
            Err(refused) => refused,
        };
        let mut response = refused.answer(service).await;
        if context.suppress_head {
            drop_page(&mut response);
        }
        Self {
            response,
            refused: Some(refused.error),
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
        let of_refusal = self.refused.as_ref().map(DispatchError::sub_status);
        let of_extension = self.response.body().sub_status();
        let of_fallback = ReplaceableError::of(self.response.extensions());
        ChildStatus {
            status: self.response.status().as_u16(),
            sub_status: of_refusal
                .or(of_extension)
                .or(of_fallback.map(|error| error.sub_status))
                .unwrap_or_default(),
            error,
        }
    }
}

/// The page of an error goes with the head, as that of `HSE_REQ_SEND_CUSTOM_ERROR` does.
fn drop_page(response: &mut Response<IsapiBody>) {
    *response.body_mut() = IsapiBody::full(Bytes::new());
}
