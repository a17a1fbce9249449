use isapi_abi::{CERT_CONTEXT_EX, DWORD, X509_ASN_ENCODING};
use isapi_core::win32::Win32Error;

use crate::decode::CertificateRequest;
use crate::encode;
use crate::gate::{Failure, Visit};

/// CERT_FLAGS of a client certificate that was checked: there is one.
const CERTIFICATE_PRESENT: DWORD = 1;

/// `HSE_REQ_GET_CERT_INFO_EX`.
///
/// # Safety
///
/// The answer's place has room for it, and its buffer has the capacity that the request says.
pub(super) unsafe fn certificate(
    visit: &Visit,
    request: &CertificateRequest,
) -> Result<(), Failure> {
    let tls = visit.shared().head().connection().tls.as_ref();
    let certificate = tls
        .and_then(|tls| tls.client_certificate.as_ref())
        .ok_or(Win32Error::NO_DATA)?;
    let info: *mut CERT_CONTEXT_EX = request.info.place();
    let mut size = request.capacity;
    // SAFETY: the buffer has that capacity; the other pointer is to a variable of ours.
    let filled = unsafe { encode::fill(&certificate.der, request.buffer, &raw mut size) };
    // SAFETY: the caller's promise. Only the fields that are answered are written, each wherever
    // it is aligned.
    unsafe {
        (&raw mut (*info).CertContext.cbCertEncoded).write_unaligned(size);
        filled?;
        (&raw mut (*info).CertContext.dwCertEncodingType).write_unaligned(X509_ASN_ENCODING);
        (&raw mut (*info).dwCertificateFlags).write_unaligned(CERTIFICATE_PRESENT);
    }
    Ok(())
}
