//! Why a command could not do its work.

use std::fmt;
use std::process::ExitCode;

/// A failure before the server listens: clear lines, mostly one, and exit code 2.
#[derive(Debug)]
pub(crate) struct StartFailure(Vec<String>);

impl StartFailure {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self(vec![reason.into()])
    }

    /// A failure of several reasons, in their order.
    pub(crate) fn of(reasons: impl IntoIterator<Item = impl fmt::Display>) -> Self {
        Self(
            reasons
                .into_iter()
                .map(|reason| reason.to_string())
                .collect(),
        )
    }

    /// What to tell, a line for each reason.
    pub(crate) fn lines(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

/// How a command that started ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Every request was finished and every extension terminated.
    Clean,
    /// Something was cut off: requests, or extensions that were still busy.
    Cut,
    /// The file that was asked about cannot be hosted here.
    Unfit,
}

/// The exit code of a command.
pub(crate) fn exit_code(result: &Result<Stop, StartFailure>) -> ExitCode {
    match result {
        Ok(Stop::Clean) => ExitCode::SUCCESS,
        Ok(Stop::Cut | Stop::Unfit) => ExitCode::FAILURE,
        Err(_) => ExitCode::from(2),
    }
}
