//! Who notices that an inline call blocks where no host sees it.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::thread::{self, Thread};
use std::time::Duration;

use isapi_bridge::InlineCall;
use tokio::runtime::Handle;

use super::{RuntimeTasks, Shared, held};

/// How long a runtime may lie still behind a call that blocks. A shorter time costs more.
const TICK: Duration = Duration::from_millis(4);

/// For how many ticks without a call the watch stays awake.
const MOST_QUIET_TICKS: u32 = 50;

/// Watches over the inline calls of one runtime.
///
/// One thread of a runtime at a time waits for its sockets and its timers, the others sleep. A call
/// that runs on that very thread and blocks leaves nobody who does, while the others sleep on, and what
/// it [holds back](held) may be what it waits for. To wake somebody for each call would cost more than
/// a short call; so a thread looks from time to time whether calls still come and go.
#[derive(Debug)]
pub(super) struct Watch {
    state: Arc<State>,
    thread: Thread,
}

#[derive(Debug)]
struct State {
    runtime: Handle,
    /// Whose calls they are.
    owner: Weak<Shared>,
    workers: usize,
    /// Calls that have begun.
    calls: AtomicU64,
    is_asleep: AtomicBool,
    is_over: AtomicBool,
}

impl Watch {
    /// Begins to watch.
    ///
    /// # Errors
    ///
    /// The system has no thread left.
    pub(super) fn start(runtime: Handle, owner: Weak<Shared>) -> io::Result<Self> {
        let state = Arc::new(State {
            workers: runtime.metrics().num_workers(),
            runtime,
            owner,
            calls: AtomicU64::new(0),
            is_asleep: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        });
        let watched = Arc::clone(&state);
        let thread = thread::Builder::new()
            .name("isapi-watch".to_owned())
            .stack_size(64 * 1024)
            .spawn(move || watch(&watched))?;
        Ok(Self {
            state,
            thread: thread.thread().clone(),
        })
    }

    /// The runtime that is watched.
    pub(super) fn runtime(&self) -> &Handle {
        &self.state.runtime
    }

    /// How many threads it has for its tasks.
    pub(super) fn workers(&self) -> usize {
        self.state.workers
    }

    /// Whether a call may ever run inline here: one of which is only known that those before it were short
    /// never takes the last thread.
    pub(super) fn may_run(&self, call: &InlineCall) -> bool {
        call.is_forced() || self.workers() > 1
    }

    /// A call begins, and has said so in its thread's [place](held).
    pub(super) fn call_begins(&self) {
        // Sequentially consistent, as is what `watch` does: either it sees the call, or this sees that
        // it sleeps.
        self.state.calls.fetch_add(1, Ordering::SeqCst);
        if self.state.is_asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

fn watch(state: &State) {
    let mut seen = 0;
    let mut quiet_ticks = 0;
    while !state.is_over.load(Ordering::SeqCst) {
        // A call that runs has an owner.
        let is_calling = state.owner.upgrade().is_some_and(|shared| {
            let tasks = RuntimeTasks { shared };
            held::look(&tasks, &state.runtime)
        });
        let calls = state.calls.load(Ordering::SeqCst);
        if calls != seen {
            seen = calls;
            quiet_ticks = 0;
        } else {
            quiet_ticks += 1;
            if quiet_ticks == 1 && is_calling {
                // It comes to a thread that sleeps, which waits for sockets and timers afterwards.
                drop(state.runtime.spawn(async {}));
            }
        }
        if is_calling || quiet_ticks < MOST_QUIET_TICKS {
            thread::sleep(TICK);
            continue;
        }
        state.is_asleep.store(true, Ordering::SeqCst);
        if state.calls.load(Ordering::SeqCst) == seen {
            thread::park();
        }
        state.is_asleep.store(false, Ordering::SeqCst);
    }
}
