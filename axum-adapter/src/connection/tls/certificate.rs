//! What a certificate says about itself.

use std::fmt::Write as _;

use bytes::Bytes;
use isapi_core::request_head::ClientCertificate;
use sha2::{Digest, Sha256};
use tokio_rustls::rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{self, Decode, Reader, SliceReader};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::name::x500_string;

/// The server's certificate, read once for all connections.
#[derive(Clone, Debug)]
pub(super) struct ServerCertificate {
    pub(super) issuer: String,
    pub(super) subject: String,
    /// Bits of the key, 0 for a kind of key that is not known here.
    pub(super) key_size: u32,
}

impl ServerCertificate {
    pub(super) fn new(der: &CertificateDer<'_>) -> Result<Self, der::Error> {
        let certificate = Certificate::from_der(der)?;
        let content = certificate.tbs_certificate();
        Ok(Self {
            issuer: x500_string(content.issuer()),
            subject: x500_string(content.subject()),
            key_size: key_size(content.subject_public_key_info()),
        })
    }
}

/// A certificate whose owner and issuer the handshake has checked.
pub(super) fn client_certificate(
    der: &CertificateDer<'_>,
) -> Result<ClientCertificate, der::Error> {
    let certificate = Certificate::from_der(der)?;
    let content = certificate.tbs_certificate();
    Ok(ClientCertificate {
        der: Bytes::copy_from_slice(der),
        issuer: x500_string(content.issuer()),
        subject: x500_string(content.subject()),
        serial_number: hex(without_sign(content.serial_number().as_bytes()), "-"),
        cookie: hex(&Sha256::digest(der), ""),
    })
}

/// A serial number is positive; DER puts a zero before one whose first bit is set.
fn without_sign(number: &[u8]) -> &[u8] {
    match number {
        [0, rest @ ..] if !rest.is_empty() => rest,
        number => number,
    }
}

fn hex(bytes: &[u8], between: &str) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            text.push_str(between);
        }
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The size of a key as its algorithm counts it
/// ([RFC 3279, section 2.3](https://www.rfc-editor.org/rfc/rfc3279#section-2.3),
/// [RFC 5480, section 2.1.1](https://www.rfc-editor.org/rfc/rfc5480#section-2.1.1)).
fn key_size(key: &SubjectPublicKeyInfoOwned) -> u32 {
    match key.algorithm.oid.to_string().as_str() {
        "1.2.840.113549.1.1.1" => key
            .subject_public_key
            .as_bytes()
            .and_then(|key| modulus_size(key).ok())
            .unwrap_or(0),
        "1.2.840.10045.2.1" => {
            let curve = key
                .algorithm
                .parameters
                .as_ref()
                .and_then(|curve| curve.decode_as::<der::asn1::ObjectIdentifier>().ok());
            match curve.map(|curve| curve.to_string()).as_deref() {
                Some("1.2.840.10045.3.1.7") => 256,
                Some("1.3.132.0.34") => 384,
                Some("1.3.132.0.35") => 521,
                _ => 0,
            }
        }
        // Ed25519.
        "1.3.101.112" => 256,
        _ => 0,
    }
}

/// Bits of the modulus of an RSA key.
fn modulus_size(key: &[u8]) -> Result<u32, der::Error> {
    let mut reader = SliceReader::new(key)?;
    let modulus = reader.sequence(|key| {
        let modulus = UintRef::decode(key)?;
        UintRef::decode(key)?;
        Ok::<_, der::Error>(modulus)
    })?;
    let bytes = modulus.as_bytes();
    let unused = bytes.first().map_or(0, |first| first.leading_zeros());
    Ok(u32::from(modulus.len()) * 8 - unused)
}
