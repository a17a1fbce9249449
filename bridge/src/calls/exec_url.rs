use isapi_abi::{DWORD, HSE_EXEC_URL_STATUS};
use isapi_core::session::{Callback, HostFault, Refusal};

use crate::completion::PendingCall;
use crate::decode::{Answer, ExecUrl};
use crate::gate::{Failure, Visit};
use crate::shared::Shared;

/// `HSE_REQ_EXEC_URL` and `HSE_REQ_EXEC_UNICODE_URL`.
pub(super) fn exec_url(visit: &Visit, code: DWORD, request: ExecUrl) -> Result<(), Failure> {
    Shared::update(visit.shared(), |inner, now| {
        if request.has_token {
            let call = Callback::ServerSupportFunction(code);
            inner.session.check_open(call)?;
            return Err(Refusal::from(HostFault::NotSupported).into());
        }
        let operation = inner.session.exec_url(now, code, request.child)?;
        inner.pending = Some(PendingCall::new(operation, inner.routine));
        Ok(())
    })
}

/// `HSE_REQ_GET_EXEC_URL_STATUS`.
///
/// # Safety
///
/// The answer's place has room for it.
pub(super) unsafe fn exec_url_status(
    visit: &Visit,
    answer: &Answer<HSE_EXEC_URL_STATUS>,
) -> Result<(), Failure> {
    let child = Shared::update(visit.shared(), |inner, _| inner.session.exec_url_status())?;
    let status = HSE_EXEC_URL_STATUS {
        uHttpStatusCode: child.status,
        uHttpSubStatus: child.sub_status,
        dwWin32Error: child.error.code(),
    };
    // SAFETY: the caller's promise.
    unsafe { answer.write(status) }?;
    Ok(())
}
