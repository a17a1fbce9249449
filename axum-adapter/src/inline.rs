//! Calls of extensions on the Tokio runtime that serves their connections.

mod held;
mod seats;
mod watch;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::Waker;

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
        held::let_go(&Handle::current());
        let _away = self.shared.seats.away();
        task::block_in_place(wait);
    }

    fn wake(&self, waker: Waker) {
        held::wake_later(waker);
    }

    fn share_spawned(&self) {
        // A thread keeps the task that was spawned last to itself, and runs it when the call has
        // returned. One more task takes its place; the others may be stolen.
        drop(task::spawn(async {}));
    }
}

/// Where a call runs.
struct Place {
    shared: Arc<Shared>,
    /// The most seats that calls of its kind may take, if there is such a number.
    limit: Option<usize>,
    runtime: Handle,
}

impl Place {
    /// `None` where a call must not run inline.
    fn of(call: &InlineCall, shared: &Arc<Shared>) -> Option<Self> {
        let runtime = Handle::try_current().ok()?;
        let workers = shared.watch_over(&runtime)?.workers();
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
            runtime,
        })
    }

    /// Makes a call on a seat, or on a worker thread where it gets none.
    async fn run(&self, call: InlineCall) {
        match self.seat().await {
            Some(_seat) => {
                held::during(&self.runtime, None, || call.run());
            }
            None => call.run_on_worker(),
        }
    }

    /// Like [`run`](Self::run). Gives the driver back if it is still to be polled.
    async fn run_with_driver(&self, call: InlineCall, driver: DriverTask) -> Option<DriverTask> {
        match self.seat().await {
            Some(_seat) => held::during(&self.runtime, Some(driver), || call.run()),
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
                if let Some(Some(watch)) = self.shared.watch.get() {
                    watch.call_begins();
                }
                return seat;
            }
            task::yield_now().await;
        }
        None
    }
}

impl Shared {
    /// Who watches over the calls of this runtime; `None` where nobody does, and nothing may run inline:
    /// on one that has a single thread for everything, and on a second one.
    fn watch_over(&self, runtime: &Handle) -> Option<&Watch> {
        if self.watch.get().is_none() && is_multi_thread(runtime) {
            self.watch.get_or_init(|| self.start_watch(runtime));
        }
        let watch = self.watch.get()?.as_ref()?;
        (watch.runtime() == runtime.id()).then_some(watch)
    }

    fn start_watch(&self, runtime: &Handle) -> Option<Watch> {
        match Watch::start(runtime.clone()) {
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
