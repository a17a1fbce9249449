//! The certificate a client has shown.

use crate::control_block::ControlBlock;
use crate::error::Win32Error;

/// A client's certificate; the safe form of
/// [`CERT_CONTEXT_EX`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525543(v=vs.90)).
///
/// What it says is in the server variables CERT_SUBJECT, CERT_ISSUER and CERT_SERIALNUMBER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate itself: X.509 in DER.
    pub der: Vec<u8>,
    /// The value of the server variable CERT_FLAGS.
    pub flags: u32,
}

impl ControlBlock {
    /// The certificate the client has shown; `None` without one, and without TLS.
    /// [`HSE_REQ_GET_CERT_INFO_EX`](https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/ms525543(v=vs.90)).
    ///
    /// # Errors
    ///
    /// The host's code.
    pub fn client_certificate(&self) -> Result<Option<ClientCertificate>, Win32Error> {
        match self.ecb.client_certificate() {
            Ok((der, flags)) => Ok(Some(ClientCertificate { der, flags })),
            Err(Win32Error::NO_DATA) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
