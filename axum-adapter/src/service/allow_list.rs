//! Which module files may be loaded.

use std::fmt::Write;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use isapi_bridge::ModulePolicy;
use sha2::{Digest, Sha256};

/// A module file that may be loaded; for [`Builder::allow_modules`](super::Builder::allow_modules).
///
/// ```
/// use isapi_axum::AllowedModule;
///
/// let any_content = AllowedModule::new("/srv/modules/shop.so");
/// let this_content = AllowedModule::new("/srv/modules/mail.so").sha256([0; 32]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedModule {
    /// The file. Links in it are followed, and in the module's path as well, so that a module has one
    /// path only.
    pub path: PathBuf,
    /// The SHA-256 of its content; `None` allows any.
    pub sha256: Option<[u8; 32]>,
}

impl AllowedModule {
    /// Allows a file whatever is in it.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            sha256: None,
        }
    }

    /// Allows it only with this content.
    #[must_use]
    pub fn sha256(mut self, sha256: [u8; 32]) -> Self {
        self.sha256 = Some(sha256);
        self
    }
}

impl<P: AsRef<Path>> From<P> for AllowedModule {
    fn from(path: P) -> Self {
        Self::new(path)
    }
}

/// Denies every module file that is not on it; IIS's `isapiCgiRestriction` with
/// `notListedIsapisAllowed="false"`.
#[derive(Debug)]
pub(super) struct AllowList(Vec<AllowedModule>);

impl AllowList {
    /// The paths are absolute.
    pub(super) fn new(modules: Vec<AllowedModule>) -> Self {
        Self(modules)
    }
}

impl ModulePolicy for AllowList {
    /// Paths are compared as they are now, with every link followed.
    fn check(&self, path: &Path) -> Result<(), String> {
        let canonical = path
            .canonicalize()
            .map_err(|error| format!("it cannot be looked up on the list ({error})"))?;
        let is_it = |module: &&AllowedModule| {
            // A file of the list that is not there is not the one that is to be loaded.
            let listed = module.path.canonicalize();
            listed.is_ok_and(|listed| listed == canonical)
        };
        let mut hashes = Vec::new();
        let mut is_listed = false;
        for module in self.0.iter().filter(is_it) {
            match module.sha256 {
                None => return Ok(()),
                Some(sha256) => hashes.push(sha256),
            }
            is_listed = true;
        }
        if !is_listed {
            return Err(
                "it is not on the list of allowed modules, so it is not loaded; add its path there"
                    .to_owned(),
            );
        }
        let found = sha256(&canonical).map_err(|error| format!("it cannot be read ({error})"))?;
        if hashes.contains(&found) {
            return Ok(());
        }
        Err(format!(
            "its SHA-256 is {}, which is not the one on the list of allowed modules, so it is not \
             loaded; put back the right file, or list the new value",
            hex(&found)
        ))
    }
}

fn sha256(path: &Path) -> io::Result<[u8; 32]> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut HashWriter(&mut hasher))?;
    Ok(hasher.finalize().into())
}

struct HashWriter<'a>(&'a mut Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
