//! Files beneath a root directory, and nothing else.
//!
//! `ServeDir` follows symbolic links. This backend for it resolves a path first, refuses
//! what lies outside the root or is never sent as a file, and opens what it resolved with
//! links disallowed, or asks on Windows where that lies which was opened, so that a path swapped
//! in between is refused as well. Hidden, refused and missing files are one and the same
//! `NotFound`.

use std::fs::{File, Metadata};
use std::future::Future;
use std::io::{self, SeekFrom};
use std::path::{Component, Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use isapi_core::url_map::is_never_served;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs::{Backend, File as BackendFile};

use crate::hidden::{HiddenFiles, Identity};

/// A root directory that files are served from.
#[derive(Clone, Debug)]
pub(crate) struct Beneath(Arc<Root>);

impl Beneath {
    /// Opens the root directory. The files of `hidden` are never sent.
    ///
    /// # Errors
    ///
    /// The directory is missing, is no directory, or cannot be read.
    pub(crate) fn new(directory: &Path, hidden: HiddenFiles) -> io::Result<Self> {
        let path = directory.canonicalize()?;
        // Reading it once tells about missing permissions at start and not per request.
        path.read_dir()?;
        let directory = imp::Directory::open(&path)?;
        Ok(Self(Arc::new(Root {
            path,
            directory,
            hidden,
        })))
    }

    /// The root's own path, absolute and without links.
    pub(crate) fn path(&self) -> &Path {
        &self.0.path
    }

    async fn on_worker<T: Send + 'static>(
        self,
        path: PathBuf,
        work: fn(&Root, &Path) -> io::Result<T>,
    ) -> io::Result<T> {
        let work = move || work(&self.0, &path).map_err(hide);
        tokio::task::spawn_blocking(work)
            .await
            .map_err(io::Error::other)?
    }
}

impl Backend for Beneath {
    type File = SentFile;
    type Metadata = Metadata;
    type OpenFuture = BoxFuture<io::Result<SentFile>>;
    type MetadataFuture = BoxFuture<io::Result<Metadata>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        let opened = self.clone().on_worker(path, Root::open);
        Box::pin(async move { Ok(SentFile(tokio::fs::File::from_std(opened.await?))) })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        Box::pin(self.clone().on_worker(path, Root::metadata))
    }
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

#[derive(Debug)]
struct Root {
    path: PathBuf,
    directory: imp::Directory,
    hidden: HiddenFiles,
}

impl Root {
    /// Opens a regular file for reading.
    fn open(&self, path: &Path) -> io::Result<File> {
        let beneath = self.resolve(path)?;
        let file = self.directory.open_file(&self.path, &beneath)?;
        let found = imp::found(&file)?;
        if !found.metadata.is_file() || self.hidden.contains(&found.identity) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(file)
    }

    /// Answers for regular files and directories.
    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let beneath = self.resolve(path)?;
        let Found { metadata, identity } = self.directory.find(&self.path, &beneath)?;
        let has_kind = metadata.is_file() || metadata.is_dir();
        if !has_kind || self.hidden.contains(&identity) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(metadata)
    }

    /// The path relative to the root, free of links, if it may be served.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        let resolved = path.canonicalize()?;
        let beneath = resolved
            .strip_prefix(&self.path)
            .map_err(|_| io::ErrorKind::NotFound)?;
        let served = beneath.components().all(|component| match component {
            Component::Normal(name) => !is_never_served(&name.to_string_lossy()),
            _ => false,
        });
        if !served {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(beneath.to_owned())
    }
}

/// What is at a path, and which of all files that is.
#[derive(Debug)]
struct Found {
    metadata: Metadata,
    identity: Identity,
}

/// Turns every refusal that depends on the path alone into `NotFound`.
fn hide(error: io::Error) -> io::Error {
    let about_the_path = matches!(
        error.kind(),
        io::ErrorKind::NotADirectory
            | io::ErrorKind::PermissionDenied
            | io::ErrorKind::InvalidFilename
            | io::ErrorKind::InvalidInput
    );
    if about_the_path || imp::is_refused_link(&error) {
        return io::ErrorKind::NotFound.into();
    }
    error
}

#[cfg(unix)]
mod imp {
    use std::fs::File;
    use std::io;
    use std::os::fd::OwnedFd;
    use std::path::Path;

    use rustix::fs::{Mode, OFlags};
    use rustix::io::Errno;

    use super::{Found, Identity, Metadata};

