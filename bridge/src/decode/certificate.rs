use isapi_abi::{BYTE, CERT_CONTEXT_EX, DWORD, LPVOID};
use isapi_core::session::Misuse;

use super::Answer;
use super::memory::read;

/// Where `HSE_REQ_GET_CERT_INFO_EX` puts the client's certificate
/// ([ms525543](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525543(v=vs.90))).
#[derive(Debug)]
pub(crate) struct CertificateRequest {
    pub(crate) info: Answer<CERT_CONTEXT_EX>,
    /// `pbCertEncoded`; null only where `capacity` is 0.
    pub(crate) buffer: *mut BYTE,
    /// `cbAllocated`.
    pub(crate) capacity: DWORD,
}

impl CertificateRequest {
    /// # Safety
    ///
    /// `info` is null or points to a `CERT_CONTEXT_EX`.
    pub(super) unsafe fn decode(info: LPVOID) -> Result<Self, Misuse> {
        // SAFETY: null or such a structure, hence readable.
        let given = unsafe { read(info.cast::<CERT_CONTEXT_EX>(), "lpvBuffer") }?;
        let buffer = given.CertContext.pbCertEncoded;
        if buffer.is_null() && given.cbAllocated > 0 {
            return Err(Misuse::NullPointer("pbCertEncoded"));
        }
        Ok(Self {
            info: Answer::at(info, "lpvBuffer")?,
            buffer,
            capacity: given.cbAllocated,
        })
    }
}
