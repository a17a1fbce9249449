//! The call of `HttpExtensionProc` or of a callback that the current thread is in.

use std::cell::Cell;
use std::task::Waker;

use crate::InlineDispatch;
use crate::shared::Shared;
use crate::sync::Arc;

thread_local! {
    /// Plain `std`: loom's threads share it, but no model makes a call that runs inline.
    static CURRENT: Cell<Option<CurrentCall>> = const { Cell::new(None) };
}

/// What is known about a call while it runs.
#[derive(Default)]
struct CurrentCall {
    /// The request, where its call runs inline and holds up a thread of the connections' runtime.
    inline: Option<Arc<Shared>>,
    /// It has waited in a callback of ours.
    has_waited: bool,
}

/// Runs a call, inline on behalf of this request or else on a worker thread; and whether it waited in
/// a callback on its own thread.
pub(crate) fn run<R>(inline: Option<Arc<Shared>>, call: impl FnOnce() -> R) -> (R, bool) {
    let outer = CURRENT.replace(Some(CurrentCall {
        inline,
        has_waited: false,
    }));
    let restore = Restore(outer);
    let result = call();
    let has_waited = CURRENT.take().is_some_and(|current| current.has_waited);
    drop(restore);
    (result, has_waited)
}

/// Puts the call around this one back, also when this one unwinds.
struct Restore(Option<CurrentCall>);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0.take());
    }
}

/// Waits in a callback. A thread that is in an inline call hands over its other work first, once for
/// waits within each other.
pub(crate) fn wait<R>(wait: impl FnOnce() -> R) -> R {
    // A thread that is ending has no call any more; an extension may still call back from there.
    let current = CURRENT.try_with(Cell::take).ok().flatten();
    let Some(CurrentCall { inline, .. }) = current else {
        return wait();
    };
    CURRENT.set(Some(CurrentCall {
        inline: None,
        has_waited: true,
    }));
    let result = match inline.as_deref().and_then(dispatch) {
        Some(dispatch) => hand_over(dispatch, wait),
        None => wait(),
    };
    CURRENT.set(Some(CurrentCall {
        inline,
        has_waited: true,
    }));
    result
}

fn hand_over<R>(dispatch: &dyn InlineDispatch, wait: impl FnOnce() -> R) -> R {
    let mut wait = Some(wait);
    let mut result = None;
    dispatch.block(&mut || result = wait.take().map(|wait| wait()));
    match (result, wait) {
        (Some(result), _) => result,
        (None, Some(wait)) => wait(),
        (None, None) => unreachable!("a wait that has returned has left its result"),
    }
}

/// Wakes a task: at the latest when the current thread's call returns or waits, where it is in one.
pub(crate) fn wake(waker: Waker) {
    // As in `wait`.
    let Some(current) = CURRENT.try_with(Cell::take).ok().flatten() else {
        return waker.wake();
    };
    match current.inline.as_deref().and_then(dispatch) {
        Some(dispatch) => dispatch.wake(waker),
        None => waker.wake(),
    }
    CURRENT.set(Some(current));
}

fn dispatch(shared: &Shared) -> Option<&dyn InlineDispatch> {
    shared.runtime().inline()
}
