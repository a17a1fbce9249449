//! The call that reads the client's certificate.

use std::ptr;

use isapi_abi::{CERT_CONTEXT, CERT_CONTEXT_EX, HSE_REQ_GET_CERT_INFO_EX};

use crate::error::Win32Error;
use crate::raw::ecb::{Ecb, length};

/// How often a larger buffer is offered.
const ATTEMPTS: usize = 4;

impl Ecb {
    /// `HSE_REQ_GET_CERT_INFO_EX`: the encoded certificate and its flags.
    pub(crate) fn client_certificate(&self) -> Result<(Vec<u8>, u32), Win32Error> {
        let mut room = 8 * 1024;
        for _ in 0..ATTEMPTS {
            let mut buffer = vec![0; room];
            let mut context = CERT_CONTEXT_EX {
                CertContext: CERT_CONTEXT {
                    dwCertEncodingType: 0,
                    pbCertEncoded: buffer.as_mut_ptr(),
                    cbCertEncoded: 0,
                    pCertInfo: ptr::null_mut(),
                    hCertStore: ptr::null_mut(),
                },
                cbAllocated: length(&buffer)?,
                dwCertificateFlags: 0,
            };
            let structure = (&raw mut context).cast();
            // SAFETY: the code takes this structure, whose buffer has `cbAllocated` bytes; both
            // outlive the call.
            let outcome = unsafe { self.support_buffer(HSE_REQ_GET_CERT_INFO_EX, structure) };
            let size = usize::try_from(context.CertContext.cbCertEncoded).unwrap_or(usize::MAX);
            match outcome {
                Ok(()) => {
                    buffer.truncate(size);
                    return Ok((buffer, context.dwCertificateFlags));
                }
                // A host that does not say how much it needs is offered twice as much.
                Err(Win32Error::INSUFFICIENT_BUFFER) => room = size.max(room * 2),
                Err(error) => return Err(error),
            }
        }
        Err(Win32Error::INSUFFICIENT_BUFFER)
    }
}
