use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use http_body::Body;
use tokio::runtime::Handle;

use super::dispatch::{Begun, dispatch};
use super::refused::Refused;
use super::session_response::SessionResponse;
use super::{Answer, IsapiService};
use crate::IsapiBody;

/// The response to a request; made by [`IsapiService`].
///
/// Made on a Tokio runtime it has begun already: the extension may be at work before the first poll.
/// Dropped before it is ready, it tells the extension that the client is gone.
#[must_use = "a response that is dropped counts as a client that is gone"]
pub struct ResponseFuture {
    service: IsapiService,
    state: State,
}

enum State {
    /// An extension works on it.
    Session(SessionResponse),
    /// What takes longer before an extension is asked, or is none.
    Other(Pin<Box<dyn Future<Output = Answer> + Send>>),
    Refused(Pin<Box<dyn Future<Output = Response<IsapiBody>> + Send>>),
}

impl ResponseFuture {
    pub(super) fn new<B>(service: IsapiService, request: Request<B>) -> Self
    where
        B: Body + Send + 'static,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let state = if Handle::try_current().is_ok() {
            match dispatch(&service, request) {
                Begun::Other(answer) => State::Other(answer),
                Begun::Refused(refused) => State::refused(service.clone(), refused),
                Begun::Session(session) => State::Session(session),
            }
        } else {
            // It is polled on a runtime, wherever it is made.
            let service = service.clone();
            State::Other(Box::pin(async move {
                dispatch(&service, request).answer().await
            }))
        };
        Self { service, state }
    }
}

impl State {
    fn refused(service: IsapiService, refused: Box<Refused>) -> Self {
        Self::Refused(Box::pin(async move { refused.answer(&service).await }))
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<IsapiBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        loop {
            let answer = match &mut self.state {
                State::Session(session) => ready!(session.poll(cx)),
                State::Other(answer) => ready!(answer.as_mut().poll(cx)),
                State::Refused(response) => return response.as_mut().poll(cx).map(Ok),
            };
            match answer {
                Ok(response) => return Poll::Ready(Ok(response)),
                Err(refused) => self.state = State::refused(self.service.clone(), refused),
            }
        }
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
