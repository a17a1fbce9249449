//! Folders for one test.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

/// A folder of its own for one test, removed when dropped.
#[derive(Debug)]
pub struct TempDir {
    path: PathBuf,
}

impl TempDir {
    /// Makes an empty folder.
    ///
    /// # Panics
    ///
    /// When the system's folder for temporary files cannot be written to.
    pub fn new() -> TempDir {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("isapi-test-{}-{number}", process::id());
        let path = env::temp_dir().join(name);
        fs::create_dir(&path).expect("a temporary folder can be made");
        TempDir { path }
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file and returns its path; folders in `name` are made.
    ///
    /// # Panics
    ///
    /// When it cannot be written.
    pub fn file(&self, name: &str, contents: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path.join(name);
        let folder = path.parent().expect("a file has a folder");
        fs::create_dir_all(folder).expect("a folder can be made");
        fs::write(&path, contents).expect("a temporary file can be written");
        path
    }

    /// Copies a file to `name` and returns the copy's path.
    ///
    /// A module under a copy's name is an image of its own, with statics of its own.
    ///
    /// # Panics
    ///
    /// When it cannot be copied.
    pub fn copy(&self, from: &Path, name: &str) -> PathBuf {
        let path = self.path.join(name);
        let folder = path.parent().expect("a file has a folder");
        fs::create_dir_all(folder).expect("a folder can be made");
        fs::copy(from, &path).expect("a file can be copied");
        path
    }
}

impl Default for TempDir {
    fn default() -> TempDir {
        TempDir::new()
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // What remains of a failed test is no reason to fail another one.
        let _ = fs::remove_dir_all(&self.path);
    }
}
