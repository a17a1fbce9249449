//! The client's certificate, as the host in memory hands it over.

use std::ptr;

use isapi_abi::{CERT_CONTEXT_EX, DWORD, X509_ASN_ENCODING};

use crate::error::Win32Error;
use crate::testing::pointers::to_usize;
use crate::testing::session::State;

/// `HSE_REQ_GET_CERT_INFO_EX`.
///
/// # Safety
///
/// `context` is writable and has a buffer of `cbAllocated` bytes. Counterpart:
/// `Ecb::client_certificate`.
pub(super) unsafe fn read(state: &State, context: *mut CERT_CONTEXT_EX) -> Result<(), Win32Error> {
    let der = state.site.certificate.as_ref();
    let der = der.ok_or(Win32Error::NO_DATA)?;
    // SAFETY: the caller vouches for the structure and its buffer.
    unsafe {
        (*context).CertContext.cbCertEncoded = DWORD::try_from(der.len()).unwrap_or(DWORD::MAX);
        if to_usize((*context).cbAllocated) < der.len() {
            return Err(Win32Error::INSUFFICIENT_BUFFER);
        }
        (*context).CertContext.dwCertEncodingType = X509_ASN_ENCODING;
        (*context).dwCertificateFlags = 1;
        ptr::copy_nonoverlapping(
            der.as_ptr(),
            (*context).CertContext.pbCertEncoded,
            der.len(),
        );
    }
    Ok(())
}
