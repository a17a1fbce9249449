//! Where URLs lie in the file system.

use std::path::{Path, PathBuf};

use isapi_core::SharedText;
use isapi_core::url_map::{Access, Mounted, Mounts};

use super::own_name::has_own_names;
use super::shown_path::shown;

/// A directory that is shown below a URL.
#[derive(Debug)]
pub(super) struct VirtualDirectory {
    /// Absolute, as it is configured: what extensions are told.
    pub(super) path: PathBuf,
    pub(super) access: Access,
}

/// The virtual directories, and the document root for every URL outside of them.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) directories: Mounts<VirtualDirectory>,
    pub(super) document_root: DocumentRoot,
}

/// The directory of the site.
#[derive(Debug)]
pub(super) struct DocumentRoot {
    path: PathBuf,
    /// As extensions are told it, without a separator at its end and with one.
    pub(super) text: SharedText,
    pub(super) text_of_directory: SharedText,
}

impl DocumentRoot {
    /// The path is absolute.
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            text: shown(&path).into(),
            // An empty last name leaves a separator at the end.
            text_of_directory: shown(&path.join("")).into(),
            path,
        }
    }
}

/// Where one URL path lies.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The virtual directory's own path, or the document root.
    pub(super) root: &'a Path,
    /// What the virtual directory allows; `None` outside of all of them, where nothing forbids.
    pub(super) access: Option<Access>,
    /// The virtual directory's part of the URL, without a slash at its end.
    pub(super) url: &'a str,
    /// The path below it.
    rest: &'a str,
}

/// What is at a [`Place`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    /// A directory.
    Folder,
    /// A link leads out of the directory that the URL lies in.
    Outside,
    /// Neither a file nor a directory, or a hidden one.
    Missing,
}

impl Layout {
    /// Where a decoded URL path lies. It is clean: a [`UrlPath`](isapi_core::url_path::UrlPath), or
    /// whole segments of one.
    pub(super) fn place<'a>(&'a self, path: &'a str) -> Place<'a> {
        match self.directories.find_decoded(path) {
            Some(Mounted::Directory {
                target,
                prefix,
                rest,
            }) => Place {
                root: &target.path,
                access: Some(target.access),
                url: prefix,
                rest,
            },
            // Only directories are mounted here.
            Some(Mounted::Module { .. }) | None => Place {
                root: &self.document_root.path,
                access: None,
                url: "",
                rest: path,
            },
        }
    }
}

impl Place<'_> {
    /// [`path`](Self::path) as extensions are told it.
    pub(super) fn path_text(&self) -> String {
        shown(&self.path())
    }

    /// The file system's path, whether there is anything or not.
    pub(super) fn path(&self) -> PathBuf {
        let mut path = self.root.to_owned();
        path.extend(self.rest.split('/').filter(|segment| !segment.is_empty()));
        path
    }

    pub(super) fn allows(&self, needed: Access) -> bool {
        self.access.is_none_or(|access| access.allows(needed))
    }

    /// Whether there is something under a name that is not its own, as a file of Windows has one.
    pub(super) fn is_second_name(&self) -> bool {
        let named = self.path();
        cfg!(windows)
            && named
                .canonicalize()
                .is_ok_and(|path| !has_own_names(self.root, &named, &path))
    }

    /// Asks the file system. Names that begin with a dot are not there, nor are second names.
    pub(super) fn kind(&self) -> Kind {
        if self.rest.ends_with('/') || self.rest.split('/').any(|name| name.starts_with('.')) {
            return Kind::Missing;
        }
        let named = self.path();
        // Most of what is not a file is not there at all.
        let Ok(path) = named.canonicalize() else {
            return Kind::Missing;
        };
        if !has_own_names(self.root, &named, &path) {
            return Kind::Missing;
        }
        let root = self.root.canonicalize();
        let is_inside = root.is_ok_and(|root| path.starts_with(root));
        if !is_inside {
            tracing::warn!(
                path = %shown(&path),
                root = %shown(self.root),
                "not served: a link leads out of the virtual directory"
            );
            return Kind::Outside;
        }
        match path.metadata() {
            Ok(metadata) if metadata.is_file() => Kind::File,
            Ok(metadata) if metadata.is_dir() => Kind::Folder,
            _ => Kind::Missing,
        }
    }
}
