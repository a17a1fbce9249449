use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

use http::StatusCode;
use isapi_core::url_map::{HandlerError, MountError};

/// Why a service cannot be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// No file can have this name.
    DefaultDocument {
        /// The name of [`Builder::default_documents`](super::Builder::default_documents).
        name: String,
    },
    /// A directory to be mounted is missing, is no directory, or cannot be read.
    Directory {
        /// The URL of [`Builder::virtual_directory`](super::Builder::virtual_directory).
        url: String,
        /// Its path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// An error page for a status that is no error, or a second one for the same error.
    ErrorPage {
        /// The status of [`Builder::error_page`](super::Builder::error_page).
        status: StatusCode,
        /// Its sub status.
        sub_status: Option<u16>,
    },
    /// A handler has a pattern or verbs that mean nothing.
    Handler {
        /// Its pattern.
        pattern: String,
        /// What is wrong.
        source: HandlerError,
    },
    /// A URL cannot be mounted.
    Mount(MountError),
    /// A path cannot be used.
    Path {
        /// The path.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The system gives no thread for [`Builder::idle_timeout`](super::Builder::idle_timeout).
    Thread(io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DefaultDocument { name } => write!(
                f,
                "default document {name:?}: no file that a URL can name; write a name such as \
                 index.html, without a path"
            ),
            Self::Directory { url, path, source } => {
                write!(f, "directory({url:?}, {path:?}): {source}")
            }
            Self::ErrorPage { status, .. }
                if !status.is_client_error() && !status.is_server_error() =>
            {
                write!(
                    f,
                    "error page for {}: not an error; a status is from 400 to 599",
                    status.as_u16()
                )
            }
            Self::ErrorPage { status, sub_status } => {
                write!(f, "error page for {}", status.as_u16())?;
                if let Some(sub_status) = sub_status {
                    write!(f, ".{sub_status}")?;
                }
                f.write_str(": there are two of them; leave one out")
            }
            Self::Handler { pattern, source } => write!(f, "handler {pattern:?}: {source}"),
            Self::Mount(error) => error.fmt(f),
            Self::Path { path, source } => write!(f, "{}: {source}", path.display()),
            Self::Thread(source) => {
                write!(
                    f,
                    "no thread can be had that unloads idle extensions: {source}"
                )
            }
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Directory { source, .. } | Self::Path { source, .. } | Self::Thread(source) => {
                Some(source)
            }
            Self::DefaultDocument { .. } | Self::ErrorPage { .. } => None,
            Self::Handler { source, .. } => Some(source),
            Self::Mount(error) => Some(error),
        }
    }
}

impl From<MountError> for BuildError {
    fn from(error: MountError) -> Self {
        Self::Mount(error)
    }
}
