//! The end of the process by an exception.

use std::sync::OnceLock;

use windows_sys::Win32::System::Diagnostics::Debug::{
    EXCEPTION_CONTINUE_EXECUTION, EXCEPTION_CONTINUE_SEARCH, EXCEPTION_EXECUTE_HANDLER,
    EXCEPTION_POINTERS, IsDebuggerPresent, LPTOP_LEVEL_EXCEPTION_FILTER,
    SetUnhandledExceptionFilter, UnhandledExceptionFilter,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};

use super::exception::Exception;
use super::last_line;

static PREVIOUS: OnceLock<LPTOP_LEVEL_EXCEPTION_FILTER> = OnceLock::new();

/// See [`crate::report_crashes`].
pub(crate) fn report_crashes() {
    PREVIOUS.get_or_init(|| {
        // SAFETY: the filter is a function of this program and stays callable.
        unsafe { SetUnhandledExceptionFilter(Some(filter)) }
    });
}

/// Runs on any thread on which nobody handles an exception: those that an extension has made, too.
///
/// # Safety
///
/// Called by the system.
unsafe extern "system" fn filter(pointers: *const EXCEPTION_POINTERS) -> i32 {
    // SAFETY: the system's own, valid while the filter runs.
    let exception = Exception::of(unsafe { &*(*pointers).ExceptionRecord });
    last_line::write(exception, None);
    if let Some(Some(previous)) = PREVIOUS.get() {
        // SAFETY: it was the filter before us, and is called as it would have been.
        let answer = unsafe { previous(pointers) };
        // MinGW's runtime answers so for C++: back in the thrower it calls `std::terminate`.
        if answer == EXCEPTION_CONTINUE_EXECUTION {
            return answer;
        }
    }
    // SAFETY: it only reads the process's own block.
    if unsafe { IsDebuggerPresent() } == 0 {
        terminate(exception);
    }
    EXCEPTION_CONTINUE_SEARCH
}

/// Ends the process as an exception does that nobody handles, except that no frame further out is
/// asked. Answers, if at all, what a filter answers: a debugger is there, or the program's own filter
/// goes on.
///
/// # Safety
///
/// `pointers` are those of an exception that is being dispatched on this thread.
#[cfg_attr(
    not(target_arch = "x86_64"),
    allow(
        dead_code,
        reason = "nothing is told apart from what nobody handles there"
    )
)]
pub(super) unsafe fn end_process(pointers: &EXCEPTION_POINTERS) -> i32 {
    // SAFETY: promised by the caller.
    let exception = Exception::of(unsafe { &*pointers.ExceptionRecord });
    // The program's own filter, if it has one, then Windows Error Reporting.
    // SAFETY: promised by the caller.
    let answer = unsafe { UnhandledExceptionFilter(pointers) };
    if answer == EXCEPTION_EXECUTE_HANDLER {
        terminate(exception);
    }
    answer
}

fn terminate(exception: Exception) {
    // SAFETY: the handle is the pseudo handle of this process.
    unsafe { TerminateProcess(GetCurrentProcess(), exception.code) };
}
