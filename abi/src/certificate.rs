//! The client's certificate, for [`HSE_REQ_GET_CERT_INFO_EX`](crate::HSE_REQ_GET_CERT_INFO_EX)
//! (ms525543).

use crate::{DWORD, HCERTSTORE, LPBYTE, PVOID};

/// [`CERT_CONTEXT::dwCertEncodingType`] of an X.509 certificate in DER; from `wincrypt.h`.
pub const X509_ASN_ENCODING: DWORD = 1;

/// A certificate as `wincrypt.h` describes it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CERT_CONTEXT {
    /// How the certificate is encoded: [`X509_ASN_ENCODING`].
    pub dwCertEncodingType: DWORD,
    /// The encoded certificate.
    pub pbCertEncoded: LPBYTE,
    /// Length of the encoded certificate, in bytes.
    pub cbCertEncoded: DWORD,
    /// The decoded certificate: a `CERT_INFO`, which servers leave null.
    pub pCertInfo: PVOID,
    /// The store that holds the certificate.
    pub hCertStore: HCERTSTORE,
}

/// A certificate and the room for it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct CERT_CONTEXT_EX {
    /// The certificate. The extension provides the buffer that `pbCertEncoded` points to.
    pub CertContext: CERT_CONTEXT,
    /// Size of that buffer, in bytes.
    pub cbAllocated: DWORD,
    /// The value of the server variable CERT_FLAGS.
    pub dwCertificateFlags: DWORD,
}
