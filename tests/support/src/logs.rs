//! What the servers under test logged, in this process or to their standard error.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, Once};
use std::time::{Duration, Instant};

use tracing_subscriber::fmt::MakeWriter;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static WRITTEN: Condvar = Condvar::new();

/// How long [`expect_line`] waits.
const DEADLINE: Duration = Duration::from_secs(30);

/// Begins to keep every log line of this process; called by every server in it.
pub(crate) fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing_subscriber::fmt()
            .with_ansi(false)
            .without_time()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(Capture)
            .init();
    });
}

/// Keeps a line that a server program has written.
pub(crate) fn add(line: String) {
    lock().push(line);
    WRITTEN.notify_all();
}

/// The log lines of all servers of this process that contain all of `parts`.
pub fn lines_with(parts: &[&str]) -> Vec<String> {
    matching(&lock(), parts)
}

/// Waits until a line was logged that contains all of `parts`, and returns it.
///
/// # Panics
///
/// When none came in 30 seconds.
#[track_caller]
pub fn expect_line(parts: &[&str]) -> String {
    let deadline = Instant::now() + DEADLINE;
    let mut lines = lock();
    loop {
        if let Some(line) = matching(&lines, parts).pop() {
            return line;
        }
        let remaining = deadline.saturating_duration_since(Instant::now());
        if remaining.is_zero() {
            panic!("no log line with {parts:?} among {lines:#?}");
        }
        let waited = WRITTEN.wait_timeout(lines, remaining);
        lines = waited.expect("no holder of the lock panics").0;
    }
}

fn matching(lines: &[String], parts: &[&str]) -> Vec<String> {
    lines
        .iter()
        .filter(|line| parts.iter().all(|part| line.contains(part)))
        .cloned()
        .collect()
}

fn lock() -> MutexGuard<'static, Vec<String>> {
    LINES
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[derive(Debug)]
struct Capture;

impl io::Write for Capture {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        // The formatter writes one whole line at a time.
        add(String::from_utf8_lossy(data).into_owned());
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Capture {
    type Writer = Capture;

    fn make_writer(&self) -> Capture {
        Capture
    }
}
