//! Directories of modules, and a backend that takes every file for one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use isapi_abi::{Entry, HANDLE};
use isapi_axum::LoadError;
use isapi_bridge::{Backend, EntryProvider, SendableFile, StaticEntry};
use isapi_core::win32::Win32Error;
use isapi_emu_loader::Portable;

/// The directory of one test; removed when dropped.
pub(crate) struct Site(pub(crate) PathBuf);

impl Site {
    /// `test` is a name that no other test has.
    pub(crate) fn new(test: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join("directory")
            .join(test);
        // Left over from a run that was killed.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        // What a service shows are canonical paths.
        Self(path.canonicalize().unwrap())
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "module").unwrap();
        path
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Takes every file for a module with this entry; what is looked for is the portable backend's.
#[derive(Debug)]
pub(crate) struct Anything {
    entry: Entry,
    opened: Arc<AtomicUsize>,
    looked_for: Arc<AtomicUsize>,
}

impl Anything {
    pub(crate) fn new(entry: Entry) -> Self {
        Self {
            entry,
            opened: Arc::default(),
            looked_for: Arc::default(),
        }
    }

    /// Counts the modules that were opened.
    pub(crate) fn counter(&self) -> impl Fn() -> usize + use<> {
        let opened = Arc::clone(&self.opened);
        move || opened.load(Ordering::SeqCst)
    }

    /// Counts the names of modules that were looked for.
    pub(crate) fn lookups(&self) -> impl Fn() -> usize + use<> {
        let looked_for = Arc::clone(&self.looked_for);
        move || looked_for.load(Ordering::SeqCst)
    }
}

impl Backend for Anything {
    fn open(&self, path: &Path) -> Result<Box<dyn EntryProvider>, LoadError> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        let name = path.display().to_string();
        Ok(Box::new(StaticEntry::new(name, self.entry)))
    }

    fn module_file_names(&self, url_name: &str) -> Vec<String> {
        self.looked_for.fetch_add(1, Ordering::SeqCst);
        Portable::new().module_file_names(url_name)
    }

    unsafe fn duplicate_file(&self, _handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }
}
