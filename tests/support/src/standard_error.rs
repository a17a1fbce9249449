//! What a server program writes to standard error.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::logs;

/// How long [`StandardError::rest`] waits for the pipe's end once the program has ended. Under Wine
/// another process may hold it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The lines so far, which go to the [`logs`] as well.
#[derive(Debug, Default)]
pub(crate) struct StandardError {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Debug, Default)]
struct State {
    lines: Vec<String>,
    has_ended: bool,
}

impl StandardError {
    /// Reads a pipe on a thread of its own.
    pub(crate) fn read(pipe: impl Read + Send + 'static) -> Arc<StandardError> {
        let error = Arc::new(StandardError::default());
        let reader = Arc::clone(&error);
        thread::spawn(move || {
            for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).trim_end().to_owned();
                reader.lock().lines.push(line.clone());
                logs::add(line);
            }
            reader.lock().has_ended = true;
            reader.ended.notify_all();
        });
        error
    }

    /// The lines so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lock().lines.clone()
    }

    /// All lines, of a program that has ended.
    pub(crate) fn rest(&self) -> Vec<String> {
        let waited = self
            .ended
            .wait_timeout_while(self.lock(), PATIENCE, |state| !state.has_ended);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        state.lines.clone()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
