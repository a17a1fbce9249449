//! A file for one test.

use std::fs::{self, File};
use std::os::windows::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A file in the system's temporary directory; removed when dropped.
pub(crate) struct TestFile {
    path: PathBuf,
}

impl TestFile {
    pub(crate) fn with(content: &[u8]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("isapi-win-backend-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, content).unwrap();
        Self { path }
    }

    /// `length` bytes of which no two neighbouring blocks are alike.
    pub(crate) fn filled(length: usize) -> (Self, Vec<u8>) {
        let content: Vec<u8> = (0_u8..251).cycle().take(length).collect();
        (Self::with(&content), content)
    }

    pub(crate) fn open(&self) -> File {
        File::open(&self.path).unwrap()
    }

    /// Opens it for reading with `FILE_FLAG_*` flags.
    pub(crate) fn open_with(&self, flags: u32) -> File {
        let mut options = File::options();
        options.read(true).custom_flags(flags);
        options.open(&self.path).unwrap()
    }

    /// Opens it for reading, so that nobody else can.
    pub(crate) fn open_exclusively(&self) -> File {
        let mut options = File::options();
        options.read(true).share_mode(0);
        options.open(&self.path).unwrap()
    }

    pub(crate) fn delete(&self) {
        fs::remove_file(&self.path).unwrap();
    }

    pub(crate) fn write(&self) -> File {
        File::options().write(true).open(&self.path).unwrap()
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        // Nothing depends on its going; the system clears the directory.
        let _ = fs::remove_file(&self.path);
    }
}
