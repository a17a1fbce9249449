//! Calls of extensions on the Tokio runtime that serves their connections.

mod held;
mod processor;
mod seats;
mod watch;
mod work;

use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use isapi_bridge::{InlineCall, InlineDispatch};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task;

use held::Next;
use seats::{Seat, Seats};
use watch::Watch;
use work::Work;

/// How often a call that finds no seat lets the other tasks of its thread go first. Calls that have
/// proved short give their seats back in less time than that takes.
const TURNS: usize = 3;

/// What drives a request until its end.
pub(crate) trait DriveRequest: Send {
    /// The next call of the extension that is to be made before this is polled again; `None` when the
    /// request is over.
    fn poll_call(&mut self, cx: &mut Context<'_>) -> Poll<Option<DrivenCall>>;
}

/// A call that the driver of its request wants made.
pub(crate) struct DrivenCall {
    pub(crate) call: InlineCall,
    /// Whether others may have been woken in this poll already.
    pub(crate) has_woken: bool,
}

/// Runs calls in tasks of a runtime with several threads, the first that the service is used on. A clone
/// is the same.
///
/// On a runtime with one thread for everything nothing may block, and nothing runs inline. A
/// `LocalSet` on one with several threads keeps its own tasks; the calls are not among them.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuntimeTasks {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    seats: Seats,
    /// Over the runtime of the first call; none where no thread was to be had for it.
    watch: OnceLock<Option<Watch>>,
}

impl RuntimeTasks {
    /// Spawns the task of a request, which drives it and makes its calls, the first of them before
    /// anything else. Where a call comes to wait, another task takes the driver over.
    pub(crate) fn spawn_driver(&self, driver: Box<dyn DriveRequest>, call: Option<InlineCall>) {
        // Its handle is not needed: the session learns how the calls end, or that they were never made.
        drop(task::spawn(Work::of_driver(self, driver, call).run()));
    }

    /// A seat for a call, unless it finds all of them taken.
    async fn seat(&self, watch: &Watch, is_forced: bool) -> Option<Seat<'_>> {
        let seats = &self.shared.seats;
        for _ in 0..TURNS {
            let seat = match is_forced {
                true => seats.take(),
                // One thread is left to those who are not extensions.
                false => seats.take_one_of(watch.workers() - 1),
            };
            if seat.is_some() {
                return seat;
            }
            work::take_turns().await;
        }
        None
    }

    /// Who watches over the calls of the current runtime; `None` where nobody does, and nothing may run
    /// inline: on one that has a single thread for everything, and on a second one.
    fn watch_over_current(&self) -> Option<&Watch> {
        let runtime = Handle::try_current().ok()?;
        if self.shared.watch.get().is_none() && is_multi_thread(&runtime) {
            let start = || self.start_watch(&runtime);
            self.shared.watch.get_or_init(start);
        }
        let watch = self.shared.watch.get()?.as_ref()?;
        (watch.runtime().id() == runtime.id()).then_some(watch)
    }

    /// Tells these tasks from others.
    fn address(&self) -> usize {
        Arc::as_ptr(&self.shared).addr()
    }

    fn start_watch(&self, runtime: &Handle) -> Option<Watch> {
        match Watch::start(runtime.clone(), Arc::downgrade(&self.shared)) {
            Ok(watch) => Some(watch),
            Err(error) => {
                tracing::warn!(%error, "no thread watches over the calls that run inline");
                None
            }
        }
    }
}

impl InlineDispatch for RuntimeTasks {
    fn spawn(&self, call: InlineCall) -> Result<(), InlineCall> {
        let call = match held::make_next(self, call) {
            Next::Kept => return Ok(()),
            Next::Spawn(call) => call,
            Next::Refused(call) => return Err(call),
        };
        let watch = self.watch_over_current();
        if !watch.is_some_and(|watch| watch.may_run(&call)) {
            return Err(call);
        }
        // Its handle is not needed: the session learns how the call ends, or that it was never made.
        drop(task::spawn(Work::of_call(self, call).run()));
        Ok(())
    }

    fn block(&self, wait: &mut dyn FnMut()) {
        held::wait(self, || {
            let _away = self.shared.seats.away();
            task::block_in_place(wait);
        });
    }

    fn wake(&self, waker: Waker) {
        held::wake_later(waker);
    }

    fn preempted(&self) -> Duration {
        held::preempted()
    }
}

fn is_multi_thread(runtime: &Handle) -> bool {
    runtime.runtime_flavor() == RuntimeFlavor::MultiThread
}
