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

/// Makes a call with all that goes before it and behind it, inline on behalf of this request or else on a
/// worker thread. Whoever is woken by any of it is [left to the thread](wake): what is woken in front of
/// foreign code may be what that waits for.
pub(crate) fn run<R>(inline: Option<Arc<Shared>>, call: impl FnOnce() -> R) -> R {
    let outer = CURRENT.replace(Some(CurrentCall {
        inline,
        has_waited: false,
    }));
    let _restore = Restore(outer);
    call()
}

/// Whether the current thread's call has waited in a callback until now.
pub(crate) fn has_waited() -> bool {
    let current = CURRENT.take();
    let has_waited = current.as_ref().is_some_and(|current| current.has_waited);
    CURRENT.set(current);
    has_waited
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
