//! What scripts did, by name: written by the scripts, read by other requests and by tests.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

static JOURNALS: Mutex<Option<HashMap<String, Journal>>> = Mutex::new(None);
static WRITTEN: Condvar = Condvar::new();

/// How long [`wait`] waits before it gives up, so that no test hangs.
const DEADLINE: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
struct Journal {
    lines: Vec<String>,
    /// Sections of the script that have begun and not ended.
    running: usize,
}

/// One section of a script on its way: the call, a completion or a thread.
#[derive(Debug)]
pub(crate) struct Section<'a> {
    name: &'a str,
}

impl Section<'_> {
    pub(crate) fn begin(name: &str) -> Section<'_> {
        change(name, |journal| journal.running += 1);
        Section { name }
    }
}

impl Drop for Section<'_> {
    fn drop(&mut self) {
        change(self.name, |journal| journal.running -= 1);
    }
}

/// Appends a line.
pub fn write(name: &str, line: impl Into<String>) {
    change(name, |journal| journal.lines.push(line.into()));
}

/// The lines so far.
pub fn lines(name: &str) -> Vec<String> {
    lock()
        .as_ref()
        .and_then(|journals| journals.get(name))
        .map(|journal| journal.lines.clone())
        .unwrap_or_default()
}

/// Waits until the journal has `line` and returns all its lines then.
///
/// After 30 seconds these are the lines it has, with one that says what is missing.
pub fn wait(name: &str, line: &str) -> Vec<String> {
    wait_until(name, line, |_| true)
}

/// Like [`wait`], and waits until nothing of the script is running: a completion may overtake the
/// call that started its operation, whose line is then still to come.
pub fn wait_settled(name: &str, line: &str) -> Vec<String> {
    wait_until(name, line, |journal| journal.running == 0)
}

fn wait_until(name: &str, line: &str, condition: fn(&Journal) -> bool) -> Vec<String> {
    let deadline = Instant::now() + DEADLINE;
    let mut journals = lock();
    loop {
        let journal = journals.as_ref().and_then(|journals| journals.get(name));
        let has_line = |journal: &Journal| journal.lines.iter().any(|have| have == line);
        if let Some(journal) = journal.filter(|journal| has_line(journal) && condition(journal)) {
            return journal.lines.clone();
        }
        let remaining = deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            let mut lines = journal
                .map(|journal| journal.lines.clone())
                .unwrap_or_default();
            lines.push(format!(
                "(no line {line:?}, or not settled, in {DEADLINE:?})"
            ));
            return lines;
        }
        let waited = WRITTEN.wait_timeout(journals, remaining);
        journals = waited.unwrap_or_else(|poisoned| poisoned.into_inner()).0;
    }
}

fn change(name: &str, change: impl FnOnce(&mut Journal)) {
    let mut journals = lock();
    change(
        journals
            .get_or_insert_default()
            .entry(name.to_owned())
            .or_default(),
    );
    WRITTEN.notify_all();
}

fn lock() -> MutexGuard<'static, Option<HashMap<String, Journal>>> {
    JOURNALS
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}
