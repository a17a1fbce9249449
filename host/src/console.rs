//! Lines for the person who started the server.

use std::fmt::Display;
use std::io::{self, Write};

/// Writes one line to standard error, in one piece: standard error has no buffer, and others write
/// to it too.
///
/// A closed standard error is no reason to stop serving, so failures are ignored
/// (`eprintln!` panics).
pub(crate) fn note(line: impl Display) {
    let line = format!("isapi: {line}\n");
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Writes a text to standard output, for whoever wants to read it: one that has seen enough and
/// closed the pipe (`| head`) is no failure.
///
/// # Errors
///
/// What else writing to standard output answered.
pub(crate) fn show(text: impl Display) -> io::Result<()> {
    match announce(text) {
        Err(error) if is_closed_pipe(&error) => Ok(()),
        written => written,
    }
}

fn is_closed_pipe(error: &io::Error) -> bool {
    /// What Windows may answer at a pipe without a reader; it has no [`io::ErrorKind`].
    const ERROR_PIPE_NOT_CONNECTED: i32 = 233;

    error.kind() == io::ErrorKind::BrokenPipe
        || (cfg!(windows) && error.raw_os_error() == Some(ERROR_PIPE_NOT_CONNECTED))
}

/// Writes one line to standard output and flushes it.
///
/// # Errors
///
/// What writing to standard output answered.
pub(crate) fn announce(line: impl Display) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()
}
