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

    /// [`Activity::poll_flushed`] with a mark of its own.
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
