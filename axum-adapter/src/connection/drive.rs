//! The task of a connection: hyper's work, the orders of its requests, its deadlines.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::server::conn::http1;
use hyper::service::HttpService;
use tokio::sync::watch;
use tokio::time::{Instant, Sleep, sleep_until};

use super::ConnectionError;
use super::activity::Stage;
use super::handle::Shared;

/// A connection of hyper's, which ends itself when it is told so.
pub(super) trait HttpConnection: Future<Output = hyper::Result<()>> {
    /// Ends it behind the responses under way.
    fn graceful_shutdown(self: Pin<&mut Self>);
}

impl<I, B, S> HttpConnection for http1::Connection<I, S>
where
    S: HttpService<Incoming, ResBody = B>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    I: Read + Write + Unpin,
    B: http_body::Body + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn graceful_shutdown(self: Pin<&mut Self>) {
        Self::graceful_shutdown(self);
    }
}

/// Lets a connection work until it ends, is told to, or a deadline passes.
pub(super) async fn drive<C: HttpConnection>(
    mut connection: Pin<&mut C>,
    shared: &Shared,
    shutdown: watch::Receiver<bool>,
) -> Result<(), ConnectionError> {
    let mut stop = Stop::new(&shutdown);
    let mut shutdown = pin!(wait_for_shutdown(shutdown));
    let mut is_stopping = false;
    let mut is_closing = false;
    let mut alarm = Alarm::new();

    poll_fn(|cx| {
        loop {
            shared.activity().poll_begins();
            // First, so that what can go out goes out before the orders of the response are followed.
            if let Poll::Ready(end) = connection.as_mut().poll(cx) {
                return Poll::Ready(match end {
                    // A client that was told to go may be gone before the last byte of the goodbye.
                    Err(_) if is_closing && shared.activity().is_quiet() => Ok(()),
                    end => end.map_err(ConnectionError::Http),
                });
            }
            let (abort, close_after, deadline, says_goodbye) = {
                let mut activity = shared.activity();
                activity.set_waker(cx.waker());
                (
                    activity.abort || activity.lent_memory.poll_recalled(cx).is_ready(),
                    activity.close_after,
                    activity.deadline(),
                    activity.says_goodbye(),
                )
            };
            if abort {
                return Poll::Ready(Err(ConnectionError::Aborted));
            }
            is_stopping = is_stopping || stop.poll(shutdown.as_mut(), cx).is_ready();
            let passed = match alarm.poll(cx, deadline) {
                Poll::Ready(stage) => Some(stage),
                Poll::Pending => None,
            };
            let is_idle = says_goodbye && passed == Some(Stage::Idle);
            if !is_closing && (close_after || is_stopping || is_idle) {
                is_closing = true;
                shared.activity().goodbye_said(Instant::now());
                connection.as_mut().graceful_shutdown();
                // An idle connection is closed by the next poll.
                continue;
            }
            if is_stopping && !says_goodbye && shared.activity().is_quiet() {
                // hyper would wait for the rest of a head that has begun.
                return Poll::Ready(Ok(()));
            }
            return match passed {
                Some(stage) => {
                    shared.activity().reset |= stage == Stage::Write;
                    Poll::Ready(Err(ConnectionError::TimedOut(stage)))
                }
                None => Poll::Pending,
            };
        }
    })
    .await
}

/// Ready when the server is to stop.
pub(super) async fn wait_for_shutdown(mut shutdown: watch::Receiver<bool>) {
    if shutdown.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}

/// Asks whether the server is to stop: for a task that is polled much more often than that changes.
struct Stop {
    /// Has seen what there was when the task began.
    signal: watch::Receiver<bool>,
    /// Whom the wait wakes.
    waker: Option<Waker>,
}

impl Stop {
    fn new(signal: &watch::Receiver<bool>) -> Self {
        Self {
            signal: signal.clone(),
            waker: None,
        }
    }

    /// Polls the wait if it has anything to tell, or wakes somebody else.
    fn poll<W: Future<Output = ()>>(
        &mut self,
        wait: Pin<&mut W>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let is_known = matches!(&self.waker, Some(waker) if waker.will_wake(cx.waker()));
        // An error says that the sender is gone, which the wait is to hear of.
        if is_known && matches!(self.signal.has_changed(), Ok(false)) {
            return Poll::Pending;
        }
        self.waker = Some(cx.waker().clone());
        wait.poll(cx)
    }
}

/// Wakes the connection's task at its deadline.
pub(super) struct Alarm {
    sleep: Option<Pin<Box<Sleep>>>,
}

impl Alarm {
    pub(super) fn new() -> Self {
        Self { sleep: None }
    }

    /// Ready with the stage whose deadline has passed.
    ///
    /// The timer is set anew only when the deadline comes nearer. Where it moved away, as it does with
    /// every request, the timer goes off too early now and then and is set again.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        deadline: Option<(Instant, Stage)>,
    ) -> Poll<Stage> {
        let Some((deadline, stage)) = deadline else {
            return Poll::Pending;
        };
        let sleep = self
            .sleep
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if deadline < sleep.deadline() {
            sleep.as_mut().reset(deadline);
        }
        while sleep.as_mut().poll(cx).is_ready() {
            if deadline <= Instant::now() {
                return Poll::Ready(stage);
            }
            sleep.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}
