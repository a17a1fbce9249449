//! A loaded DLL, as the system gives it.

use std::ffi::{CStr, c_void};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::path::Path;
use std::ptr::{self, NonNull};

use windows_sys::Win32::Foundation::FreeLibrary;
use windows_sys::Win32::System::LibraryLoader::{
    GetProcAddress, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW,
};

use crate::error_mode::NoMessageBoxes;

/// A DLL of this process; freed when it is dropped.
///
/// `libloading` is not used: it keeps the error's code to itself, and the code tells what mends it.
#[derive(Debug)]
pub(crate) struct Library {
    module: NonNull<c_void>,
}

// SAFETY: a module handle is the address of an image that all threads share, and the loader's
// functions take it on every thread.
unsafe impl Send for Library {}
// SAFETY: as for `Send`.
unsafe impl Sync for Library {}

impl Library {
    /// Loads the DLL at `path`, which is absolute.
    ///
    /// What it needs is looked for in its own folder and in the system's, never in the working
    /// directory, the program's folder or `PATH`: others may write there. See
    /// <https://learn.microsoft.com/windows/win32/dlls/dynamic-link-library-security>.
    ///
    /// # Errors
    ///
    /// What the system says.
    ///
    /// # Safety
    ///
    /// Its `DllMain`, and those of the DLLs it needs, may run in this process, now and when this value
    /// is dropped.
    pub(crate) unsafe fn load(path: &Path) -> io::Result<Self> {
        let name: Vec<u16> = path.as_os_str().encode_wide().chain([0]).collect();
        let _quiet = NoMessageBoxes::new();
        let flags = LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32;
        // SAFETY: the name is terminated and lives through the call; the handle is reserved and null.
        // The caller answers for what runs.
        let module = unsafe { LoadLibraryExW(name.as_ptr(), ptr::null_mut(), flags) };
        let module = NonNull::new(module).ok_or_else(io::Error::last_os_error)?;
        Ok(Self { module })
    }

    /// The function exported as `name`, if there is one.
    ///
    /// # Safety
    ///
    /// `F` is the type of a pointer to the function of that name, and what is answered is used while
    /// the DLL is loaded.
    pub(crate) unsafe fn function<F: Copy>(&self, name: &CStr) -> Option<F> {
        const { assert!(size_of::<F>() == size_of::<unsafe extern "system" fn() -> isize>()) };
        // SAFETY: the module is loaded while `self` lives, and the name is terminated.
        let address = unsafe { GetProcAddress(self.module.as_ptr(), name.as_ptr().cast()) }?;
        // SAFETY: both are pointers to functions, of one size, and not null; the caller answers for
        // the signature.
        Some(unsafe { std::mem::transmute_copy(&address) })
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: the handle came from `load` and is freed once. That nothing in the DLL is used from
        // here on is the promise of those who took functions from it. It cannot fail for a handle
        // that is one.
        unsafe { FreeLibrary(self.module.as_ptr()) };
    }
}
