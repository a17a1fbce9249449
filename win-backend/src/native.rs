use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use isapi_abi::HANDLE;
use isapi_bridge::{Backend, EntryProvider, LoadError, SendableFile};
use isapi_core::win32::Win32Error;

use crate::imp;

/// The backend for native DLLs.
///
/// There is no value of it yet, on any system (see the crate's documentation), so its methods cannot
/// be called.
#[derive(Debug)]
pub struct Native {
    never: Infallible,
}

impl Native {
    /// Makes the backend.
    ///
    /// # Errors
    ///
    /// Always, for now; the error says why.
    pub fn new() -> Result<Self, Unsupported> {
        Err(imp::UNSUPPORTED)
    }
}

impl Backend for Native {
    fn open(&self, _path: &Path) -> Result<Box<dyn EntryProvider>, LoadError> {
        match self.never {}
    }

    fn module_file_names(&self, _url_name: &str) -> Vec<String> {
        match self.never {}
    }

    unsafe fn duplicate_file(&self, _handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        match self.never {}
    }
}

/// There is no native backend on this system; displays the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported {
    reason: &'static str,
}

impl Unsupported {
    pub(crate) const fn new(reason: &'static str) -> Self {
        Self { reason }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no native backend: {}", self.reason)
    }
}

impl Error for Unsupported {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_constructor_says_why_there_is_none() {
        let unsupported = Native::new().unwrap_err().to_string();
        let reason = if cfg!(windows) {
            "not implemented yet"
        } else {
            "run on Windows only"
        };
        assert!(unsupported.contains(reason), "{unsupported}");
    }
}
