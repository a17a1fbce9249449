use std::future::{Future, poll_fn};
use std::mem;
use std::task::Poll;

use isapi_bridge::InlineCall;
use tokio::runtime::Handle;

use super::{DriveRequest, DrivenCall, RuntimeTasks, held};

/// After how many calls that follow each other at once the thread's other tasks have a turn, and the driver
/// goes on in a task of its own.
const MOST_IN_A_ROW: u32 = 32;

/// What one task does for a request: drives it, and makes its calls one after the other.
///
/// A task for each call would cost more than most calls.
pub(super) struct Work {
    pub(super) tasks: RuntimeTasks,
    /// None where another task has it.
    pub(super) driver: Option<Box<dyn DriveRequest>>,
    /// The call to be made before the driver is asked for one.
    pub(super) call: Option<InlineCall>,
}

impl Work {
    pub(super) fn of_driver(
        tasks: &RuntimeTasks,
        driver: Box<dyn DriveRequest>,
        call: Option<InlineCall>,
    ) -> Self {
        Self {
            tasks: tasks.clone(),
            driver: Some(driver),
            call,
        }
    }

    pub(super) fn of_call(tasks: &RuntimeTasks, call: InlineCall) -> Self {
        Self {
            tasks: tasks.clone(),
            driver: None,
            call: Some(call),
        }
    }

    /// Has it done in a task of its own, its call apart from its driver: each may be what the other
    /// waits for.
    pub(super) fn spawn(self, runtime: &Handle) {
        let Self {
            tasks,
            driver,
            call,
        } = self;
        // The handles are not needed: the session learns how its calls end.
        if let Some(call) = call {
            drop(runtime.spawn(Self::of_call(&tasks, call).run()));
        }
        if let Some(driver) = driver {
            drop(runtime.spawn(Self::of_driver(&tasks, driver, None).run()));
        }
    }

    /// Works until the request is over, or others have taken everything over.
    #[expect(
        clippy::manual_async_fn,
        reason = "an async function has room for its arguments twice, and what is spawned is moved a lot"
    )]
    pub(super) fn run(mut self) -> impl Future<Output = ()> + Send {
        async move {
            let mut watch = None;
            let mut turn = Turn::default();
            while let Some(call) =
                next_call(&self.tasks, &mut self.call, &mut self.driver, &mut turn).await
            {
                if mem::take(&mut turn.is_due) {
                    take_turns().await;
                }
                // A task stays on its runtime.
                let watch = watch.get_or_insert_with(|| self.tasks.watch_over_current());
                let Some(watch) = watch.filter(|watch| watch.may_run(&call)) else {
                    call.run_on_worker();
                    continue;
                };
                let Some(_seat) = self.tasks.seat(watch, call.is_forced()).await else {
                    call.run_on_worker();
                    continue;
                };
                turn.is_due =
                    held::during(&self.tasks, watch, &mut self.driver, &mut self.call, || {
                        call.run()
                    });
            }
        }
    }
}

/// Whether the others of its thread are to have their turn before a task makes its next call.
#[derive(Default)]
struct Turn {
    /// Others may have been woken in this turn of the task.
    is_due: bool,
    /// Calls that have followed each other at once.
    in_a_row: u32,
}

/// The next call, and whether others are to have their turn before it is made.
async fn next_call(
    tasks: &RuntimeTasks,
    next: &mut Option<InlineCall>,
    driver: &mut Option<Box<dyn DriveRequest>>,
    turn: &mut Turn,
) -> Option<InlineCall> {
    if let Some(call) = next.take() {
        turn.in_a_row += 1;
        if turn.in_a_row == MOST_IN_A_ROW {
            turn.in_a_row = 0;
            turn.is_due = true;
            // It keeps the time of its request, and the calls may be another's.
            if let Some(driver) = driver.take() {
                tasks.spawn_driver(driver, None);
            }
        }
        return Some(call);
    }
    turn.in_a_row = 0;
    let driver = driver.as_mut()?;
    let driven = poll_fn(|cx| {
        let driven = driver.poll_call(cx);
        turn.is_due &= driven.is_ready();
        driven
    });
    let DrivenCall { call, has_woken } = driven.await?;
    turn.is_due |= has_woken;
    Some(call)
}

/// Has the task come again behind the others, which any thread may take: the one that was woken last is
/// kept by its thread to be run next, and would stay there if a call blocked. So would one that yields by
/// means of the runtime's: its thread wakes it when it has nothing else to do.
pub(super) async fn take_turns() {
    let mut is_next = false;
    poll_fn(|cx| {
        if mem::replace(&mut is_next, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
