use http::{HeaderValue, header};
use isapi_core::session::{HostFault, Refusal};

use crate::ErrorPage;
use crate::completion::PendingCall;
use crate::decode::{CustomError, IoMode};
use crate::gate::{Failure, Visit};
use crate::shared::Shared;

/// `HSE_REQ_SEND_CUSTOM_ERROR`: the site's page for an error as the whole response. Where there is
/// none the extension has to send its own.
pub(super) fn custom_error(visit: &Visit, request: CustomError) -> Result<(), Failure> {
    let shared = visit.shared();
    let page = shared
        .site()
        .error_page(request.status(), request.sub_status)
        .ok_or(Refusal::from(HostFault::NoErrorPage))?;
    let ErrorPage { content_type, body } = page;
    let head = request
        .head
        .with_field(header::CONTENT_TYPE, content_type)
        .with_field(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    let sub_status = request.sub_status;
    Shared::update(shared, |inner, now| match request.mode {
        IoMode::Sync => {
            let session = &mut inner.session;
            Ok(session.send_custom_error(now, head, sub_status, body)?)
        }
        IoMode::Async => {
            let session = &mut inner.session;
            let operation = session.send_custom_error_async(now, head, sub_status, body)?;
            inner.pending = Some(PendingCall::new(operation, inner.routine));
            Ok(())
        }
    })
}
