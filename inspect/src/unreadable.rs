//! Files that cannot be looked into.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Why nothing is known of a file: it cannot be read. Displayed as the reason, in the words of the
/// other commands' errors.
#[derive(Debug)]
pub struct Unreadable {
    file: PathBuf,
    source: io::Error,
}

impl Unreadable {
    pub(crate) fn new(file: &Path, source: io::Error) -> Self {
        Self {
            file: file.to_owned(),
            source,
        }
    }

    /// What reading the file answered.
    pub fn io_error(&self) -> &io::Error {
        &self.source
    }

    /// What stands in the place of a report for programs: the file and the reason, in `error`.
    pub fn to_json(&self) -> Value {
        json!({
            "file": self.file.to_string_lossy(),
            "error": self.to_string(),
        })
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.source.kind() {
            io::ErrorKind::NotFound => f.write_str("no such file"),
            io::ErrorKind::PermissionDenied => f.write_str("permission denied"),
            _ => self.source.fmt(f),
        }
    }
}

impl Error for Unreadable {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}
