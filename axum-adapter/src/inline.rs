//! Calls of extensions on the Tokio runtime that serves their connections.

mod seats;

use std::sync::Arc;

use isapi_bridge::{InlineCall, InlineDispatch};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task;

use seats::Seats;

/// How often a call that finds no seat lets the other tasks of its thread go first. Calls that have
/// proved short give their seats back in less time than that takes.
const TURNS: usize = 3;

/// Runs calls as tasks of a runtime with several threads.
///
/// On a runtime with one thread for everything nothing may block, and nothing runs inline. A
/// `LocalSet` on one with several threads keeps its own tasks; the calls are not among them.
#[derive(Debug, Default)]
pub(crate) struct RuntimeTasks {
    seats: Arc<Seats>,
}

impl InlineDispatch for RuntimeTasks {
    fn spawn(&self, call: InlineCall) -> Result<(), InlineCall> {
        let Ok(runtime) = Handle::try_current() else {
            return Err(call);
        };
        if runtime.runtime_flavor() != RuntimeFlavor::MultiThread {
            return Err(call);
        }
        let workers = runtime.metrics().num_workers();
        if workers == 1 && !call.is_forced() {
            return Err(call);
        }
        let seats = Arc::clone(&self.seats);
        // Its handle is not needed: the session learns how the call ends, or that it was never made.
        drop(runtime.spawn(run(call, seats, workers)));
        Ok(())
    }

    fn block(&self, wait: &mut dyn FnMut()) {
        let _away = self.seats.away();
        task::block_in_place(wait);
    }

    fn share_woken(&self) {
        // A thread keeps the task that was woken last to itself, and runs it when the call has
        // returned. One more task takes its place; the others may be stolen.
        drop(task::spawn(async {}));
    }
}

/// Makes a call on a seat, or on a worker thread where it gets none.
async fn run(call: InlineCall, seats: Arc<Seats>, workers: usize) {
    for _ in 0..TURNS {
        let seat = match call.is_forced() {
            true => seats.take(),
            // One thread is left to those who are not extensions.
            false => seats.take_one_of(workers - 1),
        };
        if let Some(_seat) = seat {
            return call.run();
        }
        task::yield_now().await;
    }
    call.run_on_worker();
}
