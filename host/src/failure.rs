//! Why a command could not do its work.

use std::fmt;
use std::process::ExitCode;

/// A failure before the server listens: one clear line and exit code 2.
#[derive(Debug)]
pub(crate) struct StartFailure(String);

impl StartFailure {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a command that started ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Every request was finished and every extension terminated.
    Clean,
    /// Something was cut off: requests, or extensions that were still busy.
    Cut,
}

/// The exit code of a command.
pub(crate) fn exit_code(result: &Result<Stop, StartFailure>) -> ExitCode {
    match result {
        Ok(Stop::Clean) => ExitCode::SUCCESS,
        Ok(Stop::Cut) => ExitCode::FAILURE,
        Err(_) => ExitCode::from(2),
    }
}
