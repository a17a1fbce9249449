use isapi_abi::HANDLE;
use isapi_core::win32::Win32Error;

use crate::decode::Answer;
use crate::gate::{Failure, Visit};

/// `HSE_REQ_GET_IMPERSONATION_TOKEN`. The token is the host's: it lives as long as the control block,
/// and every call for a request answers the same one.
///
/// # Safety
///
/// The answer's place has room for it.
pub(super) unsafe fn impersonation_token(
    visit: &Visit,
    answer: &Answer<HANDLE>,
) -> Result<(), Failure> {
    // The block is there whenever an extension has a `ConnID` to call with.
    let ecb = visit.ecb().ok_or(Win32Error::INVALID_PARAMETER)?;
    let handle = ecb.impersonation_token(visit.shared().runtime().backend())?;
    // SAFETY: the caller's promise.
    unsafe { answer.write(handle) }?;
    Ok(())
}

/// `HSE_REQ_GET_ANONYMOUS_TOKEN` and `HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN`. Each call makes a token,
/// which is the extension's to close.
///
/// The metabase path is not read: requests run under one account, whatever their path.
///
/// # Safety
///
/// The answer's place has room for it.
pub(super) unsafe fn anonymous_token(
    visit: &Visit,
    answer: &Answer<HANDLE>,
) -> Result<(), Failure> {
    let token = visit.shared().runtime().backend().access_token()?;
    // SAFETY: the caller's promise.
    unsafe { answer.write(token.into_handle()) }?;
    Ok(())
}
