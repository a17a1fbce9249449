//! The calling thread's last error.
//!
//! On Windows it is the system's own. Elsewhere it is `errno`, which the `windows.h` for
//! extensions reads as `GetLastError()`: no symbol has to be resolved from the host.

use std::io;

/// The last error of the calling thread.
pub(crate) fn get() -> u32 {
    let code = io::Error::last_os_error().raw_os_error();
    code.map_or(0, i32::cast_unsigned)
}

/// Sets the last error of the calling thread. Every code fits: `errno` takes its bits as they are,
/// as `GetLastError()` reads them.
#[cfg(not(windows))]
pub(crate) fn set(code: u32) {
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

/// Sets the last error of the calling thread.
#[cfg(windows)]
pub(crate) fn set(code: u32) {
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
    fn every_code_comes_back_as_it_was_set() {
        for code in [0, 87, 0x7FFF_FFFF, 0x8000_4005, u32::MAX] {
            set(code);
            assert_eq!(get(), code, "{code:#x}");
        }
    }

    #[test]
    fn is_kept_per_thread() {
        set(87);
        std::thread::spawn(|| set(122)).join().expect("sets it");
        assert_eq!(get(), 87);
    }
}
