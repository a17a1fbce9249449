//! A file for one test.

use std::fs::{self, File};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

/// A file under the system's temporary directory; removed when dropped.
pub(crate) struct TestFile {
    path: PathBuf,
}

impl TestFile {
    pub(crate) fn with(content: &[u8]) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("isapi-emu-loader-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, content).unwrap();
        Self { path }
    }

    pub(crate) fn open(&self) -> File {
        File::open(&self.path).unwrap()
    }

    pub(crate) fn append(&self) -> File {
        File::options().append(true).open(&self.path).unwrap()
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        // Nothing depends on its going; the system clears the directory.
        let _ = fs::remove_file(&self.path);
    }
}
