//! Whether `TransmitFile` is to be had.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Once, OnceLock};

use windows_sys::Win32::System::SystemInformation::{
    OSVERSIONINFOEXW, VER_PRODUCT_TYPE, VerSetConditionMask, VerifyVersionInfoW,
};
use windows_sys::Win32::System::SystemServices::{VER_EQUAL, VER_NT_WORKSTATION};

/// Set by the first socket that turned out not to do it.
static REFUSED: AtomicBool = AtomicBool::new(false);

/// Whether files are to be sent with `TransmitFile`; the first answer against it is logged.
///
/// A Windows that is no server works on two of them at a time, in the whole system, and lets all
/// others wait: two slow clients would hold up everybody. Files are read there.
pub(crate) fn is_available() -> bool {
    static IS_SERVER: OnceLock<bool> = OnceLock::new();
    let is_server = *IS_SERVER.get_or_init(|| {
        let is_server = !is_workstation();
        if !is_server {
            say("a Windows that is no server sends no more than two files with it at a time");
        }
        is_server
    });
    is_server && !REFUSED.load(Ordering::Relaxed)
}

/// A socket does not do it: its provider is not the system's own. From now on files are read.
pub(super) fn refused(error: &io::Error) {
    REFUSED.store(true, Ordering::Relaxed);
    static SAID: Once = Once::new();
    SAID.call_once(|| say(&format!("a socket refused it: {error}")));
}

fn say(reason: &str) {
    tracing::info!("files are read and not sent with TransmitFile: {reason}");
}

fn is_workstation() -> bool {
    let size = u32::try_from(size_of::<OSVERSIONINFOEXW>()).unwrap_or(0);
    let mut asked = OSVERSIONINFOEXW {
        dwOSVersionInfoSize: size,
        wProductType: u8::try_from(VER_NT_WORKSTATION).unwrap_or(0),
        ..OSVERSIONINFOEXW::default()
    };
    let condition = u8::try_from(VER_EQUAL).unwrap_or(0);
    // SAFETY: both take plain values and a structure that says its own size.
    unsafe {
        let mask = VerSetConditionMask(0, VER_PRODUCT_TYPE, condition);
        VerifyVersionInfoW(&mut asked, VER_PRODUCT_TYPE, mask) != 0
    }
}
