//! The script extension as a module file.

#![allow(non_snake_case, reason = "the names are those of httpext.h")]

use isapi_abi::{BOOL, DWORD, EXTENSION_CONTROL_BLOCK, HSE_VERSION_INFO};
use script_extension::entry_points;

/// Exported for the host, see [`entry_points::get_extension_version`].
///
/// # Safety
///
/// As there.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn GetExtensionVersion(version: *mut HSE_VERSION_INFO) -> BOOL {
    // SAFETY: the caller's promise is the same.
    unsafe { entry_points::get_extension_version::<0>(version) }
}

/// Exported for the host, see [`entry_points::http_extension_proc`].
///
/// # Safety
///
/// As there.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn HttpExtensionProc(control: *mut EXTENSION_CONTROL_BLOCK) -> DWORD {
    // SAFETY: the caller's promise is the same.
    unsafe { entry_points::http_extension_proc::<0>(control) }
}

/// Exported for the host, see [`entry_points::terminate_extension`].
///
/// # Safety
///
/// As there.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn TerminateExtension(flags: DWORD) -> BOOL {
    // SAFETY: the caller's promise is the same.
    unsafe { entry_points::terminate_extension::<0>(flags) }
}
