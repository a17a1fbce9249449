//! Paths in a configuration file. What one names is looked at: it must be there, readable, and of
//! the right kind.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use isapi_core::url_map::{has_module_ending, is_never_served};

use super::source::BACKSLASHES;
use super::value::Value;

impl Value<'_> {
    /// The absolute path of a directory.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        self.path("a directory", list)
    }

    /// The absolute path of a file.
    pub(super) fn file(&self) -> Option<PathBuf> {
        self.path("a file", open)
    }

    /// The absolute path of a module's file.
    ///
    /// Where the file is missing that was named, the one that this platform's compilers would have
    /// called so is taken: `asp.so` for `asp.dll`. So one configuration serves all platforms.
    pub(super) fn module(&self) -> Option<PathBuf> {
        let expected = "the path of a module";
        let name = self.path_name(expected)?;
        let path = self.source.resolve(name);
        let file_name = path.file_name().and_then(|name| name.to_str());
        if !file_name.is_some_and(is_module_name) {
            self.unexpected(format_args!(
                "{expected}, whose name ends in {:?} here",
                std::env::consts::DLL_SUFFIX
            ));
            return None;
        }
        let path = match path.exists() {
            true => path,
            false => counterpart(&path).unwrap_or(path),
        };
        self.check(&path, "a module", open).then_some(path)
    }

    fn path(&self, kind: &str, probe: fn(&Path) -> io::Result<()>) -> Option<PathBuf> {
        let name = self.path_name(&format!("the path of {kind}"))?;
        let path = self.source.resolve(name);
        self.check(&path, kind, probe).then_some(path)
    }

    /// A path as it is written.
    fn path_name(&self, expected: &str) -> Option<&str> {
        let name = self.name(expected)?;
        // What became of `\t`, and of `\n`.
        if name.contains(|character: char| character.is_control()) {
            self.unexpected(format_args!("{expected}; {BACKSLASHES}"));
            return None;
        }
        Some(name)
    }

    fn check(&self, path: &Path, kind: &str, probe: fn(&Path) -> io::Result<()>) -> bool {
        let Err(error) = probe(path) else {
            return true;
        };
        let shown = path.display();
        let reason = match error.kind() {
            io::ErrorKind::NotFound => format!("{shown} does not exist"),
            io::ErrorKind::PermissionDenied => {
                format!("{shown} must not be read: permission denied")
            }
            io::ErrorKind::NotADirectory => format!("{shown} is no directory"),
            io::ErrorKind::IsADirectory => format!("{shown} is a directory"),
            _ => format!("{shown}: {error}"),
        };
        self.unexpected(format_args!("the path of {kind}, but {reason}"));
        false
    }
}

/// Lists what is a directory. Of a file not every system says that it is none.
fn list(path: &Path) -> io::Result<()> {
    if !path.metadata()?.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    path.read_dir().map(drop)
}

/// Opens what is a file, and neither blocks at a pipe nor takes a directory for one.
fn open(path: &Path) -> io::Result<()> {
    let metadata = path.metadata()?;
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !metadata.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    File::open(path).map(drop)
}

/// Whether a file name is a module's: `asp.dll`, `asp.so`, `asp.so.1`. Such names are never sent to
/// clients as files.
fn is_module_name(name: &str) -> bool {
    has_module_ending(name) || (name.contains(".so.") && is_never_served(name))
}

/// This platform's file beside a module that was named with another platform's ending.
fn counterpart(path: &Path) -> Option<PathBuf> {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};

    let stem = path.file_stem()?.to_str()?;
    let names = [
        format!("{stem}{DLL_SUFFIX}"),
        format!("{DLL_PREFIX}{stem}{DLL_SUFFIX}"),
    ];
    names
        .into_iter()
        .map(|name| path.with_file_name(name))
        .find(|path| path.exists())
}
