//! The thread's last error, which on Unix is `errno`.

use std::io;

use crate::error::Win32Error;

/// Why the host's callback has just answered FALSE.
///
/// Must be the first thing done after the callback, before anything else can touch the value. The
/// host's part is to set it last, before it returns.
pub(crate) fn last_error() -> Win32Error {
    match io::Error::last_os_error().raw_os_error() {
        Some(0) | None => Win32Error::GEN_FAILURE,
        Some(code) => Win32Error::from_code(code.cast_unsigned()),
    }
}

/// Sets what the host, or an extension under test, finds as the last error of this thread. Every
/// code fits: `errno` takes its bits as they are.
#[cfg(not(windows))]
pub(crate) fn set_last_error(code: u32) {
    use std::ffi::c_int;

    unsafe extern "C" {
        #[cfg_attr(
            any(target_os = "linux", target_os = "l4re"),
            link_name = "__errno_location"
        )]
        #[cfg_attr(
            any(target_vendor = "apple", target_os = "freebsd"),
            link_name = "__error"
        )]
        #[cfg_attr(
            any(target_os = "android", target_os = "netbsd", target_os = "openbsd"),
            link_name = "__errno"
        )]
        fn errno_location() -> *mut c_int;
    }

    // SAFETY: the C library answers with the address of the calling thread's own `errno`, which is
    // valid as long as the thread runs.
    unsafe { errno_location().write(code.cast_signed()) }
}

/// Sets what the host, or an extension under test, finds as the last error of this thread.
#[cfg(windows)]
pub(crate) fn set_last_error(code: u32) {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        safe fn SetLastError(code: u32);
    }

    SetLastError(code);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_found() {
        set_last_error(1413);
        assert_eq!(last_error(), Win32Error::INVALID_INDEX);
    }

    #[test]
    fn every_code_comes_back_as_it_was_set() {
        for code in [87, 0x7FFF_FFFF, 0x8000_4005, u32::MAX] {
            set_last_error(code);
            assert_eq!(last_error().code(), code, "{code:#x}");
        }
    }

    #[test]
    fn a_refusal_without_a_code_is_still_an_error() {
        set_last_error(0);
        assert_eq!(last_error(), Win32Error::GEN_FAILURE);
    }
}
