use std::error::Error;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use isapi_abi::Entry;
use isapi_bridge::{EntryProvider, ExtensionSlot, ModuleSource, RuntimeBuilder, StaticEntry};
use isapi_core::session::SessionConfig;
use isapi_core::url_map::{MountError, Mounts};
use isapi_core::variables::ServerInfo;

use super::directory::ModuleDirectory;
use super::{Inner, IsapiService, Mount};
use crate::Limits;

/// Says what an [`IsapiService`] consists of; made by [`IsapiService::builder`].
///
/// URLs are those the service itself sees: below the path it is nested at. Their letters' case does
/// not matter. The longest mounted URL wins.
///
/// # Trust
///
/// The methods are safe to call, modules are not tame: a module is code that runs in this process.
/// Mount files and directories that only trusted people write to.
#[derive(Debug)]
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    runtime: RuntimeBuilder,
    mounts: Vec<(String, Source)>,
    session_config: SessionConfig,
    limits: Limits,
    document_root: Option<PathBuf>,
}

/// What is to be mounted.
#[derive(Debug)]
enum Source {
    Directory(PathBuf),
    Module(PathBuf),
    Provider(Box<dyn EntryProvider>),
}

impl Builder {
    pub(super) fn new(runtime: RuntimeBuilder) -> Self {
        Self {
            runtime,
            mounts: Vec::new(),
            session_config: SessionConfig::default(),
            limits: Limits::default(),
            document_root: None,
        }
    }

    /// Mounts an extension that is linked into this program, such as `isapi_sdk::entry!(Hello)`: at
    /// `/hello.dll`, at any other URL, or at `/` for all of them.
    ///
    /// In logs it goes by its URL's last name. One entry is one extension, however often it is
    /// mounted: the end of one service that has it terminates it for the others.
    pub fn extension(self, url: &str, entry: Entry) -> Self {
        let name = url
            .rsplit('/')
            .find(|name| !name.is_empty())
            .unwrap_or("extension");
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        self.provider(url, StaticEntry::new(stem, entry))
    }

    /// Mounts an extension from a source of the caller's own.
    pub fn provider(mut self, url: &str, provider: impl EntryProvider) -> Self {
        self.mounts
            .push((url.to_owned(), Source::Provider(Box::new(provider))));
        self
    }

    /// Mounts a module file at a URL, such as `/hello.dll` or `/`, whatever the file is called.
    ///
    /// It is loaded at the first request. One that cannot be loaded answers 500; nothing else is
    /// affected.
    pub fn module(mut self, url: &str, path: impl AsRef<Path>) -> Self {
        self.mounts
            .push((url.to_owned(), Source::Module(path.as_ref().to_owned())));
        self
    }

    /// Mounts every module below a directory, each at its path: `scripts/app/hello.so` is
    /// `/scripts/app/hello.dll` if `scripts` is mounted at `/scripts`.
    ///
    /// A URL may end in `.dll`, `.so` or `.dylib` whichever the file does. Modules are looked for
    /// when requests come, so new ones need no restart; one that was loaded stays loaded. Names that
    /// begin with a dot are not found, nor is what a symbolic link brings in from outside the
    /// directory.
    pub fn directory(mut self, url: &str, directory: impl AsRef<Path>) -> Self {
        self.mounts.push((
            url.to_owned(),
            Source::Directory(directory.as_ref().to_owned()),
        ));
        self
    }

    /// The directory that PATH_TRANSLATED and APPL_PHYSICAL_PATH begin with. By default the one that
    /// is mounted at `/`, else the current directory.
    pub fn document_root(mut self, path: impl AsRef<Path>) -> Self {
        self.document_root = Some(path.as_ref().to_owned());
        self
    }

    /// Read-ahead, deadlines and send buffer of every request.
    pub fn session_config(mut self, config: SessionConfig) -> Self {
        self.session_config = config;
        self
    }

    /// What a request may be at most.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What the server says about itself in server variables.
    pub fn server_info(mut self, server: ServerInfo) -> Self {
        self.runtime = self.runtime.server_info(server);
        self
    }

    /// How many calls of extensions may run at once. Default 512.
    pub fn call_threads(mut self, threads: usize) -> Self {
        self.runtime = self.runtime.call_threads(threads);
        self
    }

    /// Makes the service. Nothing is loaded yet.
    ///
    /// # Errors
    ///
    /// A URL that cannot be mounted, or a directory that cannot be read.
    ///
    /// # Panics
    ///
    /// When the system gives no thread at all.
    pub fn build(self) -> Result<IsapiService, BuildError> {
        let document_root = self
            .document_root
            .as_deref()
            .or_else(|| self.directory_at_root());
        let document_root = absolute(document_root.unwrap_or(Path::new(".")))?;
        let runtime = self.runtime.build();
        let mut mounts = Mounts::new();
        for (url, source) in self.mounts {
            let slot = |source| Mount::Module(ExtensionSlot::new(source, Arc::clone(&runtime)));
            match source {
                Source::Directory(path) => {
                    let root = directory(&url, &path)?;
                    let directory = ModuleDirectory::new(root, Arc::clone(&runtime));
                    mounts.insert_directory(&url, Mount::Directory(directory))?;
                }
                Source::Module(path) => {
                    mounts.insert_module(&url, slot(ModuleSource::File(absolute(&path)?)))?;
                }
                Source::Provider(provider) => {
                    mounts.insert_module(&url, slot(ModuleSource::Provider(provider)))?;
                }
            }
        }
        Ok(IsapiService {
            inner: Arc::new(Inner {
                runtime,
                mounts,
                session_config: self.session_config,
                limits: self.limits,
                document_root,
            }),
        })
    }

    fn directory_at_root(&self) -> Option<&Path> {
        self.mounts.iter().find_map(|(url, source)| match source {
            Source::Directory(path) if url == "/" => Some(path.as_path()),
            _ => None,
        })
    }
}

/// The canonical path of a directory to be mounted at `url`, which must be readable.
fn directory(url: &str, path: &Path) -> Result<PathBuf, BuildError> {
    let canonical = path.canonicalize();
    let readable = canonical.and_then(|canonical| canonical.read_dir().map(|_| canonical));
    readable.map_err(|source| BuildError::Directory {
        url: url.to_owned(),
        path: path.to_owned(),
        source,
    })
}

/// The path as it is now, whatever the current directory becomes.
fn absolute(path: &Path) -> Result<PathBuf, BuildError> {
    std::path::absolute(path).map_err(|source| BuildError::Path {
        path: path.to_owned(),
        source,
    })
}

/// Why a service cannot be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// A directory to be mounted is missing, is no directory, or cannot be read.
    Directory {
        /// The URL of [`Builder::directory`].
        url: String,
        /// The path of [`Builder::directory`].
        path: PathBuf,
        /// What the system says.
        source: io::Error,
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
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { url, path, source } => {
                write!(f, "directory({url:?}, {path:?}): {source}")
            }
            Self::Mount(error) => error.fmt(f),
            Self::Path { path, source } => write!(f, "{}: {source}", path.display()),
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Mount(error) => Some(error),
            Self::Directory { source, .. } | Self::Path { source, .. } => Some(source),
        }
    }
}

impl From<MountError> for BuildError {
    fn from(error: MountError) -> Self {
        Self::Mount(error)
    }
}
