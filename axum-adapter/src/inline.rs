//! Calls of extensions on the Tokio runtime that serves their connections.

mod seats;
mod stand_in;
mod watch;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use isapi_bridge::{InlineCall, InlineDispatch};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task;

use seats::{Seat, Seats};
use watch::Watch;

/// How often a call that finds no seat lets the other tasks of its thread go first. Calls that have
/// proved short give their seats back in less time than that takes.
const TURNS: usize = 3;

/// What drives a request until its end.
pub(crate) type DriverTask = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs calls in tasks of a runtime with several threads. A clone is the same.
///
/// On a runtime with one thread for everything nothing may block, and nothing runs inline. A
/// `LocalSet` on one with several threads keeps its own tasks; the calls are not among them.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuntimeTasks {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    seats: Arc<Seats>,
    /// Over the runtime of the first call; none where no thread was to be had for it.
    watch: OnceLock<Option<Watch>>,
}

impl RuntimeTasks {
    /// Spawns one task that first makes the call of a request and then drives the request. Where
    /// the call comes to wait, another task takes the driver over.
    pub(crate) fn spawn_with_driver(&self, call: InlineCall, driver: DriverTask) {
        let Some(place) = Place::of(&call, &self.shared) else {
            call.run_on_worker();
            drop(task::spawn(driver));
            return;
        };
        // Its handle is not needed: the session learns how the call ends, or that it was never made.
        drop(task::spawn(async move {
            if let Some(driver) = place.run_with_driver(call, driver).await {
                driver.await;
            }
        }));
    }
}

impl InlineDispatch for RuntimeTasks {
    fn spawn(&self, call: InlineCall) -> Result<(), InlineCall> {
        let Some(place) = Place::of(&call, &self.shared) else {
            return Err(call);
        };
        // As above.
        drop(task::spawn(async move { place.run(call).await }));
        Ok(())
    }

    fn block(&self, wait: &mut dyn FnMut()) {
        stand_in::send_ahead();
        let _away = self.shared.seats.away();
        task::block_in_place(wait);
    }

    fn share_woken(&self) {
        stand_in::send_ahead();
        // A thread keeps the task that was woken last to itself, and runs it when the call has
        // returned. One more task takes its place; the others may be stolen.
        drop(task::spawn(async {}));
    }
}

/// Where a call runs.
struct Place {
    shared: Arc<Shared>,
    /// The most seats that calls of its kind may take, if there is such a number.
    limit: Option<usize>,
    is_watched: bool,
}

impl Place {
    /// `None` where a call must not run inline.
    fn of(call: &InlineCall, shared: &Arc<Shared>) -> Option<Self> {
        let runtime = Handle::try_current().ok()?;
        let (workers, is_watched) = shared.workers(&runtime)?;
        let limit = match call.is_forced() {
            true => None,
            // One thread is left to those who are not extensions.
            false => Some(workers - 1),
        };
        if limit == Some(0) {
            return None;
        }
        Some(Self {
            shared: Arc::clone(shared),
            limit,
            is_watched,
        })
    }

    /// Makes a call on a seat, or on a worker thread where it gets none.
    async fn run(&self, call: InlineCall) {
        match self.seat().await {
            Some(_seat) => call.run(),
            None => call.run_on_worker(),
        }
    }

    /// Like [`run`](Self::run). Gives the driver back if it is still to be polled.
    async fn run_with_driver(&self, call: InlineCall, driver: DriverTask) -> Option<DriverTask> {
        match self.seat().await {
            Some(_seat) => stand_in::hold_during(driver, || call.run()),
            None => {
                call.run_on_worker();
                Some(driver)
            }
        }
    }

    async fn seat(&self) -> Option<Seat<'_>> {
        let seats = &self.shared.seats;
        for _ in 0..TURNS {
            let seat = match self.limit {
                Some(limit) => seats.take_one_of(limit),
                None => seats.take(),
            };
            if seat.is_some() {
                self.announce();
                return seat;
            }
            task::yield_now().await;
        }
        None
    }

    /// Has somebody look after the runtime if the call that begins now does not return soon.
    fn announce(&self) {
        match self.shared.watch.get() {
            Some(Some(watch)) if self.is_watched => watch.call_begins(),
            _ => {
                // The second task wakes another thread for the first one.
                drop(task::spawn(async {}));
                drop(task::spawn(async {}));
            }
        }
    }
}

impl Shared {
    /// How many threads a runtime has for its tasks, and whether it is watched; `None` for one that has
    /// a single thread for everything.
    fn workers(&self, runtime: &Handle) -> Option<(usize, bool)> {
        if self.watch.get().is_none() && is_multi_thread(runtime) {
            self.watch.get_or_init(|| self.start_watch(runtime));
        }
        match self.watch.get() {
            Some(Some(watch)) if watch.runtime() == runtime.id() => Some((watch.workers(), true)),
            _ => is_multi_thread(runtime).then(|| (runtime.metrics().num_workers(), false)),
        }
    }

    fn start_watch(&self, runtime: &Handle) -> Option<Watch> {
        match Watch::start(runtime.clone(), Arc::clone(&self.seats)) {
            Ok(watch) => Some(watch),
            Err(error) => {
                tracing::warn!(%error, "no thread watches over the calls that run inline");
                None
            }
        }
    }
}

fn is_multi_thread(runtime: &Handle) -> bool {
    runtime.runtime_flavor() == RuntimeFlavor::MultiThread
}
