//! What a handshake came to, in the numbers of Windows.

use isapi_core::request_head::TlsInfo;
use tokio_rustls::rustls::{
    CipherSuite, NamedGroup, ProtocolVersion, ServerConnection, SupportedCipherSuite,
};
use x509_cert::der;

use super::certificate::{ServerCertificate, client_certificate};

// `SP_PROT_*` of schannel.h.
const SP_PROT_TLS1_2_SERVER: u32 = 0x400;
const SP_PROT_TLS1_3_SERVER: u32 = 0x1000;

// `ALG_ID` of wincrypt.h:
// https://learn.microsoft.com/en-us/windows/win32/seccrypto/alg-id
const CALG_AES_128: u32 = 0x660e;
const CALG_AES_256: u32 = 0x6610;
const CALG_SHA_256: u32 = 0x800c;
const CALG_SHA_384: u32 = 0x800d;
const CALG_DH_EPHEM: u32 = 0xaa02;
const CALG_ECDH_EPHEM: u32 = 0xae06;

/// What has no number on Windows, such as ChaCha20.
const NO_NUMBER: u32 = 0;

/// Describes a finished handshake.
///
/// # Errors
///
/// The client's certificate was accepted, but cannot be read here. Such a client must not pass for
/// one without a certificate, nor for one without a name.
pub(super) fn describe(
    connection: &ServerConnection,
    server: &ServerCertificate,
) -> Result<TlsInfo, der::Error> {
    let suite = connection
        .negotiated_cipher_suite()
        .map(|suite| Suite::of(&suite))
        .unwrap_or_default();
    let client = connection
        .peer_certificates()
        .and_then(|chain| chain.first())
        .map(client_certificate)
        .transpose()?;
    Ok(TlsInfo {
        protocol: match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => SP_PROT_TLS1_2_SERVER,
            Some(ProtocolVersion::TLSv1_3) => SP_PROT_TLS1_3_SERVER,
            _ => NO_NUMBER,
        },
        cipher: suite.cipher,
        hash: suite.hash,
        key_exchange: connection
            .negotiated_key_exchange_group()
            .map_or(NO_NUMBER, |group| key_exchange(group.name())),
        key_size: suite.key_size,
        secret_key_size: server.key_size,
        server_issuer: server.issuer.clone(),
        server_subject: server.subject.clone(),
        client_certificate: client,
    })
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Suite {
    cipher: u32,
    key_size: u32,
    hash: u32,
}

impl Suite {
    /// The parts of a suite, by its name: there is no number for each part in TLS.
    fn of(suite: &SupportedCipherSuite) -> Self {
        Self::named(suite.suite())
    }

    fn named(suite: CipherSuite) -> Self {
        let name = suite.as_str().unwrap_or_default();
        let (cipher, key_size) = if name.contains("AES_128") || name.contains("AES128") {
            (CALG_AES_128, 128)
        } else if name.contains("AES_256") || name.contains("AES256") {
            (CALG_AES_256, 256)
        } else if name.contains("CHACHA20") {
            (NO_NUMBER, 256)
        } else {
            (NO_NUMBER, 0)
        };
        let hash = if name.ends_with("SHA256") {
            CALG_SHA_256
        } else if name.ends_with("SHA384") {
            CALG_SHA_384
        } else {
            NO_NUMBER
        };
        Self {
            cipher,
            key_size,
            hash,
        }
    }
}

fn key_exchange(group: NamedGroup) -> u32 {
    match group {
        NamedGroup::X25519
        | NamedGroup::X448
        | NamedGroup::secp256r1
        | NamedGroup::secp384r1
        | NamedGroup::secp521r1 => CALG_ECDH_EPHEM,
        NamedGroup::FFDHE2048
        | NamedGroup::FFDHE3072
        | NamedGroup::FFDHE4096
        | NamedGroup::FFDHE6144
        | NamedGroup::FFDHE8192 => CALG_DH_EPHEM,
        _ => NO_NUMBER,
    }
}

#[cfg(test)]
mod tests {
    use tokio_rustls::rustls::crypto::ring;

    use super::*;

    #[test]
    fn every_suite_we_offer_has_a_hash_and_a_key_size() {
        for suite in ring::default_provider().cipher_suites {
            let named = Suite::of(&suite);
            assert_ne!(named.hash, NO_NUMBER, "{suite:?}");
            assert_ne!(named.key_size, 0, "{suite:?}");
        }
    }

    #[test]
    fn every_group_we_offer_is_a_key_exchange() {
        for group in ring::default_provider().kx_groups {
            assert_eq!(key_exchange(group.name()), CALG_ECDH_EPHEM, "{group:?}");
        }
    }

    #[test]
    fn suites_have_the_numbers_of_their_parts() {
        for (suite, cipher, key_size, hash) in [
            (
                CipherSuite::TLS13_AES_256_GCM_SHA384,
                CALG_AES_256,
                256,
                CALG_SHA_384,
            ),
            (
                CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                CALG_AES_128,
                128,
                CALG_SHA_256,
            ),
            (
                CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
                NO_NUMBER,
                256,
                CALG_SHA_256,
            ),
        ] {
            let expected = Suite {
                cipher,
                key_size,
                hash,
            };
            assert_eq!(Suite::named(suite), expected, "{suite:?}");
        }
    }
}
