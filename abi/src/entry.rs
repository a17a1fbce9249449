//! The three functions that make a module an extension.

use crate::{PFN_GETEXTENSIONVERSION, PFN_HTTPEXTENSIONPROC, PFN_TERMINATEEXTENSION};

/// The three entry points of one extension, wherever its code comes from.
///
/// Making one is the promise that the functions may be called as the interface says, so what holds
/// one needs no promise of its own:
///
/// ```
/// use isapi_abi::{
///     BOOL, DWORD, EXTENSION_CONTROL_BLOCK, Entry, HSE_STATUS_SUCCESS, HSE_VERSION,
///     HSE_VERSION_INFO, TRUE,
/// };
///
/// unsafe extern "system" fn version(info: *mut HSE_VERSION_INFO) -> BOOL {
///     // SAFETY: the server passes a writable structure.
///     unsafe { (*info).dwExtensionVersion = HSE_VERSION };
///     TRUE
/// }
///
/// unsafe extern "system" fn serve(_ecb: *mut EXTENSION_CONTROL_BLOCK) -> DWORD {
///     HSE_STATUS_SUCCESS
/// }
///
/// // SAFETY: both functions are part of this program and follow the interface.
/// static HELLO: Entry = unsafe { Entry::new(version, serve, None) };
/// assert!(HELLO.terminate_extension().is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    get_extension_version: PFN_GETEXTENSIONVERSION,
    http_extension_proc: PFN_HTTPEXTENSIONPROC,
    terminate_extension: Option<PFN_TERMINATEEXTENSION>,
}

impl Entry {
    /// Joins the entry points of one extension.
    ///
    /// # Safety
    ///
    /// The three belong to one extension and keep the contract of the interface: they may be
    /// called from any thread, `http_extension_proc` from many at once; they do not unwind; and
    /// they stay callable as long as this value or a copy of it is used, which for a loaded
    /// module means that it stays loaded.
    pub const unsafe fn new(
        get_extension_version: PFN_GETEXTENSIONVERSION,
        http_extension_proc: PFN_HTTPEXTENSIONPROC,
        terminate_extension: Option<PFN_TERMINATEEXTENSION>,
    ) -> Entry {
        Entry {
            get_extension_version,
            http_extension_proc,
            terminate_extension,
        }
    }

    /// `GetExtensionVersion`: to be called once before any request.
    pub const fn get_extension_version(&self) -> PFN_GETEXTENSIONVERSION {
        self.get_extension_version
    }

    /// `HttpExtensionProc`: to be called once for each request.
    pub const fn http_extension_proc(&self) -> PFN_HTTPEXTENSIONPROC {
        self.http_extension_proc
    }

    /// `TerminateExtension`, where the extension has one.
    pub const fn terminate_extension(&self) -> Option<PFN_TERMINATEEXTENSION> {
        self.terminate_extension
    }
}
