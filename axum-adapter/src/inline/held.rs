//! What an inline call holds back on its thread: the driver of its request, and those whom it wakes.
//!
//! A call that returns soon, as most do, has its driver go on in the same task and wakes everybody at
//! once, which costs no other thread a look. But a call may also wait where no host sees it, on its own
//! thread or for another thread of the extension's, and what it waits for may need those who are held
//! back. So they are let go when it waits in a callback, and by the [watch](super::watch) when it does
//! not return soon. A task that is woken on the thread of a call that blocks would stay there: no other
//! thread takes over what its scheduler keeps to run next.

use std::cell::OnceCell;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Waker;

use tokio::runtime::{Handle, Id};

use super::DriverTask;

/// The second look at one call finds it slow.
const SLOW: u32 = 2;

thread_local! {
    static SLOT: OnceCell<Arc<Slot>> = const { OnceCell::new() };
}

/// The slots of all threads that have made an inline call.
static SLOTS: Mutex<Vec<Weak<Slot>>> = Mutex::new(Vec::new());

/// A thread's place for what its call holds back.
#[derive(Debug, Default)]
struct Slot(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Where the call runs, while there is one.
    runtime: Option<Id>,
    /// How often the watch has found it running.
    looks: u32,
    held: Held,
}

#[derive(Default)]
struct Held {
    driver: Option<DriverTask>,
    woken: Vec<Waker>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("driver", &self.driver.is_some())
            .field("woken", &self.woken.len())
            .finish()
    }
}

impl Slot {
    /// The calling thread's.
    fn current() -> Arc<Self> {
        SLOT.with(|slot| Arc::clone(slot.get_or_init(Self::register)))
    }

    fn register() -> Arc<Self> {
        let slot = Arc::new(Self::default());
        let mut slots = lock(&SLOTS);
        slots.retain(|slot| slot.strong_count() > 0);
        slots.push(Arc::downgrade(&slot));
        slot
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }

    /// Takes everything out. The call goes on.
    fn take(&self) -> Held {
        mem::take(&mut self.state().held)
    }
}

impl Held {
    fn is_empty(&self) -> bool {
        self.driver.is_none() && self.woken.is_empty()
    }

    /// Lets everybody go on; the driver in a task of its own.
    fn let_go(self, runtime: &Handle) {
        if let Some(driver) = self.driver {
            // Its handle is not needed: it ends with its request.
            drop(runtime.spawn(driver));
        }
        wake(self.woken);
    }
}

fn wake(woken: Vec<Waker>) {
    for waker in woken {
        waker.wake();
    }
}

/// Makes a call of `runtime` on the calling thread. Gives the driver back unless it was let go meanwhile.
pub(super) fn during(
    runtime: &Handle,
    driver: Option<DriverTask>,
    call: impl FnOnce(),
) -> Option<DriverTask> {
    let slot = Slot::current();
    let mut state = slot.state();
    if state.runtime.is_some() {
        // The call within a call holds nothing back.
        drop(state);
        let held = Held {
            driver,
            woken: Vec::new(),
        };
        held.let_go(runtime);
        call();
        return None;
    }
    state.runtime = Some(runtime.id());
    state.looks = 0;
    state.held.driver = driver;
    drop(state);

    let end = End {
        slot: &slot,
        runtime,
    };
    call();
    let Held { driver, woken } = end.reached();
    wake(woken);
    driver
}

/// The end of a call.
struct End<'a> {
    slot: &'a Slot,
    runtime: &'a Handle,
}

impl End<'_> {
    fn reached(&self) -> Held {
        let mut state = self.slot.state();
        state.runtime = None;
        mem::take(&mut state.held)
    }
}

impl Drop for End<'_> {
    /// The request outlives a call that has panicked.
    fn drop(&mut self) {
        let held = self.reached();
        if !held.is_empty() {
            held.let_go(self.runtime);
        }
    }
}

/// Wakes a task when the call on the calling thread has returned, or is about to wait, or does not
/// return soon; at once where there is no call.
pub(super) fn wake_later(waker: Waker) {
    let slot = SLOT.try_with(|slot| slot.get().cloned()).ok().flatten();
    if let Some(slot) = slot {
        let mut state = slot.state();
        if state.runtime.is_some() {
            let woken = &mut state.held.woken;
            if !woken.iter().any(|known| known.will_wake(&waker)) {
                woken.push(waker);
            }
            return;
        }
    }
    waker.wake();
}

/// Lets go what the call on the calling thread holds back, since it is about to wait.
pub(super) fn let_go(runtime: &Handle) {
    Slot::current().take().let_go(runtime);
}

/// Looks at all calls of `runtime`, and lets go what those hold back that do not return soon. Whether
/// there are any calls.
pub(super) fn look(runtime: &Handle) -> bool {
    let slots: Vec<_> = lock(&SLOTS).iter().filter_map(Weak::upgrade).collect();
    let mut any = false;
    for slot in slots {
        let mut state = slot.state();
        if state.runtime != Some(runtime.id()) {
            continue;
        }
        any = true;
        state.looks = state.looks.saturating_add(1);
        if state.looks < SLOW || state.held.is_empty() {
            continue;
        }
        let held = mem::take(&mut state.held);
        drop(state);
        held.let_go(runtime);
    }
    any
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
