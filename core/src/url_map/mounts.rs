use std::fmt;

use super::letter_case::cmp_ignore_case;
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
    /// In the order of their URLs in any letter case; of two equal ones the module first.
    mounts: Vec<Mount<T>>,
    /// Slashes in the URL that has the most of them.
    deepest: usize,
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
        Self {
            mounts: Vec::new(),
            deepest: 0,
        }
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
        // Behind so many slashes as the place in this row says.
        let bytes = decoded.bytes().enumerate();
        let ends = bytes.filter_map(|(index, byte)| (byte == b'/').then_some(index));
        let ends = ends.chain([decoded.len()]).take(self.deepest + 1);
        let found = ends.filter_map(|end| Some((self.at(&decoded[..end])?, end)));
        let (mount, end) = found.last()?;
        let (matched, rest) = decoded.split_at(end);
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

    /// All mounts, in the order of their URLs, with `""` for the root.
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
        let order = |other: &Mount<T>| {
            cmp_ignore_case(&other.url, &mount.url).then(other.kind.cmp(&mount.kind))
        };
        match self.mounts.binary_search_by(order) {
            Ok(_) => Err(MountError::Taken {
                url: url.to_owned(),
            }),
            Err(place) => {
                self.deepest = self.deepest.max(mount.url.matches('/').count());
                self.mounts.insert(place, mount);
                Ok(())
            }
        }
    }

    /// What is mounted at this URL, which has no slash at its end.
    fn at(&self, url: &str) -> Option<&Mount<T>> {
        let order = |mount: &Mount<T>| cmp_ignore_case(&mount.url, url);
        let place = self.mounts.partition_point(|mount| order(mount).is_lt());
        let mount = self.mounts.get(place)?;
        order(mount).is_eq().then_some(mount)
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

impl fmt::Display for MountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadUrl { url, error } => write!(f, "{url:?} cannot be mounted: {error}"),
            Self::Taken { url } => write!(f, "{url:?} is mounted already"),
        }
    }
}

impl std::error::Error for MountError {}
