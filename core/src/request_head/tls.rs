use bytes::Bytes;

/// What a TLS handshake came to, for the server variables `CERT_*`, `HTTPS_*` and `CRYPT_*`.
///
/// Plain data: whoever made the handshake fills it in, so that nothing here depends on a TLS library.
/// What is not known stays 0 or empty, and so does its variable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TlsInfo {
    /// CRYPT_PROTOCOL: the bit of Schannel's `SP_PROT_*_SERVER`, 0x400 for TLS 1.2, 0x1000 for
    /// TLS 1.3.
    pub protocol: u32,
    /// CRYPT_CIPHER_ALG_ID: the cipher's `ALG_ID`, such as 0x6610 for AES with 256 bits.
    pub cipher: u32,
    /// CRYPT_HASH_ALG_ID: the hash's `ALG_ID`, such as 0x800c for SHA-256.
    pub hash: u32,
    /// CRYPT_KEYEXCHANGE_ALG_ID: the key exchange's `ALG_ID`, such as 0xae06 for ephemeral ECDH.
    pub key_exchange: u32,
    /// HTTPS_KEYSIZE, CERT_KEYSIZE: bits of the connection's cipher.
    pub key_size: u32,
    /// HTTPS_SECRETKEYSIZE, CERT_SECRETKEYSIZE: bits of the server's private key.
    pub secret_key_size: u32,
    /// HTTPS_SERVER_ISSUER, CERT_SERVER_ISSUER: the issuer of the server's certificate.
    pub server_issuer: String,
    /// HTTPS_SERVER_SUBJECT, CERT_SERVER_SUBJECT: the subject of the server's certificate.
    pub server_subject: String,
    /// The client's certificate, which was checked against the configured authority.
    pub client_certificate: Option<ClientCertificate>,
}

/// A certificate that a client has proved to own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ClientCertificate {
    /// The certificate itself (X.509 in DER), for `HSE_REQ_GET_CERT_INFO_EX`.
    pub der: Bytes,
    /// CERT_ISSUER.
    pub issuer: String,
    /// CERT_SUBJECT.
    pub subject: String,
    /// CERT_SERIALNUMBER: bytes in hex with a dash between them, such as `04-8f-31`.
    pub serial_number: String,
    /// CERT_COOKIE: a name for this certificate that no other has.
    pub cookie: String,
}
