//! What server and extension say about their versions.

use crate::{BOOL, CHAR, DWORD};

constants! {
    pub(crate) TABLE;

    /// Major version of the interface.
    HSE_VERSION_MAJOR: DWORD = 6;
    /// Minor version of the interface.
    HSE_VERSION_MINOR: DWORD = 0;
    /// The interface version as [`HSE_VERSION_INFO`] and the control block carry it: major in the
    /// high word.
    HSE_VERSION: DWORD = HSE_VERSION_MAJOR << 16 | HSE_VERSION_MINOR;
    /// Room for an extension's description, in bytes, its NUL included.
    HSE_MAX_EXT_DLL_NAME_LEN: usize = 256;
}

/// What an extension tells about itself when it is loaded (ms525283).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HSE_VERSION_INFO {
    /// The interface version that the extension was built for; normally [`HSE_VERSION`].
    pub dwExtensionVersion: DWORD,
    /// A description for people. An extension may fail to end it with a NUL.
    pub lpszExtensionDesc: [CHAR; HSE_MAX_EXT_DLL_NAME_LEN],
}

/// Pointer to an [`HSE_VERSION_INFO`].
pub type LPHSE_VERSION_INFO = *mut HSE_VERSION_INFO;

functions! {
    /// The mandatory export `GetExtensionVersion`: called once after the module was loaded
    /// (ms525283).
    ///
    /// [`FALSE`](crate::FALSE) refuses the load.
    ///
    /// # Safety
    ///
    /// The argument points to a writable [`HSE_VERSION_INFO`].
    PFN_GETEXTENSIONVERSION(pVer: LPHSE_VERSION_INFO) -> BOOL;
}
