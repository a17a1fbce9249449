//! The codes a refused call comes with.

use std::error::Error;
use std::fmt;

use isapi_abi::error;

/// A Win32 error code: why the host refused a call, or how an operation failed.
///
/// ```
/// use isapi_sdk::Win32Error;
///
/// assert_eq!(Win32Error::INVALID_PARAMETER.code(), 87);
/// assert_eq!(Win32Error::INVALID_INDEX.to_string(), "Win32 error 1413");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Win32Error(u32);

impl Win32Error {
    /// `ERROR_FILE_NOT_FOUND`: there is no such file.
    pub const FILE_NOT_FOUND: Win32Error = Win32Error(error::ERROR_FILE_NOT_FOUND);
    /// `ERROR_WRITE_FAULT`: the data could not be written.
    pub const WRITE_FAULT: Win32Error = Win32Error(error::ERROR_WRITE_FAULT);
    /// `ERROR_GEN_FAILURE`: something failed that has no code of its own.
    pub const GEN_FAILURE: Win32Error = Win32Error(error::ERROR_GEN_FAILURE);
    /// `ERROR_NOT_SUPPORTED`: the host cannot do this.
    pub const NOT_SUPPORTED: Win32Error = Win32Error(error::ERROR_NOT_SUPPORTED);
    /// `ERROR_NETNAME_DELETED`: the connection was closed under the operation.
    pub const NETNAME_DELETED: Win32Error = Win32Error(error::ERROR_NETNAME_DELETED);
    /// `ERROR_INVALID_PARAMETER`: an argument is wrong, or the call is not allowed now.
    pub const INVALID_PARAMETER: Win32Error = Win32Error(error::ERROR_INVALID_PARAMETER);
    /// `ERROR_INSUFFICIENT_BUFFER`: the buffer is too small.
    pub const INSUFFICIENT_BUFFER: Win32Error = Win32Error(error::ERROR_INSUFFICIENT_BUFFER);
    /// `ERROR_NO_DATA`: what was asked for is not there.
    pub const NO_DATA: Win32Error = Win32Error(error::ERROR_NO_DATA);
    /// `ERROR_OPERATION_ABORTED`: the operation was cut off, most often by a client that left.
    pub const OPERATION_ABORTED: Win32Error = Win32Error(error::ERROR_OPERATION_ABORTED);
    /// `ERROR_STACK_OVERFLOW`: child requests are nested too deep.
    pub const STACK_OVERFLOW: Win32Error = Win32Error(error::ERROR_STACK_OVERFLOW);
    /// `ERROR_INVALID_INDEX`: there is no server variable of that name.
    pub const INVALID_INDEX: Win32Error = Win32Error(error::ERROR_INVALID_INDEX);

    /// `ERROR_CALL_NOT_IMPLEMENTED`: the host does not offer the call.
    pub const CALL_NOT_IMPLEMENTED: Win32Error = Win32Error(error::ERROR_CALL_NOT_IMPLEMENTED);

    /// The error with the given code.
    pub const fn from_code(code: u32) -> Win32Error {
        Win32Error(code)
    }

    /// The code as `GetLastError` gives it.
    pub const fn code(self) -> u32 {
        self.0
    }
}

impl fmt::Display for Win32Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Win32 error {}", self.0)
    }
}

impl Error for Win32Error {}

/// Why an extension does not want to be loaded; the answer of
/// [`Extension::load`](crate::Extension::load).
///
/// `GetExtensionVersion` then returns FALSE with the code as its last error, and the text stands in
/// `HSE_VERSION_INFO.lpszExtensionDesc`, where a host that reports failed loads finds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadFailure {
    reason: String,
    code: Win32Error,
}

impl LoadFailure {
    /// A failure with a text for the operator and the code `ERROR_GEN_FAILURE`.
    pub fn new(reason: impl Into<String>) -> LoadFailure {
        LoadFailure {
            reason: reason.into(),
            code: Win32Error::GEN_FAILURE,
        }
    }

    /// The same failure with another code.
    #[must_use]
    pub fn with_code(self, code: Win32Error) -> LoadFailure {
        LoadFailure { code, ..self }
    }

    /// The text for the operator.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The code the host finds as the last error.
    pub fn code(&self) -> Win32Error {
        self.code
    }
}

impl fmt::Display for LoadFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.reason, self.code)
    }
}

impl Error for LoadFailure {}

impl From<std::io::Error> for LoadFailure {
    fn from(error: std::io::Error) -> LoadFailure {
        LoadFailure::new(error.to_string())
    }
}
