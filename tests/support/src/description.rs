//! What a server under test serves, as plain data: a server in this process and a server program are
//! made from the same.

use std::path::PathBuf;
use std::time::Duration;

use http::StatusCode;
use isapi_abi::Entry;
use isapi_axum::{Access, AllowedModule, Limits};
use isapi_core::session::SessionConfig;

use crate::handler::Handler;

/// Everything that a [`TestServerBuilder`](crate::TestServerBuilder) was told.
#[derive(Clone, Debug)]
pub(crate) struct Description {
    pub(crate) entries: Vec<(String, Entry)>,
    pub(crate) modules: Vec<(String, PathBuf)>,
    pub(crate) virtual_directories: Vec<VirtualDirectory>,
    pub(crate) handlers: Vec<Handler>,
    /// None: every module may be loaded.
    pub(crate) allowed_modules: Option<Vec<AllowedModule>>,
    /// None: those that are usual.
    pub(crate) default_documents: Option<Vec<String>>,
    pub(crate) error_pages: Vec<ErrorPage>,
    pub(crate) document_root: Option<PathBuf>,
    /// Whether the files of the document root are sent.
    pub(crate) sends_files: bool,
    /// None: modules stay.
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) session_config: SessionConfig,
    pub(crate) limits: Limits,
    /// Bytes of a request's head; none for the usual limit.
    pub(crate) max_request_head: Option<usize>,
    /// Whether files go to clear-text connections from memory mappings.
    pub(crate) maps_files: bool,
    pub(crate) speaks_tls: bool,
    /// How long a stop waits for requests that are still open.
    pub(crate) drain_timeout: Duration,
    /// Where module files of the script extension write their loads and unloads; see
    /// [`Instance`](crate::Instance).
    pub(crate) lifecycle_files: Vec<PathBuf>,
}

impl Description {
    /// Where the only module that has such a file writes its loads and unloads. With more than one,
    /// they could not be told apart.
    pub(crate) fn lifecycle_file(&self) -> Option<&PathBuf> {
        match self.lifecycle_files.as_slice() {
            [file] => Some(file),
            _ => None,
        }
    }
}

/// A directory at a URL.
#[derive(Clone, Debug)]
pub(crate) struct VirtualDirectory {
    pub(crate) url: String,
    pub(crate) path: PathBuf,
    pub(crate) access: Access,
}

/// A page for an error.
#[derive(Clone, Debug)]
pub(crate) struct ErrorPage {
    pub(crate) status: StatusCode,
    /// None: for every sub-status.
    pub(crate) sub_status: Option<u16>,
    pub(crate) path: PathBuf,
}

impl Default for Description {
    fn default() -> Description {
        Description {
            entries: Vec::new(),
            modules: Vec::new(),
            virtual_directories: Vec::new(),
            handlers: Vec::new(),
            allowed_modules: None,
            default_documents: None,
            error_pages: Vec::new(),
            document_root: None,
            sends_files: false,
            idle_timeout: None,
            session_config: SessionConfig::default(),
            limits: Limits::default(),
            max_request_head: None,
            maps_files: true,
            speaks_tls: false,
            drain_timeout: Duration::from_secs(30),
            lifecycle_files: Vec::new(),
        }
    }
}