    /// An open root directory: what is opened is opened relative to it.
    #[derive(Debug)]
    pub(super) struct Directory {
        #[cfg_attr(
            not(target_os = "linux"),
            expect(dead_code, reason = "openat2 is Linux's")
        )]
        fd: OwnedFd,
    }

    impl Directory {
        pub(super) fn open(path: &Path) -> io::Result<Self> {
            let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
            Ok(Self {
                fd: rustix::fs::open(path, flags, Mode::empty())?,
            })
        }

        /// Opens for reading; a FIFO does not block, it is refused by the caller.
        pub(super) fn open_file(&self, root: &Path, beneath: &Path) -> io::Result<File> {
            self.open_at(
                root,
                beneath,
                OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY,
            )
        }

        pub(super) fn find(&self, root: &Path, beneath: &Path) -> io::Result<Found> {
            #[cfg(target_os = "linux")]
            return found(&self.open_at(root, beneath, OFlags::PATH)?);
            #[cfg(not(target_os = "linux"))]
            return root.join(beneath).symlink_metadata().map(Found::from);
        }

        /// Opens beneath the directory without following any link.
        fn open_at(&self, root: &Path, beneath: &Path, flags: OFlags) -> io::Result<File> {
            let flags = flags | OFlags::CLOEXEC;
            #[cfg(target_os = "linux")]
            match self.open_beneath(beneath, flags) {
                // Linux before 5.6, or a sandbox that does not know the call.
                Err(Errno::NOSYS | Errno::PERM) => {}
                opened => return Ok(File::from(opened?)),
            }
            let opened =
                rustix::fs::open(root.join(beneath), flags | OFlags::NOFOLLOW, Mode::empty())?;
            Ok(File::from(opened))
        }

        #[cfg(target_os = "linux")]
        fn open_beneath(&self, beneath: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
            use rustix::fs::ResolveFlags;

            let name = if beneath.as_os_str().is_empty() {
                Path::new(".")
            } else {
                beneath
            };
            let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
            rustix::fs::openat2(&self.fd, name, flags, Mode::empty(), resolve)
        }
    }

    pub(super) fn found(file: &File) -> io::Result<Found> {
        file.metadata().map(Found::from)
    }

    impl From<Metadata> for Found {
        fn from(metadata: Metadata) -> Self {
            let identity = Identity::of(&metadata);
            Self { metadata, identity }
        }
    }

    /// Whether the system refused because of a symbolic link.
    pub(super) fn is_refused_link(error: &io::Error) -> bool {
        matches!(Errno::from_io_error(error), Some(Errno::LOOP | Errno::XDEV))
    }
}

#[cfg(windows)]
mod imp {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use isapi_win_backend::{final_path, open_to_ask};

    use super::{Found, Identity};

    /// A root directory; its path is all that is needed.
    #[derive(Debug)]
    pub(super) struct Directory(());

    impl Directory {
        pub(super) fn open(_path: &Path) -> io::Result<Self> {
            Ok(Self(()))
        }

        pub(super) fn open_file(&self, root: &Path, beneath: &Path) -> io::Result<File> {
            let path = root.join(beneath);
            // A directory cannot be opened like this: the error is "access denied", hence `NotFound`.
            let file = File::open(&path)?;
            ensure_at(&file, &path)?;
            Ok(file)
        }

        pub(super) fn find(&self, root: &Path, beneath: &Path) -> io::Result<Found> {
            let path = root.join(beneath);
            let file = open_to_ask(&path)?;
            ensure_at(&file, &path)?;
            found(&file)
        }
    }

    /// Refuses what was opened by another path than its own: a link, which was not there when the path
    /// was resolved.
    fn ensure_at(file: &File, path: &Path) -> io::Result<()> {
        if final_path(file)? != path {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(())
    }

    pub(super) fn found(file: &File) -> io::Result<Found> {
        Ok(Found {
            metadata: file.metadata()?,
            identity: Identity::of(file)?,
        })
    }

    /// Whether links lead in a circle.
    pub(super) fn is_refused_link(error: &io::Error) -> bool {
        const ERROR_CANT_RESOLVE_FILENAME: i32 = 1921;

        error.raw_os_error() == Some(ERROR_CANT_RESOLVE_FILENAME)
    }
}

/// An open file on its way to a client.
#[derive(Debug)]
pub(crate) struct SentFile(tokio::fs::File);

impl BackendFile for SentFile {
    type Metadata = Metadata;
    type MetadataFuture<'a> = Pin<Box<dyn Future<Output = io::Result<Metadata>> + Send + 'a>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        Box::pin(self.0.metadata())
    }
}

impl AsyncRead for SentFile {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl AsyncSeek for SentFile {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.0).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.0).poll_complete(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hidden_file_is_not_there_under_any_name() {
        let directory = std::env::temp_dir().join(format!("isapi-beneath-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let directory = directory.canonicalize().unwrap();
        let key = directory.join("server.key");
        std::fs::write(&key, "secret").unwrap();
        let hard = directory.join("hard.txt");
        let _ = std::fs::remove_file(&hard);
        std::fs::hard_link(&key, &hard).unwrap();
        let alias = directory.join("alias.txt");
        let _ = std::fs::remove_file(&alias);
        // Not everybody may make links on Windows.
        #[cfg(unix)]
        std::os::unix::fs::symlink(&key, &alias).unwrap();
        #[cfg(windows)]
        std::fs::hard_link(&key, &alias).unwrap();

        let shown = Beneath::new(&directory, HiddenFiles::new([])).unwrap();
        let hidden = Beneath::new(&directory, HiddenFiles::new([key.as_path()])).unwrap();
        let outcomes = [&key, &alias, &hard].map(|path| {
            let kind = hidden.0.open(path).map_err(|error| error.kind());
            (shown.0.open(path).is_ok(), kind.err())
        });
        std::fs::remove_dir_all(&directory).unwrap();
        assert_eq!(outcomes, [(true, Some(io::ErrorKind::NotFound)); 3]);
    }
}
