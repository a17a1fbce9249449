//! Files that are never sent, wherever they lie and whatever they are called.

use std::path::{self, Path, PathBuf};
use std::sync::Arc;

use imp::Original;

pub(crate) use imp::Identity;

/// The files of some paths, now and when the server started.
///
/// A path may come to stand for another file while the server runs, as that of a key does when the
/// key is renewed. So each is looked up again for every file that is to be sent. The file it stood
/// for at first stays hidden, since that is the one the server has read and goes by.
#[derive(Clone, Debug)]
pub(crate) struct HiddenFiles(Arc<[HiddenFile]>);

impl HiddenFiles {
    /// Takes note of what the paths stand for now.
    pub(crate) fn new<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Self {
        Self(paths.into_iter().map(HiddenFile::new).collect())
    }

    /// Whether a file is one of them.
    pub(crate) fn contains(&self, file: &Identity) -> bool {
        self.0.iter().any(|hidden| hidden.is(file))
    }
}

#[derive(Debug)]
struct HiddenFile {
    /// Absolute.
    path: PathBuf,
    /// `None`: there was no regular file.
    original: Option<Original>,
}

impl HiddenFile {
    fn new(path: &Path) -> Self {
        Self {
            path: path::absolute(path).unwrap_or_else(|_| path.to_owned()),
            original: Original::open(path).ok(),
        }
    }

    fn is(&self, identity: &Identity) -> bool {
        let original = self.original.as_ref().map(Original::identity);
        original == Some(identity) || Identity::at(&self.path).is_ok_and(|now| now == *identity)
    }
}

#[cfg(unix)]
mod imp {
    use std::fs::{self, File, Metadata};
    use std::io;
    use std::os::unix::fs::MetadataExt;
    use std::path::Path;

    /// What all names of a file have in common, hard links too.
    #[derive(Debug, PartialEq, Eq)]
    pub(crate) struct Identity {
        device: u64,
        inode: u64,
    }

    impl Identity {
        pub(crate) fn of(metadata: &Metadata) -> Self {
            Self {
                device: metadata.dev(),
                inode: metadata.ino(),
            }
        }

        pub(super) fn at(path: &Path) -> io::Result<Self> {
            Ok(Self::of(&fs::metadata(path)?))
        }
    }

    /// The file that a path stood for at first.
    #[derive(Debug)]
    pub(super) struct Original {
        identity: Identity,
        /// As long as it is open, no other file gets its inode.
        _open: File,
    }

    impl Original {
        pub(super) fn open(path: &Path) -> io::Result<Self> {
            // To open a pipe would wait for its writer, and take what was written from its reader.
            if !fs::metadata(path)?.is_file() {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            let file = File::open(path)?;
            Ok(Self {
                identity: Identity::of(&file.metadata()?),
                _open: file,
            })
        }

        pub(super) fn identity(&self) -> &Identity {
            &self.identity
        }
    }
}

#[cfg(windows)]
mod imp {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    use isapi_win_backend::{FileIdentity, open_to_ask};

    /// What all names of a file have in common, hard links too.
    #[derive(Debug, PartialEq, Eq)]
    pub(crate) struct Identity(FileIdentity);

    impl Identity {
        pub(crate) fn of(file: &File) -> io::Result<Self> {
            FileIdentity::of(file).map(Self)
        }

        pub(super) fn at(path: &Path) -> io::Result<Self> {
            Self::of(&open_to_ask(path)?)
        }
    }

    /// The file that a path stood for at first.
    ///
    /// It is not kept open, as that might keep a key from being renewed. NTFS counts how often a
    /// file's number was given away, so no other file gets the whole of it.
    #[derive(Debug)]
    pub(super) struct Original(Identity);

    impl Original {
        pub(super) fn open(path: &Path) -> io::Result<Self> {
            let file = open_to_ask(path)?;
            if !file.metadata()?.is_file() {
                return Err(io::ErrorKind::InvalidInput.into());
            }
            Identity::of(&file).map(Self)
        }

        pub(super) fn identity(&self) -> &Identity {
            &self.0
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_renewed_key_is_hidden_like_the_one_before_and_no_other_file() {
        let directory = std::env::temp_dir().join(format!("isapi-hidden-{}", std::process::id()));
        fs::create_dir_all(&directory).unwrap();
        let [key, first, second, other] =
            ["key.pem", "1.pem", "2.pem", "other.txt"].map(|name| directory.join(name));
        for file in [&first, &second, &other] {
            fs::write(file, "secret").unwrap();
        }
        symlink("1.pem", &key).unwrap();
        let hidden = HiddenFiles::new([key.as_path()]);
        let are_hidden = |files: &[&Path]| -> Vec<bool> {
            let identity = |file: &Path| Identity::of(&fs::metadata(file).unwrap());
            let contains = |file: &&Path| hidden.contains(&identity(file));
            files.iter().map(contains).collect()
        };
        let at_first = are_hidden(&[&key, &first, &second, &other]);

        fs::remove_file(&key).unwrap();
        symlink("2.pem", &key).unwrap();
        fs::hard_link(&first, directory.join("hard.txt")).unwrap();
        let hard = directory.join("hard.txt");
        let renewed = are_hidden(&[&key, &first, &second, &hard, &other]);

        // A new file gets the inode of one that is gone, if nothing keeps that.
        for file in [&first, &hard] {
            fs::remove_file(file).unwrap();
        }
        fs::write(&first, "no secret").unwrap();
        let gone = are_hidden(&[&key, &first, &other]);
        fs::remove_dir_all(&directory).unwrap();

        assert_eq!(at_first, [true, true, false, false]);
        assert_eq!(renewed, [true, true, true, true, false]);
        assert_eq!(gone, [true, false, false]);
    }
}
