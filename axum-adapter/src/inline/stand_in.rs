//! The driver of a request whose call runs in the driver's own task.

use std::cell::Cell;
use std::thread;

use super::DriverTask;

thread_local! {
    /// The driver that waits for the call on this thread to return.
    static WAITING: Cell<Option<DriverTask>> = const { Cell::new(None) };
}

/// Makes a call while its driver waits. Gives the driver back unless it was [sent ahead](send_ahead)
/// meanwhile.
pub(super) fn hold_during(driver: DriverTask, call: impl FnOnce()) -> Option<DriverTask> {
    let held = Held(WAITING.replace(Some(driver)));
    call();
    let driver = WAITING.take();
    drop(held);
    driver
}

/// Puts back the driver of the call around this one.
struct Held(Option<DriverTask>);

impl Drop for Held {
    fn drop(&mut self) {
        let driver = WAITING.replace(self.0.take());
        // The request outlives a call that has panicked.
        if let Some(driver) = driver.filter(|_| thread::panicking()) {
            tokio::spawn(driver);
        }
    }
}

/// Gives the driver of the call on this thread a task of its own: the call may be about to wait for what
/// the driver does.
pub(super) fn send_ahead() {
    if let Some(driver) = WAITING.take() {
        // Its handle is not needed: it ends with its request.
        drop(tokio::spawn(driver));
    }
}
