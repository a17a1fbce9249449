use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::{Dispatch, Job, Overloaded};

/// How long an idle thread waits for work before it ends.
const IDLE: Duration = Duration::from_secs(10);

/// Threads for jobs that may block: as many as are needed at once, up to a limit, and fewer again
/// when they are idle.
///
/// Dropped, it takes no more jobs; what is queued still runs.
pub struct WorkerPool {
    shared: Arc<Shared>,
}

/// Plain `std` locks: loom does not model the pool, only what runs on it.
struct Shared {
    name: &'static str,
    max_threads: usize,
    min_threads: usize,
    max_queue: Option<usize>,
    idle: Duration,
    state: Mutex<State>,
    work: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: usize,
    idle: usize,
    closed: bool,
}

impl WorkerPool {
    /// At most `threads` threads, none to begin with; `queue` jobs may wait when all are busy,
    /// any number if it is `None`. The threads are called `name`.
    #[must_use]
    pub fn new(name: &'static str, threads: usize, queue: Option<usize>) -> Self {
        Self::with_minimum(name, threads, 0, queue)
    }

    /// A pool that never refuses a job: one of its threads is there from the start and stays.
    ///
    /// # Panics
    ///
    /// When the system gives no thread.
    #[must_use]
    pub fn always_on(name: &'static str, threads: usize) -> Self {
        let pool = Self::with_minimum(name, threads, 1, None);
        let mut state = pool.shared.lock();
        pool.shared
            .start_thread(&mut state)
            .expect("the system gives one thread");
        drop(state);
        pool
    }

    fn with_minimum(
        name: &'static str,
        threads: usize,
        min_threads: usize,
        max_queue: Option<usize>,
    ) -> Self {
        let shared = Shared {
            name,
            max_threads: threads.max(1),
            min_threads,
            max_queue,
            idle: IDLE,
            state: Mutex::new(State::default()),
            work: Condvar::new(),
        };
        Self {
            shared: Arc::new(shared),
        }
    }
}

impl Dispatch for WorkerPool {
    fn dispatch(&self, job: Job) -> Result<(), Overloaded> {
        self.shared.dispatch(job)
    }
}

impl fmt::Debug for WorkerPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.lock();
        f.debug_struct("WorkerPool")
            .field("name", &self.shared.name)
            .field("threads", &state.threads)
            .field("idle", &state.idle)
            .field("queued", &state.queue.len())
            .finish_non_exhaustive()
    }
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        // Nobody is joined: this may well be one of the threads.
        self.shared.lock().closed = true;
        self.shared.work.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn dispatch(self: &Arc<Self>, job: Job) -> Result<(), Overloaded> {
        let mut state = self.lock();
        if state.idle <= state.queue.len() {
            self.make_room(&mut state, job)?;
        } else {
            state.queue.push_back(job);
        }
        drop(state);
        self.work.notify_one();
        Ok(())
    }

    /// Queues a job that no idle thread is waiting for.
    fn make_room(self: &Arc<Self>, state: &mut State, job: Job) -> Result<(), Overloaded> {
        let started = state.threads < self.max_threads && self.start_thread(state).is_ok();
        if !started {
            let full = self.max_queue.is_some_and(|max| state.queue.len() >= max);
            if full || state.threads == 0 {
                return Err(Overloaded(job));
            }
        }
        state.queue.push_back(job);
        Ok(())
    }

    fn start_thread(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let pool = Arc::clone(self);
        let started = thread::Builder::new()
            .name(self.name.into())
            .spawn(move || pool.work());
        if let Err(error) = started {
            tracing::error!(
                threads = state.threads,
                "{}: no more threads: {error}",
                self.name
            );
            return Err(error);
        }
        state.threads += 1;
        Ok(())
    }

    /// The life of one thread.
    fn work(&self) {
        let mut state = self.lock();
        loop {
            while let Some(job) = state.queue.pop_front() {
                drop(state);
                self.run(job);
                state = self.lock();
            }
            if state.closed {
                break;
            }
            state.idle += 1;
            let (woken, timeout) = self
                .work
                .wait_timeout(state, self.idle)
                .unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            let spare = state.threads > self.min_threads;
            if timeout.timed_out() && spare && state.queue.is_empty() {
                break;
            }
        }
        state.threads -= 1;
    }

    fn run(&self, job: Job) {
        if panic::catch_unwind(AssertUnwindSafe(job)).is_err() {
            tracing::error!("a job on {} panicked; this is a bug of the host", self.name);
        }
    }
}

#[cfg(all(test, not(isapi_loom)))]
mod tests {
    use std::sync::Barrier;
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn grows_until_every_blocked_job_has_a_thread() {
        let pool = WorkerPool::new("test", 8, None);
        let all = Arc::new(Barrier::new(9));
        for _ in 0..8 {
            let all = Arc::clone(&all);
            pool.dispatch(Box::new(move || {
                all.wait();
            }))
            .expect("a thread for each");
        }
        all.wait();
    }

    #[test]
    fn refuses_what_can_neither_run_nor_wait() {
        let pool = WorkerPool::new("test", 1, Some(1));
        let (release, gate) = mpsc::channel::<()>();
        let (started, running) = mpsc::channel();
        let block = move || {
            started.send(()).expect("the test listens");
            gate.recv().expect("the test releases");
        };
        pool.dispatch(Box::new(block)).expect("runs");
        running.recv().expect("runs");
        let (ran, second) = mpsc::channel();
        pool.dispatch(Box::new(move || ran.send(()).expect("the test listens")))
            .expect("waits");
        assert!(pool.dispatch(Box::new(|| {})).is_err());
        release.send(()).expect("the job waits");
        second.recv().expect("runs after the first");
    }

    #[test]
    fn shrinks_to_its_minimum_when_idle() {
        let mut pool = WorkerPool::new("test", 8, None);
        Arc::get_mut(&mut pool.shared).expect("no thread yet").idle = Duration::from_millis(1);
        for _ in 0..8 {
            pool.dispatch(Box::new(|| {})).expect("a thread");
        }
        while pool.shared.lock().threads > 0 {
            thread::yield_now();
        }
        let (ran, after) = mpsc::channel();
        pool.dispatch(Box::new(move || ran.send(()).expect("the test listens")))
            .expect("grows");
        after.recv().expect("runs on a new thread");
    }

    #[test]
    fn a_panic_costs_no_thread() {
        let pool = WorkerPool::new("test", 1, None);
        pool.dispatch(Box::new(|| panic!("on purpose")))
            .expect("runs");
        let (ran, after) = mpsc::channel();
        pool.dispatch(Box::new(move || ran.send(()).expect("the test listens")))
            .expect("runs");
        after.recv().expect("runs on the same thread");
    }
}
