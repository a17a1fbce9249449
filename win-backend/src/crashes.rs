use crate::imp;

/// Has this process write one line to standard error before an exception ends it that nobody handles:
/// what was raised, its code, and the module and the place in it.
///
/// An exception that comes out of a call into a DLL of [`Native`](crate::Native) is told in any case,
/// with extension and request. This is for those on other threads: the threads that extensions make
/// for themselves, and the program's own. Behind the line the process ends at once, with the
/// exception's code as its exit code, unless a debugger is there. The filter that the program had
/// before runs first ([`SetUnhandledExceptionFilter`]).
///
/// A program that is a server calls it once, at its start. Off Windows nothing is done.
///
/// [`SetUnhandledExceptionFilter`]: https://learn.microsoft.com/windows/win32/api/errhandlingapi/nf-errhandlingapi-setunhandledexceptionfilter
pub fn report_crashes() {
    imp::report_crashes();
}
