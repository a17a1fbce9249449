use std::fmt;

use crate::win32::Win32Error;

/// Why `GetServerVariable` has no value to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VariableError {
    /// There is no such variable, or the client sent no such field.
    Unknown,
    /// The variable is known, but what it tells about is not there.
    NoData,
}

impl VariableError {
    /// The code for `GetLastError`.
    pub const fn win32(self) -> Win32Error {
        match self {
            Self::Unknown => Win32Error::INVALID_INDEX,
            Self::NoData => Win32Error::NO_DATA,
        }
    }
}

impl fmt::Display for VariableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "there is no such server variable",
            Self::NoData => "the server variable has no data",
        })
    }
}

impl std::error::Error for VariableError {}
