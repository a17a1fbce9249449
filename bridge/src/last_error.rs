//! The calling thread's last error.
//!
//! On Windows it is the system's own. Elsewhere it is `errno`, which the `windows.h` for
//! extensions reads as `GetLastError()`: no symbol has to be resolved from the host.

pub(crate) use imp::{get, set};

#[cfg(windows)]
mod imp {
    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetLastError() -> u32;
        fn SetLastError(code: u32);
    }

    /// Sets the last error of the calling thread.
    pub(crate) fn set(code: u32) {
        // SAFETY: the function takes any number and touches the calling thread's own slot only.
        unsafe { SetLastError(code) }
    }

    /// The last error of the calling thread.
    pub(crate) fn get() -> u32 {
        // SAFETY: the function reads the calling thread's own slot only.
        unsafe { GetLastError() }
    }
}

#[cfg(not(windows))]
mod imp {
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

    /// Sets the last error of the calling thread.
    pub(crate) fn set(code: u32) {
        let code = c_int::try_from(code).unwrap_or(c_int::MAX);
        // SAFETY: the C library answers with the address of the calling thread's own `errno`,
        // which is valid as long as the thread runs.
        unsafe { errno_location().write(code) }
    }

    /// The last error of the calling thread.
    pub(crate) fn get() -> u32 {
        // SAFETY: as in `set`.
        u32::try_from(unsafe { errno_location().read() }).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_kept_per_thread() {
        set(87);
        std::thread::spawn(|| set(122)).join().expect("sets it");
        assert_eq!(get(), 87);
    }
}
