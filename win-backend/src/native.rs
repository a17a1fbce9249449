use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use isapi_abi::HANDLE;
use isapi_bridge::{AccessToken, Backend, EntryProvider, LoadError, ModuleFormat, SendableFile};
use isapi_core::win32::Win32Error;

use crate::imp::Platform;

/// The backend of Windows: native DLLs, `HANDLE`s.
///
/// A DLL is loaded by its canonical path, so that what it looks for beside itself is looked for beside
/// the file itself and not beside a link to it. The DLLs it needs are looked for in its own folder and
/// in System32, and nowhere else: not in the working directory, not in the program's folder, not in
/// `PATH`. One rule of Windows comes before that: where a DLL of the needed name is loaded in the process
/// already, it is the one that is used, so two extensions cannot bring two versions of one helper
/// under the same name. What an extension loads by itself, with `LoadLibrary`, follows the rules of that
/// function.
///
/// Where a DLL cannot be loaded, the [`LoadError`] says what is wrong with the file and what mends it.
///
/// ```no_run
/// use isapi_bridge::Backend;
/// use isapi_win_backend::Native;
///
/// let native = Native::new()?;
/// assert_eq!(native.module_file_names("hello.dll")[0], "hello.dll");
/// let hello = native.open(r"C:\site\hello.dll".as_ref())?;
/// println!("{}", hello.name());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Native {
    platform: Platform,
    unload: bool,
}

impl Native {
    /// Makes the backend; DLLs stay loaded.
    ///
    /// # Errors
    ///
    /// Off Windows; the error says so.
    pub const fn new() -> Result<Self, Unsupported> {
        match Platform::new() {
            Ok(platform) => Ok(Self {
                platform,
                unload: false,
            }),
            Err(unsupported) => Err(unsupported),
        }
    }

    /// Whether a DLL is freed (`FreeLibrary`) when its extension has been unloaded.
    ///
    /// By default it stays in the process, exactly as on the portable backend: freeing it would pull
    /// its code from under all that it may have left behind there, such as threads of its own, timers,
    /// hooks, fiber-local (`FlsAlloc`) or other callbacks. Unloading then means `TerminateExtension`,
    /// and the next load yields the same image. Say `true` for DLLs that leave nothing behind; so can
    /// their files be replaced while the server runs.
    ///
    /// A DLL's file cannot be written while it is loaded, but it can be renamed, and another put in its
    /// place; requests that run do not notice.
    #[must_use]
    pub const fn with_unload(self, unload: bool) -> Self {
        Self { unload, ..self }
    }
}

impl Backend for Native {
    fn open(&self, path: &Path) -> Result<Box<dyn EntryProvider>, LoadError> {
        self.platform.open(path, self.unload)
    }

    fn module_file_names(&self, url_name: &str) -> Vec<String> {
        ModuleFormat::Dll.file_names(url_name)
    }

    unsafe fn duplicate_file(&self, handle: HANDLE) -> Result<Arc<dyn SendableFile>, Win32Error> {
        // SAFETY: the promise is the caller's, in the same words.
        unsafe { self.platform.duplicate_file(handle) }
    }

    fn encode_text<'a>(&self, text: &'a str) -> Cow<'a, [u8]> {
        self.platform.encode_text(text)
    }

    fn decode_text<'a>(&self, bytes: &'a [u8]) -> Option<Cow<'a, str>> {
        self.platform.decode_text(bytes)
    }

    fn access_token(&self) -> Result<Box<dyn AccessToken>, Win32Error> {
        self.platform.access_token()
    }
}

/// There is no native backend on this system; displays the reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported {
    reason: &'static str,
}

impl Unsupported {
    #[cfg_attr(windows, expect(dead_code, reason = "Windows is supported"))]
    pub(crate) const fn new(reason: &'static str) -> Self {
        Self { reason }
    }
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no native backend: {}", self.reason)
    }
}

impl Error for Unsupported {}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::*;

    #[test]
    fn the_constructor_says_why_there_is_none() {
        let unsupported = Native::new().unwrap_err().to_string();
        assert!(unsupported.contains("run on Windows only"), "{unsupported}");
    }
}

#[cfg(all(test, windows))]
mod tests {
    use super::*;

    #[test]
    fn dlls_come_first_and_files_of_other_platforms_are_known() {
        let names = Native::new().unwrap().module_file_names("hello.so");
        assert_eq!(names[0], "hello.dll");
        assert!(names.contains(&"libhello.so".to_owned()));
    }
}
