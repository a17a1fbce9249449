//! What scripts did, by name: written by the scripts, read by other requests and by tests.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

static JOURNALS: Mutex<Option<HashMap<String, Vec<String>>>> = Mutex::new(None);
static WRITTEN: Condvar = Condvar::new();

/// How long [`wait`] waits before it gives up, so that no test hangs.
const DEADLINE: Duration = Duration::from_secs(30);

/// Appends a line.
pub fn write(name: &str, line: impl Into<String>) {
    let mut journals = lock();
    journals
        .get_or_insert_default()
        .entry(name.to_owned())
        .or_default()
        .push(line.into());
    WRITTEN.notify_all();
}

/// The lines so far.
pub fn lines(name: &str) -> Vec<String> {
    lock()
        .as_ref()
        .and_then(|journals| journals.get(name))
        .cloned()
        .unwrap_or_default()
}

/// Waits until the journal has `line` and returns all its lines then; after 30 seconds the lines
/// it has, with one that says what is missing.
pub fn wait(name: &str, line: &str) -> Vec<String> {
    let deadline = Instant::now() + DEADLINE;
    let mut journals = lock();
    loop {
        let lines = journals.as_ref().and_then(|journals| journals.get(name));
        if let Some(lines) = lines.filter(|lines| lines.iter().any(|have| have == line)) {
            return lines.clone();
        }
        let remaining = deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            let mut lines = lines.cloned().unwrap_or_default();
            lines.push(format!("(no line {line:?} in {DEADLINE:?})"));
            return lines;
        }
        let waited = WRITTEN.wait_timeout(journals, remaining);
        journals = waited.unwrap_or_else(|poisoned| poisoned.into_inner()).0;
    }
}

fn lock() -> MutexGuard<'static, Option<HashMap<String, Vec<String>>>> {
    JOURNALS
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
