//! What an inline call holds back on its thread: the driver of its request, the next call, and those
//! whom it wakes.
//!
//! A call that returns soon, as most do, has its driver and the next call go on in the same task and
//! wakes everybody at once, which costs no other thread a look. But a call may also wait where no host
//! sees it, on its own thread or for another thread of the extension's, and what it waits for may need
//! those who are held back. So they are let go when it waits in a callback, and by the
//! [watch](super::watch) when it does not return soon. A task that is woken or spawned on the thread of a
//! call that blocks would stay there: no other thread takes over what its scheduler keeps to run next.

use std::cell::OnceCell;
use std::fmt;
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;
use std::time::Duration;

use isapi_bridge::InlineCall;
use tokio::runtime::Handle;

use super::processor::ProcessorWaits;
use super::watch::Watch;
use super::work::Work;
use super::{DriveRequest, RuntimeTasks};

/// The second look at one call finds it slow.
const SLOW: u32 = 2;

thread_local! {
    static SLOT: OnceCell<Arc<Slot>> = const { OnceCell::new() };
}

/// The slots of all threads that have made an inline call.
static SLOTS: Mutex<Vec<Weak<Slot>>> = Mutex::new(Vec::new());

/// A thread's place for what its call holds back.
#[derive(Debug)]
struct Slot {
    state: Mutex<State>,
    waits: ProcessorWaits,
}

#[derive(Debug, Default)]
struct State {
    /// Who runs the call, while there is one.
    owner: Option<usize>,
    /// The call waits in a callback, and holds nothing back.
    is_waiting: bool,
    /// How often the watch has found it running.
    looks: u32,
    /// What the thread had waited for a processor before the first look.
    waited_before: Option<Duration>,
    held: Held,
}

#[derive(Default)]
struct Held {
    driver: Option<Box<dyn DriveRequest>>,
    next: Option<InlineCall>,
    woken: Vec<Waker>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("driver", &self.driver.is_some())
            .field("next", &self.next)
            .field("woken", &self.woken.len())
            .finish()
    }
}

impl Slot {
    /// The calling thread's.
    fn current() -> Arc<Self> {
        SLOT.with(|slot| Arc::clone(slot.get_or_init(Self::register)))
    }

    /// The calling thread's, if it has made inline calls and is not ending.
    fn known() -> Option<Arc<Self>> {
        SLOT.try_with(|slot| slot.get().cloned()).ok().flatten()
    }

    fn register() -> Arc<Self> {
        let slot = Arc::new(Self {
            state: Mutex::default(),
            waits: ProcessorWaits::of_current_thread(),
        });
        let mut slots = lock(&SLOTS);
        slots.retain(|slot| slot.strong_count() > 0);
        slots.push(Arc::downgrade(&slot));
        slot
    }

    /// Remembers what the thread has waited for a processor until now. A wait that lasts is not in it.
    fn note_waits(&self) {
        // Not read under the lock: the call may be about to return.
        let waited = self.waits.total();
        let mut state = self.state();
        if state.looks == 1 {
            state.waited_before = waited;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Held {
    fn is_empty(&self) -> bool {
        self.driver.is_none() && self.next.is_none() && self.woken.is_empty()
    }

    /// Lets everybody go on; the driver and the call in tasks of their own.
    fn let_go(self, tasks: &RuntimeTasks, runtime: &Handle) {
        let Self {
            driver,
            next,
            woken,
        } = self;
        let work = Work {
            tasks: tasks.clone(),
            driver,
            call: next,
        };
        work.spawn(runtime);
        wake(woken);
    }
}

fn wake(woken: Vec<Waker>) {
    for waker in woken {
        waker.wake();
    }
}

/// Makes a call on the calling thread, which has a place for what else there is to do in its task. That
/// has then what is left: neither the driver nor a next call where they were let go meanwhile. Whether
/// others were woken in the end.
pub(super) fn during(
    tasks: &RuntimeTasks,
    watch: &Watch,
    driver: &mut Option<Box<dyn DriveRequest>>,
    next: &mut Option<InlineCall>,
    call: impl FnOnce(),
) -> bool {
    let slot = Slot::current();
    let mut state = slot.state();
    if state.owner.is_some() {
        // The call within a call holds nothing back.
        drop(state);
        let held = Held {
            driver: driver.take(),
            next: next.take(),
            woken: Vec::new(),
        };
        held.let_go(tasks, watch.runtime());
        call();
        return true;
    }
    state.owner = Some(tasks.address());
    state.looks = 0;
    state.waited_before = None;
    state.held.driver = driver.take();
    state.held.next = next.take();
    drop(state);

    let end = End {
        slot: &slot,
        tasks,
        runtime: watch.runtime(),
    };
    // Its owner is known: the watch does not fall asleep over it.
    watch.call_begins();
    call();
    let held = end.reached();
    *driver = held.driver;
    *next = held.next;
    let has_woken = !held.woken.is_empty();
    wake(held.woken);
    has_woken
}

/// The end of a call.
struct End<'a> {
    slot: &'a Slot,
    tasks: &'a RuntimeTasks,
    runtime: &'a Handle,
}

impl End<'_> {
    fn reached(&self) -> Held {
        let mut state = self.slot.state();
        state.owner = None;
        mem::take(&mut state.held)
    }
}

impl Drop for End<'_> {
    /// The request outlives a call that has panicked.
    fn drop(&mut self) {
        let held = self.reached();
        if !held.is_empty() {
            held.let_go(self.tasks, self.runtime);
        }
    }
}

