//! The arguments of `HSE_REQ_IO_COMPLETION` and `HSE_REQ_ASYNC_READ_CLIENT`.

use std::mem;

use isapi_abi::{HSE_IO_ASYNC, LPDWORD, LPVOID, PFN_HSE_IO_COMPLETION};
use isapi_core::session::Misuse;

use super::ReadRequest;
use super::memory::read;
use crate::completion::CompletionRoutine;

/// The context is never followed, only handed back.
///
/// # Safety
///
/// `function` is null or a completion routine.
pub(super) unsafe fn io_completion(function: LPVOID, context: LPDWORD) -> CompletionRoutine {
    let function = (!function.is_null()).then(|| {
        // SAFETY: not null, hence a completion routine by the caller's promise. Function and
        // data pointers have the same size on every platform that ISAPI runs on.
        unsafe { mem::transmute::<LPVOID, PFN_HSE_IO_COMPLETION>(function) }
    });
    CompletionRoutine::new(function, context.cast())
}

/// # Safety
///
/// `size` is null or points to the number of writable bytes at `buffer`; `flags` is null or
/// readable.
pub(super) unsafe fn async_read(
    buffer: LPVOID,
    size: LPDWORD,
    flags: LPDWORD,
) -> Result<ReadRequest, Misuse> {
    // SAFETY: the same promise.
    let request = unsafe { ReadRequest::decode(buffer, size) }?;
    // SAFETY: null or readable.
    let flags = unsafe { read(flags, "lpdwDataType") }?;
    if flags & HSE_IO_ASYNC == 0 {
        return Err(Misuse::MissingAsyncFlag);
    }
    if flags != HSE_IO_ASYNC {
        return Err(Misuse::UnknownFlags(flags));
    }
    Ok(request)
}
