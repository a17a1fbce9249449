//! What `ServerSupportFunction` is given to send: a safe value and the C form of it.

use isapi_abi::{DWORD, PFN_HSE_IO_COMPLETION, PVOID};

use crate::error::Win32Error;

/// The C form of a `P`: a structure of `httpext.h`, and what it points to besides the `P` itself.
pub(crate) trait Form<P>: Sized {
    /// The request code that takes the structure, and nothing else.
    const CODE: DWORD;
    /// Whether the structure names its completion callback itself; the others are completed through
    /// the registered one.
    const NAMES_COMPLETION: bool = false;

    /// Makes everything the structure will point to; `ERROR_INVALID_PARAMETER` for what has no C
    /// form.
    fn new(payload: &P) -> Result<Self, Win32Error>;

    /// Fills the structure and returns its address. It points into `self` and `payload`, neither of
    /// which may move or change as long as the host uses it. Without a `completion` the call is
    /// synchronous.
    fn fill(
        &mut self,
        payload: &P,
        completion: Option<CompletionRoutine>,
    ) -> Result<PVOID, Win32Error>;
}

/// What the host calls when an operation is done.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CompletionRoutine {
    pub(crate) function: PFN_HSE_IO_COMPLETION,
    pub(crate) context: PVOID,
}
