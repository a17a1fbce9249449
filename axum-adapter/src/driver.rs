//! The task behind a request: feeds the session its body and its time.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Buf;
use http_body::Body;
use isapi_bridge::{Drive, RequestSession};
use isapi_core::request_head::RequestHead;
use isapi_core::session::{Ending, How, Initiator};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::access_log::milliseconds;
use crate::connection::Connection;
use crate::exec_url::{Child, Executor};
use crate::inline::{DriveRequest, DrivenCall};

/// Serves one session until it is finished, then writes its access line: to be polled in a task of its
/// own, which makes the extension's calls as well. The response may be waited for and the body drained by
/// whoever likes to, and the extension gets its request's body and its deadlines all the same.
pub(crate) struct Driver<B> {
    session: RequestSession,
    head: Arc<RequestHead>,
    /// Gone once it has ended, one way or another.
    body: Option<Pin<Box<B>>>,
    /// Bytes of the body that are still allowed.
    allowance: u64,
    /// Kept to the end: the session may close the connection long after the response is out.
    connection: Option<Connection>,
    executor: Executor,
    /// The child request under way; a session has one at a time, and most have none.
    child: Option<Box<Child>>,
    sleep: Option<Pin<Box<Sleep>>>,
    begun: Instant,
    is_finished: bool,
}

impl<B> Driver<B>
where
    B: Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    pub(crate) fn new(
        session: RequestSession,
        head: Arc<RequestHead>,
        body: B,
        max_body: u64,
        connection: Option<Connection>,
        executor: Executor,
        begun: Instant,
    ) -> Self {
        let has_body = !body.is_end_stream();
        Self {
            session,
            head,
            body: has_body.then(|| Box::pin(body)),
            allowance: max_body,
            connection,
            executor,
            child: None,
            sleep: None,
            begun,
            is_finished: false,
        }
    }

    /// A call first; body or a new child, then what the child answers, then orders about the connection,
    /// then time; again for as long as something moves.
    fn drive(&mut self, cx: &mut Context<'_>) -> Poll<Step> {
        let mut has_moved = false;
        loop {
            let moved = match self.session.poll_drive(cx) {
                Poll::Ready(Drive::Call(call)) => {
                    return Poll::Ready(Step::Call(DrivenCall {
                        call,
                        has_woken: has_moved,
                    }));
                }
                Poll::Ready(Drive::ExecUrl(call)) => {
                    let child = self.executor.execute(&self.session, &self.head, &call);
                    self.child = Some(Box::new(child));
                    true
                }
                Poll::Ready(Drive::Finished(ending)) => return Poll::Ready(Step::Finished(ending)),
                Poll::Ready(Drive::ReadBody) => self.read_body(cx),
                Poll::Pending => false,
            };
            self.feed_from_child(cx);
            self.close_connection();
            if !self.keep_time(cx) && !moved {
                return Poll::Pending;
            }
            has_moved = true;
        }
    }

    /// Hands the session the body's next frame; whether there was one, or an end.
    ///
    /// The body is not polled before the session wants it: hyper answers `Expect: 100-continue` at
    /// the first poll.
    fn read_body(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(body) = &mut self.body else {
            return false;
        };
        match body.as_mut().poll_frame(cx) {
            Poll::Pending => return false,
            Poll::Ready(Some(Ok(frame))) => {
                // Trailers mean nothing to ISAPI.
                let Ok(mut data) = frame.into_data() else {
                    return true;
                };
                let length = data.remaining();
                let Some(left) = self.allowance.checked_sub(length as u64) else {
                    tracing::warn!(
                        request = self.session.id(),
                        "the body is larger than max_allowed_content_length"
                    );
                    self.body = None;
                    self.session.body_too_large();
                    return true;
                };
                self.allowance = left;
                if length > 0 {
                    self.session.body_chunk(data.copy_to_bytes(length));
                }
            }
            Poll::Ready(Some(Err(error))) => {
                let error: Box<dyn Error + Send + Sync> = error.into();
                tracing::debug!(request = self.session.id(), error, "the body broke off");
                self.body = None;
                self.session.body_cut();
            }
            Poll::Ready(None) => {
                self.body = None;
                self.session.body_end();
            }
        }
        true
    }

    /// Hands the session what its child has answered.
    fn feed_from_child(&mut self, cx: &mut Context<'_>) {
        if let Some(child) = &mut self.child
            && child.poll(&self.session, cx).is_ready()
        {
            self.child = None;
        }
    }

    /// Follows the session where its response's consumer may not get to it: one that is stuck in a
    /// write, or one that had all it needed.
    fn close_connection(&self) {
        let Some(connection) = &self.connection else {
            return;
        };
        if self.session.is_aborted() {
            connection.abort();
        } else if self.session.close_after() {
            connection.close_after();
        }
    }

    /// Whether a deadline has passed.
    fn keep_time(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(deadline) = self.session.next_timeout().map(Instant::from_std) else {
            return false;
        };
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if sleep.deadline() != deadline {
            sleep.as_mut().reset(deadline);
        }
        if sleep.as_mut().poll(cx).is_pending() {
            return false;
        }
        self.session.handle_timeout(Instant::now().into_std());
        true
    }

    /// The access line, in the target `isapi::access`: a warning where the response is not whole,
    /// or is an error, and not because the client went away.
    fn log(&self, ending: Ending) {
        // The level of an event is fixed where it is written.
        macro_rules! access {
            ($level:expr) => {{
                if !tracing::enabled!(target: "isapi::access", $level) {
                    return;
                }
                let entry = self.session.log_entry();
                tracing::event!(
                    target: "isapi::access",
                    $level,
                    request = entry.id,
                    parent = self.executor.context().parent,
                    remote = self.head.connection().remote.map(tracing::field::display),
                    method = %self.head.method(),
                    url = self.head.target(),
                    extension = entry.extension,
                    status = entry.status,
                    sub_status = (entry.sub_status > 0).then_some(entry.sub_status),
                    ending = %ending,
                    elapsed_ms = milliseconds(self.begun.elapsed()),
                    log_data = entry.log_data,
                    log_parameters = entry.log_parameters,
                );
            }};
        }
        if ending.how == How::Success || ending.by == Initiator::Client {
            access!(tracing::Level::INFO);
        } else {
            access!(tracing::Level::WARN);
        }
    }
}

/// Why a driver stops.
enum Step {
    /// For a call.
    Call(DrivenCall),
    /// At the end of the session.
    Finished(Ending),
}

impl<B> DriveRequest for Driver<B>
where
    B: Body + Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    fn poll_call(&mut self, cx: &mut Context<'_>) -> Poll<Option<DrivenCall>> {
        self.drive(cx).map(|step| match step {
            Step::Call(call) => Some(call),
            Step::Finished(ending) => {
                self.is_finished = true;
                self.close_connection();
                self.log(ending);
                None
            }
        })
    }
}

impl<B> Drop for Driver<B> {
    /// Before the session's end the runtime is being torn down. A blocked extension must not wait for
    /// ever.
    fn drop(&mut self) {
        if !self.is_finished {
            self.session.driver_dropped();
        }
    }
}
