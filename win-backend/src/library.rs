//! A loaded DLL, as the system gives it.

use std::ffi::{CStr, c_void};
use std::io;
use std::os::windows::ffi::OsStrExt;
use std::path::Path;
use std::ptr::{self, NonNull};

use windows_sys::Win32::Foundation::FreeLibrary;
use windows_sys::Win32::System::Diagnostics::Debug::{IMAGE_FILE_DLL, IMAGE_NT_HEADERS32};
use windows_sys::Win32::System::LibraryLoader::{
    GetProcAddress, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW,
};
use windows_sys::Win32::System::SystemServices::IMAGE_DOS_HEADER;

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

    /// Whether it is a program: nothing that it needs was loaded, and its code must not be called.
    pub(crate) fn is_program(&self) -> bool {
        let base = self.module.as_ptr();
        // SAFETY: a module's handle is the address of its image, which begins with the header of
        // MS-DOS. That names the place of the other headers, which the system has gone through when it
        // mapped them. They stay mapped while `self` lives. The types differ by width, but the fields
        // that are read come before that.
        let characteristics = unsafe {
            let dos = base.cast::<IMAGE_DOS_HEADER>().read_unaligned();
            let offset = isize::try_from(dos.e_lfanew).unwrap_or_default();
            let headers = base.byte_offset(offset).cast::<IMAGE_NT_HEADERS32>();
            (&raw const (*headers).FileHeader.Characteristics).read_unaligned()
        };
        characteristics & IMAGE_FILE_DLL == 0
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
