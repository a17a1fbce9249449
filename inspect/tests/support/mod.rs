//! Makes modules, whole and broken ones.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod elf;
pub(crate) mod pe;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// A directory of one test; removed when dropped.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("inspect-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("a temporary directory");
        Self(path.canonicalize().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// Compiles C with the system's compiler and these flags, in the directory.
    pub(crate) fn compile(&self, name: &str, source: &str, flags: &[&str]) -> PathBuf {
        let source = self.write(&format!("{name}.c"), source);
        let output = Command::new("cc")
            .current_dir(&self.0)
            .args(["-fPIC", "-o", name])
            .arg(source)
            .args(flags)
            .output()
            .expect("a C compiler is needed: install gcc or clang as `cc`");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The two required entry points and the optional one.
pub(crate) const WHOLE: [&str; 3] = [
    "GetExtensionVersion",
    "HttpExtensionProc",
    "TerminateExtension",
];
