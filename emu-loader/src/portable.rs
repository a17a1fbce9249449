use std::path::Path;
use std::sync::Arc;

use isapi_abi::HANDLE;
use isapi_bridge::{Backend, EntryProvider, LoadError, ModuleFormat, SendableFile};
#[cfg(unix)]
use isapi_bridge::{ReadyRange, WantedRange};
use isapi_core::win32::Win32Error;

/// The backend of Linux, macOS and other Unixes: `.so` and `.dylib` files, file descriptors.
///
/// On other systems it serves linked-in extensions only: modules answer
/// [`LoadError::Unsupported`] and files `ERROR_NOT_SUPPORTED` (50).
///
/// A `HANDLE` carries a file descriptor, the number itself as pointer value; null means no file, so
/// descriptor 0 cannot be sent. When an operation starts, the host reads or maps all that it wants of the
/// file, or duplicates the descriptor.
///
/// ```
/// use isapi_bridge::Backend;
/// use isapi_emu_loader::Portable;
///
/// let names = Portable::new().module_file_names("hello.dll");
/// assert!(names.contains(&"hello.so".to_owned()));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Portable {
    #[cfg_attr(
        not(unix),
        expect(dead_code, reason = "modules are loaded on Unix only")
    )]
    unload: bool,
}

impl Portable {
    /// Makes the backend; modules stay mapped.
    #[must_use]
    pub const fn new() -> Self {
        Self { unload: false }
    }

    /// Whether the image of a module is closed when its extension has been unloaded. By default it
    /// stays mapped: [`SharedObject`](crate::SharedObject) says why, and what a module must not leave
    /// behind for this to be sound.
    #[must_use]
    pub const fn with_unload(self, unload: bool) -> Self {
        Self { unload }
    }
}

/// This platform's own modules.
const MODULE_FORMAT: ModuleFormat = if cfg!(target_vendor = "apple") {
    ModuleFormat::Dylib
} else {
    ModuleFormat::So
};

impl Backend for Portable {
    #[cfg(unix)]
    fn open(&self, path: &Path) -> Result<Box<dyn EntryProvider>, LoadError> {
        Ok(Box::new(match self.unload {
            true => crate::SharedObject::open_to_unload(path)?,
            false => crate::SharedObject::open(path)?,
        }))
    }

    #[cfg(not(unix))]
    fn open(&self, path: &Path) -> Result<Box<dyn EntryProvider>, LoadError> {
        Err(LoadError::Unsupported(format!(
            "{}: the portable backend loads modules on Unix only",
            path.display()
        )))
    }

    fn module_file_names(&self, url_name: &str) -> Vec<String> {
        MODULE_FORMAT.file_names(url_name)
    }

    #[cfg(unix)]
    unsafe fn duplicate_file(&self, handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        // SAFETY: the promise is the caller's, in the same words.
        unsafe { crate::file::DescriptorFile::duplicate(handle) }
    }

    #[cfg(unix)]
    unsafe fn file_range(&self, handle: HANDLE, wanted: &WantedRange) -> Option<ReadyRange> {
        // SAFETY: the promise is the caller's, in the same words.
        unsafe { crate::file::range_of(handle, wanted) }
    }

    #[cfg(not(unix))]
    unsafe fn duplicate_file(&self, _handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        Err(Win32Error::NOT_SUPPORTED)
    }
}
