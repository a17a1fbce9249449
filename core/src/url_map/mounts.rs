use std::fmt;

use super::letter_case::{eq_ignore_case, strip_prefix};
use crate::url_path::{UrlError, UrlPath};

/// What is mounted under which URL: single modules (`/hello.dll`) and directories (`/scripts`).
///
/// URLs match by whole segments and in any letter case, as on IIS. The longest mount wins;
/// a module wins over a directory of the same URL.
///
/// ```
/// use isapi_core::url_map::{Mounted, Mounts};
/// use isapi_core::url_path::UrlPath;
///
/// let mut mounts = Mounts::new();
/// mounts.insert_module("/hello.dll", 1).unwrap();
/// mounts.insert_directory("/scripts", 2).unwrap();
///
/// let path = UrlPath::parse("/hello.dll/extra").unwrap();
/// let Some(Mounted::Module { target, script_name, path_info }) = mounts.find(&path) else {
///     panic!("a module is mounted there");
/// };
/// assert_eq!((*target, script_name, path_info), (1, "/hello.dll", "/extra"));
/// ```
#[derive(Clone, Debug)]
pub struct Mounts<T> {
    /// The longest URL first; of two equal ones the module first.
    mounts: Vec<Mount<T>>,
}

#[derive(Clone, Debug)]
struct Mount<T> {
    /// Without a slash at the end; the root is empty.
    url: String,
    kind: Kind,
    target: T,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Module,
    Directory,
}

/// What [`Mounts::find`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mounted<'a, T> {
    /// A module is mounted under this very URL.
    Module {
        /// What was mounted.
        target: &'a T,
        /// SCRIPT_NAME, in the client's letter case.
        script_name: &'a str,
        /// PATH_INFO, `""` when there is none.
        path_info: &'a str,
    },
    /// The path lies in a mounted directory.
    Directory {
        /// What was mounted.
        target: &'a T,
        /// The part of the path that is the mount, without a slash at the end; `""` for the root.
        prefix: &'a str,
        /// The path within the directory, with a slash at the beginning; `""` when the client
        /// named the directory without one.
        rest: &'a str,
    },
}

/// Why something cannot be mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MountError {
    /// No client could ask for this URL.
    BadUrl {
        /// The URL.
        url: String,
        /// What is wrong with it.
        error: UrlError,
    },
    /// The URL is taken by something of the same kind.
    Taken {
        /// The URL.
        url: String,
    },
}

impl<T> Mounts<T> {
    /// Nothing mounted.
    pub const fn new() -> Self {
        Self { mounts: Vec::new() }
    }

    /// Mounts one module under its own URL, such as `/hello.dll`, `/api`, or `/` for everything.
    ///
    /// The URL is written as a client would, escapes included.
    ///
    /// # Errors
    ///
    /// [`MountError`] when the URL cannot be asked for or is taken.
    pub fn insert_module(&mut self, url: &str, target: T) -> Result<(), MountError> {
        let parsed = mount_url(url)?;
        self.insert(
            url,
            Mount {
                url: parsed,
                kind: Kind::Module,
                target,
            },
        )
    }

    /// Mounts a directory, such as `/scripts` or `/`.
    ///
    /// # Errors
    ///
    /// [`MountError`] when the URL cannot be asked for or is taken.
    pub fn insert_directory(&mut self, url: &str, target: T) -> Result<(), MountError> {
        let parsed = mount_url(url)?;
        self.insert(
            url,
            Mount {
                url: parsed,
                kind: Kind::Directory,
                target,
            },
        )
    }

    /// What is mounted for a path: the longest mount that covers it.
    pub fn find<'a>(&'a self, path: &'a UrlPath) -> Option<Mounted<'a, T>> {
        self.find_decoded(path.decoded())
    }

    /// Like [`find`](Self::find), for a part of a decoded path such as PATH_INFO.
    pub fn find_decoded<'a>(&'a self, decoded: &'a str) -> Option<Mounted<'a, T>> {
        let (mount, rest) = self
            .mounts
            .iter()
            .find_map(|mount| Some((mount, strip_segments(decoded, &mount.url)?)))?;
        let matched = &decoded[..decoded.len() - rest.len()];
        let target = &mount.target;
        Some(match mount.kind {
            Kind::Module => Mounted::Module {
                target,
                script_name: matched,
                path_info: rest,
            },
            Kind::Directory => Mounted::Directory {
                target,
                prefix: matched,
                rest,
            },
        })
    }

    /// All mounts, the longest URL first, with `""` for the root.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.mounts
            .iter()
            .map(|mount| (mount.url.as_str(), &mount.target))
    }

    /// Whether nothing is mounted.
    pub const fn is_empty(&self) -> bool {
        self.mounts.is_empty()
    }

    fn insert(&mut self, url: &str, mount: Mount<T>) -> Result<(), MountError> {
        let same =
            |other: &Mount<T>| other.kind == mount.kind && eq_ignore_case(&other.url, &mount.url);
        if self.mounts.iter().any(same) {
            return Err(MountError::Taken {
                url: url.to_owned(),
            });
        }
        let order = |mount: &Mount<T>| (std::cmp::Reverse(mount.url.len()), mount.kind);
        let at = self
            .mounts
            .partition_point(|other| order(other) <= order(&mount));
        self.mounts.insert(at, mount);
        Ok(())
    }
}

impl<T> Default for Mounts<T> {
    fn default() -> Self {
        Self::new()
    }
}

fn mount_url(url: &str) -> Result<String, MountError> {
    let parsed = UrlPath::parse(url).map_err(|error| MountError::BadUrl {
        url: url.to_owned(),
        error,
    })?;
    Ok(parsed.decoded().trim_end_matches('/').to_owned())
}

/// What is left of `path` behind `prefix`, if it ends where a segment of the path ends.
fn strip_segments<'a>(path: &'a str, prefix: &str) -> Option<&'a str> {
    let rest = strip_prefix(path, prefix)?;
    let is_whole = rest.is_empty() || rest.starts_with('/');
    is_whole.then_some(rest)
}

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUrl { url, error } => write!(f, "{url:?} cannot be mounted: {error}"),
            Self::Taken { url } => write!(f, "{url:?} is mounted already"),
        }
    }
}

impl std::error::Error for MountError {}
