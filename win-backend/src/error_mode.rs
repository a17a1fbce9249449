//! No message boxes while a DLL is loaded.

use std::marker::PhantomData;

use windows_sys::Win32::System::Diagnostics::Debug::{
    GetThreadErrorMode, SEM_FAILCRITICALERRORS, SEM_NOOPENFILEERRORBOX, SetThreadErrorMode,
    THREAD_ERROR_MODE,
};

/// While it lives, the system asks nobody at the screen on behalf of this thread: a DLL on a drive
/// that is not ready, or one that needs a function another DLL does not have, is an error and no
/// message box that a server waits behind.
///
/// <https://learn.microsoft.com/windows/win32/api/errhandlingapi/nf-errhandlingapi-setthreaderrormode>
pub(crate) struct NoMessageBoxes {
    previous: THREAD_ERROR_MODE,
    /// Neither `Send` nor `Sync`: the mode is that of one thread.
    _thread: PhantomData<*const ()>,
}

impl NoMessageBoxes {
    pub(crate) fn new() -> Self {
        // SAFETY: both take plain numbers; the null pointer stands for "do not tell the old one". The
        // bits that are set already stay: an application may have chosen them.
        let previous = unsafe { GetThreadErrorMode() };
        let quiet = previous | SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX;
        // It fails for bits that do not exist, and then the mode stays.
        // SAFETY: as above.
        unsafe { SetThreadErrorMode(quiet, std::ptr::null_mut()) };
        Self {
            previous,
            _thread: PhantomData,
        }
    }
}

impl Drop for NoMessageBoxes {
    fn drop(&mut self) {
        // SAFETY: a plain number, which this thread had before; the type is not `Send`.
        unsafe { SetThreadErrorMode(self.previous, std::ptr::null_mut()) };
    }
}

#[cfg(test)]
mod tests {
    use windows_sys::Win32::System::Diagnostics::Debug::SEM_NOGPFAULTERRORBOX;

    use super::*;

    fn mode() -> THREAD_ERROR_MODE {
        // SAFETY: it takes nothing.
        unsafe { GetThreadErrorMode() }
    }

    #[test]
    fn boxes_are_off_while_it_lives_and_the_mode_of_before_comes_back() {
        // SAFETY: a plain number; the thread is this test's own.
        unsafe { SetThreadErrorMode(SEM_NOGPFAULTERRORBOX, std::ptr::null_mut()) };
        let quiet = NoMessageBoxes::new();
        let expected = SEM_NOGPFAULTERRORBOX | SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX;
        assert_eq!(mode(), expected);
        drop(quiet);
        assert_eq!(mode(), SEM_NOGPFAULTERRORBOX);
    }
}