/// Where a new call is to be made.
pub(super) enum Next {
    /// In the task of the call that the calling thread is in, when that has returned.
    Kept,
    /// In a task of its own.
    Spawn(InlineCall),
    /// On a worker thread: a task would stay on this thread.
    Refused(InlineCall),
}

/// Has a call made when the one on the calling thread has returned, or is about to wait, or does not
/// return soon.
pub(super) fn make_next(tasks: &RuntimeTasks, call: InlineCall) -> Next {
    let Some(slot) = Slot::known() else {
        return Next::Spawn(call);
    };
    let mut state = slot.state();
    match state.owner {
        Some(owner) if !state.is_waiting => {
            if owner != tasks.address() || state.held.next.is_some() {
                return Next::Refused(call);
            }
            state.held.next = Some(call);
            Next::Kept
        }
        _ => Next::Spawn(call),
    }
}

/// Wakes a task when the call on the calling thread has returned, or is about to wait, or does not
/// return soon; at once where there is no call.
pub(super) fn wake_later(waker: Waker) {
    if let Some(slot) = Slot::known() {
        let mut state = slot.state();
        if state.owner.is_some() && !state.is_waiting {
            let woken = &mut state.held.woken;
            if !woken.iter().any(|known| known.will_wake(&waker)) {
                woken.push(waker);
            }
            return;
        }
    }
    waker.wake();
}

/// Lets go what the call on the calling thread holds back, and then has it wait.
pub(super) fn wait(tasks: &RuntimeTasks, wait: impl FnOnce()) {
    let slot = Slot::current();
    let held = {
        let mut state = slot.state();
        state.is_waiting = true;
        mem::take(&mut state.held)
    };
    let _over = Waiting(&slot);
    held.let_go(tasks, &Handle::current());
    wait();
}

/// A call that waits.
struct Waiting<'a>(&'a Slot);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().is_waiting = false;
    }
}

/// For how long the call on the calling thread was ready to run and had no processor, as far as the watch
/// has found it running.
pub(super) fn preempted() -> Duration {
    let preempted = || {
        let slot = Slot::known()?;
        let before = slot.state().waited_before?;
        slot.waits.total()?.checked_sub(before)
    };
    preempted().unwrap_or_default()
}

/// Looks at all calls that run in these tasks, and lets go what those hold back that do not return soon.
/// Whether there are any calls.
pub(super) fn look(tasks: &RuntimeTasks, runtime: &Handle) -> bool {
    let slots: Vec<_> = lock(&SLOTS).iter().filter_map(Weak::upgrade).collect();
    let mut any = false;
    for slot in slots {
        let mut state = slot.state();
        if state.owner != Some(tasks.address()) {
            continue;
        }
        any = true;
        state.looks = state.looks.saturating_add(1);
        if state.looks == 1 {
            drop(state);
            slot.note_waits();
            continue;
        }
        if state.looks < SLOW || state.held.is_empty() {
            continue;
        }
        let held = mem::take(&mut state.held);
        drop(state);
        // A waker may be anybody's. Where one panics, others still rely on the watch.
        if panic::catch_unwind(AssertUnwindSafe(|| held.let_go(tasks, runtime))).is_err() {
            tracing::error!("a task that an inline call has woken panicked in its waker");
        }
    }
    any
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
