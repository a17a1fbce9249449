//! The files that are sent and changed.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use isapi_test_support::TempDir;

/// The largest file.
pub(crate) const LARGEST: usize = 64 * 1024 * 1024;

/// The first `size` bytes of what every file has. No byte is zero, and none is that of
/// [`other_contents`] in the same place.
pub(crate) fn contents(size: usize) -> &'static [u8] {
    static CONTENTS: OnceLock<Vec<u8>> = OnceLock::new();
    &CONTENTS.get_or_init(|| pattern(1))[..size]
}

/// The first `size` bytes of what every file has that takes the place of another one.
pub(crate) fn other_contents(size: usize) -> &'static [u8] {
    static CONTENTS: OnceLock<Vec<u8>> = OnceLock::new();
    &CONTENTS.get_or_init(|| pattern(128))[..size]
}

/// Bytes from `least` to `least + 63` that do not repeat themselves.
fn pattern(least: u8) -> Vec<u8> {
    let byte = |state: &mut u64| {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (*state ^ (*state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Some(least + mixed.to_be_bytes()[0] / 4)
    };
    let mut state = 0;
    std::iter::from_fn(|| byte(&mut state))
        .take(LARGEST)
        .collect()
}

/// A file of one size, of which each round gets a name of its own, and one to replace it.
#[derive(Debug)]
pub(crate) struct Files {
    directory: TempDir,
    original: PathBuf,
    replacement: PathBuf,
    size: usize,
}

impl Files {
    pub(crate) fn new(size: usize) -> Files {
        let directory = TempDir::new();
        let original = directory.file("original", contents(size));
        let replacement = directory.file("replacement", other_contents(size));
        Files {
            directory,
            original,
            replacement,
            size,
        }
    }

    /// The file under a name for one round.
    pub(crate) fn for_round(&self, round: usize) -> RoundFile {
        let path = self.directory.path().join(format!("round-{round}"));
        let other = path.with_extension("other");
        fs::hard_link(&self.original, &path).expect("a file can have a second name");
        fs::hard_link(&self.replacement, &other).expect("a file can have a second name");
        RoundFile {
            path,
            other,
            size: self.size,
        }
    }

    /// Undoes what a round has done; nobody may be reading the file.
    pub(crate) fn restore(&self, file: RoundFile) {
        let everybody = Permissions::from_mode(0o644);
        fs::set_permissions(&self.original, everybody).expect("the file is ours");
        let opened = File::options().write(true).open(&self.original);
        let opened = opened.expect("the file can be opened");
        let length = opened.metadata().expect("a file has a length").len();
        let length = usize::try_from(length).expect("it was not made longer");
        let lost = &contents(self.size)[length..];
        opened
            .write_all_at(lost, length as u64)
            .expect("the file can be restored");
        for name in [file.path, file.other] {
            match fs::remove_file(name) {
                Ok(()) => {}
                // The round has taken it away.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => panic!("a name cannot be removed: {error}"),
            }
        }
    }
}

/// The names of one round.
#[derive(Debug)]
pub(crate) struct RoundFile {
    path: PathBuf,
    other: PathBuf,
    size: usize,
}

impl RoundFile {
    /// The file that is sent.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The file that may replace it.
    pub(crate) fn other(&self) -> &Path {
        &self.other
    }

    /// How long both are.
    pub(crate) fn size(&self) -> usize {
        self.size
    }
}
