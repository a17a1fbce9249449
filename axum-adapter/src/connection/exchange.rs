use std::error::Error;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::activity::Activity;

/// One request of several on a connection of HTTP/2, and its response.
#[derive(Debug, Default)]
pub(super) struct Exchange(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    is_aborted: bool,
    waker: Option<Waker>,
    flush_mark: Option<u64>,
}

impl Exchange {
    /// Ends it; hyper resets its stream.
    pub(super) fn abort(&self) {
        let waker = {
            let mut state = self.state();
            state.is_aborted = true;
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Ready when it is to end at once.
    pub(super) fn poll_aborted(&self, cx: &Context<'_>) -> Poll<StreamAborted> {
        let mut state = self.state();
        if state.is_aborted {
            return Poll::Ready(StreamAborted);
        }
        match &mut state.waker {
            Some(known) => known.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        Poll::Pending
    }

    /// hyper has taken the head of the response, or bytes of its body.
    pub(super) fn taken(&self, activity: &Activity) {
        self.state().flush_mark = Some(activity.flushes());
    }

    /// Ready when what hyper has taken of this response has been flushed since. It may have been
    /// before the first call: a quiet connection of HTTP/2 flushes nothing.
    pub(super) fn poll_flushed(&self, activity: &mut Activity, waker: &Waker) -> Poll<()> {
        activity.poll_flushed(&mut self.state().flush_mark, waker)
    }

    /// The lock is held for a few loads and stores.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A response ended its stream: [`Connection::abort`](super::Connection::abort).
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamAborted;

impl fmt::Display for StreamAborted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response was aborted")
    }
}

impl Error for StreamAborted {}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::connection::ConnectionOptions;
    use crate::connection::activity::Protocol;

    #[test]
    fn a_flush_behind_the_last_frame_is_enough() {
        let options = ConnectionOptions::default();
        let mut activity = Activity::new(options, Protocol::Http2, Instant::now());
        let exchange = Exchange::default();
        for _ in 0..2 {
            exchange.taken(&activity);
            let flushed = exchange.poll_flushed(&mut activity, Waker::noop());
            assert!(flushed.is_pending());
            drop(activity.flushed());
            let flushed = exchange.poll_flushed(&mut activity, Waker::noop());
            assert!(flushed.is_ready());
        }
    }
}
