//! Variables about the TLS connection: `CERT_*`, `CRYPT_*`, `HTTPS_*`.
//!
//! All of them are empty without TLS, and so is each of which the handshake told nothing.

use crate::request_head::{ClientCertificate, RequestHead, TlsInfo};

use super::Value;
use super::value::{EMPTY, owned, text};

/// CERT_FLAGS: `1` where the client has shown a certificate, `0` where it has not.
///
/// Bit 1, for a certificate of an unknown authority, is never set: such a client does not get
/// through the handshake.
pub(super) fn certificate_flags(head: &RequestHead) -> Value<'_> {
    match head.connection().tls.as_deref() {
        None => EMPTY,
        Some(tls) if tls.client_certificate.is_none() => text("0"),
        Some(_) => text("1"),
    }
}

/// A text of the client's certificate.
pub(super) fn certificate(head: &RequestHead, field: fn(&ClientCertificate) -> &str) -> Value<'_> {
    let tls = head.connection().tls.as_deref();
    tls.and_then(|tls| tls.client_certificate.as_ref())
        .map_or(EMPTY, |certificate| text(field(certificate)))
}

/// A text about the connection.
pub(super) fn name(head: &RequestHead, field: fn(&TlsInfo) -> &str) -> Value<'_> {
    let tls = head.connection().tls.as_deref();
    tls.map_or(EMPTY, |tls| text(field(tls)))
}

/// A number of bits, in decimal.
pub(super) fn bits(head: &RequestHead, field: fn(&TlsInfo) -> u32) -> Value<'static> {
    told(head, field).map_or(EMPTY, owned)
}

/// A number that Schannel has for an algorithm or a protocol, in lower-case hex: `6610`, `400`.
pub(super) fn algorithm(head: &RequestHead, field: fn(&TlsInfo) -> u32) -> Value<'static> {
    told(head, field).map_or(EMPTY, |number| owned(format!("{number:x}")))
}

/// A number that the handshake told; 0 stands for none.
fn told(head: &RequestHead, field: fn(&TlsInfo) -> u32) -> Option<u32> {
    let tls = head.connection().tls.as_deref();
    tls.map(field).filter(|&number| number != 0)
}
