//! What an extension answers when it returns, and why it is asked to leave.

use crate::{BOOL, DWORD};

constants! {
    pub(crate) TABLE;

    /// The request is done.
    HSE_STATUS_SUCCESS: DWORD = 1;
    /// The request is done and the connection may serve another. The same as
    /// [`HSE_STATUS_SUCCESS`] since IIS 4.
    HSE_STATUS_SUCCESS_AND_KEEP_CONN: DWORD = 2;
    /// The extension keeps the request and will end it with
    /// [`HSE_REQ_DONE_WITH_SESSION`](crate::HSE_REQ_DONE_WITH_SESSION).
    HSE_STATUS_PENDING: DWORD = 3;
    /// The request failed.
    HSE_STATUS_ERROR: DWORD = 4;

    /// The extension may stay loaded by answering [`FALSE`](crate::FALSE).
    HSE_TERM_ADVISORY_UNLOAD: DWORD = 1;
    /// The module is unloaded whatever the extension answers.
    HSE_TERM_MUST_UNLOAD: DWORD = 2;
}

functions! {
    /// The optional export `TerminateExtension`: called once before the module is unloaded
    /// (ms524470).
    ///
    /// The argument is [`HSE_TERM_ADVISORY_UNLOAD`] or [`HSE_TERM_MUST_UNLOAD`].
    ///
    /// # Safety
    ///
    /// No call of the extension is under way and none follows an agreed unload.
    PFN_TERMINATEEXTENSION(dwFlags: DWORD) -> BOOL;
}
