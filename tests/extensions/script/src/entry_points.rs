//! What a host calls.

use std::ffi::CStr;

use isapi_abi::{BOOL, DWORD, EXTENSION_CONTROL_BLOCK, Entry, HSE_VERSION_INFO, TRUE};

use crate::journal;
use crate::lifecycle;
use crate::program::Program;
use crate::run::Run;

/// The linked-in build number `INSTANCE`.
///
/// Every number is an extension of its own with a journal `lifecycle INSTANCE`, so that tests in
/// one process can count loads and unloads. Module files are number 0 of their own image.
pub const fn entry<const INSTANCE: u32>() -> Entry {
    // SAFETY: the functions follow the contract of their pages and are never unloaded.
    unsafe {
        Entry::new(
            get_extension_version::<INSTANCE>,
            http_extension_proc::<INSTANCE>,
            Some(terminate_extension::<INSTANCE>),
        )
    }
}

/// Fills in the description, which takes all 256 bytes and has no NUL, and keeps count; says so
/// where something is in the structure already.
///
/// # Safety
///
/// `version` points to a writable `HSE_VERSION_INFO`.
pub unsafe extern "system" fn get_extension_version<const INSTANCE: u32>(
    version: *mut HSE_VERSION_INFO,
) -> BOOL {
    // SAFETY: the caller's promise.
    let version = unsafe { &mut *version };
    let is_zeroed =
        version.dwExtensionVersion == 0 && version.lpszExtensionDesc.iter().all(|byte| *byte == 0);
    // Far above any host's own: it must be ignored.
    version.dwExtensionVersion = 0x00ff_0001;
    version.lpszExtensionDesc.fill(b's'.cast_signed());
    let line = if is_zeroed {
        "GetExtensionVersion"
    } else {
        "GetExtensionVersion, with a structure that is not empty"
    };
    lifecycle::write(INSTANCE, line);
    TRUE
}

/// Runs the script in the query.
///
/// # Safety
///
/// `control` points to a control block that lives as the interface promises.
pub unsafe extern "system" fn http_extension_proc<const INSTANCE: u32>(
    control: *mut EXTENSION_CONTROL_BLOCK,
) -> DWORD {
    // SAFETY: the caller's promise; the query is a string.
    let query = unsafe { CStr::from_ptr((*control).lpszQueryString) };
    let program = Program::parse(query.to_bytes());
    let name = program.journal.clone();
    journal::write(&name, "HttpExtensionProc");
    // SAFETY: the caller's promise.
    let run: &'static Run = Box::leak(Box::new(unsafe { Run::new(control, program) }));
    let status = run.main();
    journal::write(&name, format!("return {status}"));
    status
}

/// Keeps count, and agrees to every second advisory unload only.
///
/// # Safety
///
/// None; the signature is the interface's.
pub unsafe extern "system" fn terminate_extension<const INSTANCE: u32>(flags: DWORD) -> BOOL {
    lifecycle::write(INSTANCE, &format!("TerminateExtension {flags}"));
    // Counted in the journal: a static would be one for all instances.
    let lines = lifecycle::lines(INSTANCE);
    let asked = lines.iter().filter(|line| *line == "TerminateExtension 1");
    BOOL::from(asked.count() % 2 == 0)
}
