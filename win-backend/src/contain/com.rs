//! Whether COM is initialised on the calling thread.
//!
//! The server never initialises COM: which apartment a thread is in is the extension's choice.
//! `CoGetApartmentType` answers without initialising anything, but it lives in `ole32.dll`, which is
//! not loaded for it: where COM has not been used there is nothing to ask.

use std::ffi::c_void;
use std::mem;

use windows_sys::Win32::Foundation::S_OK;
use windows_sys::Win32::System::Com::{
    APTTYPE, APTTYPE_MTA, APTTYPEQUALIFIER, APTTYPEQUALIFIER_IMPLICIT_MTA,
};
use windows_sys::Win32::System::LibraryLoader::{GetModuleHandleW, GetProcAddress};
use windows_sys::core::{HRESULT, w};

type CoGetApartmentType = unsafe extern "system" fn(*mut APTTYPE, *mut APTTYPEQUALIFIER) -> HRESULT;

/// Has COM ever been used on this thread? As cheap as reading a variable, since it is asked around
/// each call.
pub(super) fn was_touched() -> bool {
    !reserved_for_ole().is_null()
}

/// Is COM initialised on this thread by someone who has not undone it yet?
pub(super) fn is_initialized() -> bool {
    was_touched()
        && apartment().is_some_and(|(apartment, qualifier)| {
            // A thread without an apartment counts to the multithreaded one as soon as there is one.
            apartment != APTTYPE_MTA || qualifier != APTTYPEQUALIFIER_IMPLICIT_MTA
        })
}

fn apartment() -> Option<(APTTYPE, APTTYPEQUALIFIER)> {
    // SAFETY: the name is terminated; the handle is used at once, and what uses COM on this thread
    // holds the module.
    let function = unsafe {
        let ole32 = GetModuleHandleW(w!("ole32.dll"));
        if ole32.is_null() {
            return None;
        }
        GetProcAddress(ole32, c"CoGetApartmentType".as_ptr().cast())?
    };
    // SAFETY: the type is that of the function of this name.
    let function = unsafe {
        mem::transmute::<unsafe extern "system" fn() -> isize, CoGetApartmentType>(function)
    };
    let (mut apartment, mut qualifier) = (0, 0);
    // SAFETY: both are writable. The function is there from Windows 7 on.
    let result = unsafe { function(&raw mut apartment, &raw mut qualifier) };
    (result == S_OK).then_some((apartment, qualifier))
}

/// `ReservedForOle` of the thread's environment block, as `winternl.h` declares it: null until COM is
/// used on the thread.
#[cfg(target_arch = "x86_64")]
fn reserved_for_ole() -> *const c_void {
    let state: *const c_void;
    // SAFETY: GS points to the block of the calling thread, always.
    unsafe {
        std::arch::asm!(
            "mov {}, gs:[0x1758]",
            out(reg) state,
            options(nostack, pure, readonly, preserves_flags)
        );
    }
    state
}

/// Elsewhere nothing is noticed.
#[cfg(not(target_arch = "x86_64"))]
fn reserved_for_ole() -> *const c_void {
    std::ptr::null()
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use std::ptr;
    use std::thread;

    use windows_sys::Win32::System::Com::{
        COINIT, COINIT_APARTMENTTHREADED, COINIT_MULTITHREADED, CoInitializeEx, CoUninitialize,
    };

    use super::*;

    /// On a thread of its own: whether COM counts as initialised before, while it is, and after.
    fn noticed(apartment: COINIT) -> [bool; 3] {
        let on_thread = move || {
            let before = is_initialized();
            // SAFETY: the thread is the test's, and each call has its counterpart.
            assert!(unsafe { CoInitializeEx(ptr::null(), apartment.cast_unsigned()) } >= 0);
            let meanwhile = is_initialized();
            // SAFETY: as above.
            unsafe { CoUninitialize() };
            [before, meanwhile, is_initialized()]
        };
        thread::spawn(on_thread).join().unwrap()
    }

    #[test]
    fn com_is_noticed_while_it_is_initialised() {
        assert_eq!(noticed(COINIT_APARTMENTTHREADED), [false, true, false]);
        assert_eq!(noticed(COINIT_MULTITHREADED), [false, true, false]);
    }

    #[test]
    fn a_thread_without_an_apartment_is_not_blamed_for_that_of_another() {
        // SAFETY: as in `noticed`.
        assert!(unsafe { CoInitializeEx(ptr::null(), COINIT_MULTITHREADED.cast_unsigned()) } >= 0);
        assert!(is_initialized());
        assert_eq!(noticed(COINIT_APARTMENTTHREADED), [false, true, false]);
        // SAFETY: as in `noticed`.
        unsafe { CoUninitialize() };
    }
}
