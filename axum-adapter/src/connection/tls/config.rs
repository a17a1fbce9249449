use std::fmt;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::{self, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientCertVerifierBuilder, WebPkiClientVerifier};
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig};

use super::TlsConfigError;
use super::certificate::ServerCertificate;

/// The protocols that are offered in the handshake, the best first. A client that knows of no such
/// offer gets HTTP/1.1.
const PROTOCOLS: [&[u8]; 3] = [b"h2", b"http/1.1", b"http/1.0"];

/// A server's certificate, its key, and whom it trusts to vouch for clients.
///
/// TLS 1.2 and 1.3. Cheap to clone. A new one has to be made when the files change.
#[derive(Clone)]
pub struct TlsConfig {
    pub(super) server: Arc<ServerConfig>,
    pub(super) certificate: Arc<ServerCertificate>,
}

impl TlsConfig {
    /// Reads PEM files.
    ///
    /// `certificate` has the server's own certificate first and those of its issuers behind it;
    /// `key` its private key, not encrypted. They may be the same file.
    ///
    /// With `client_ca`, clients are asked for a certificate. One that was not issued by an authority
    /// in that file ends the handshake. A client that has none is let in all the same: whether a
    /// request needs one is the extension's to decide, by `CERT_FLAGS` or
    /// `HSE_REQ_GET_CERT_INFO_EX`.
    ///
    /// # Errors
    ///
    /// [`TlsConfigError`] names the file that is at fault.
    pub fn load(
        certificate: &Path,
        key: &Path,
        client_ca: Option<&Path>,
    ) -> Result<Self, TlsConfigError> {
        let provider = Arc::new(ring::default_provider());
        let chain = certificates(certificate)?;
        let private_key = private_key(key)?;
        let description = ServerCertificate::new(&chain[0])
            .map_err(|error| unusable(certificate, format_args!("the certificate: {error}")))?;

        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| unusable(certificate, error))?;
        let builder = match client_ca {
            Some(path) => {
                let verifier = client_verifier(path, provider)?
                    .allow_unauthenticated()
                    .build()
                    .map_err(|error| unusable(path, error))?;
                builder.with_client_cert_verifier(verifier)
            }
            None => builder.with_no_client_auth(),
        };
        let mut server =
            builder
                .with_single_cert(chain, private_key)
                .map_err(|error| match error {
                    rustls::Error::InconsistentKeys(_) => TlsConfigError::KeyMismatch {
                        certificate: certificate.to_owned(),
                        key: key.to_owned(),
                    },
                    rustls::Error::InvalidCertificate(_) => unusable(certificate, error),
                    error => unusable(key, error),
                })?;
        server.alpn_protocols = PROTOCOLS.map(<[u8]>::to_vec).to_vec();
        Ok(Self {
            server: Arc::new(server),
            certificate: Arc::new(description),
        })
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig")
            .field("certificate", &self.certificate.subject)
            .finish_non_exhaustive()
    }
}

/// The certificates in a file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsConfigError> {
    let text = read(path)?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|error| damaged(path, &error))?;
    if certificates.is_empty() {
        return Err(TlsConfigError::NoCertificate {
            path: path.to_owned(),
            has_key: text.contains("PRIVATE KEY-----"),
        });
    }
    Ok(certificates)
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsConfigError> {
    let text = read(path)?;
    // The newer and the older form (PKCS #8; RFC 1421, section 4.6.1.1).
    if text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        || text.contains("Proc-Type: 4,ENCRYPTED")
    {
        return Err(TlsConfigError::EncryptedKey {
            key: path.to_owned(),
        });
    }
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsConfigError::NoKey {
            key: path.to_owned(),
            has_certificate: text.contains("-----BEGIN CERTIFICATE-----"),
        },
        error => damaged(path, &error),
    })
}

fn client_verifier(
    path: &Path,
    provider: Arc<CryptoProvider>,
) -> Result<ClientCertVerifierBuilder, TlsConfigError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots
            .add(certificate)
            .map_err(|error| unusable(path, error))?;
    }
    Ok(WebPkiClientVerifier::builder_with_provider(
        Arc::new(roots),
        provider,
    ))
}

fn read(path: &Path) -> Result<String, TlsConfigError> {
    fs::read_to_string(path).map_err(|source| TlsConfigError::Unreadable {
        path: path.to_owned(),
        source,
    })
}

fn damaged(path: &Path, error: &pem::Error) -> TlsConfigError {
    let reason = match error {
        pem::Error::MissingSectionEnd { end_marker } => {
            let marker = String::from_utf8_lossy(end_marker);
            format!("the file is cut off: no {}", marker.trim_end())
        }
        pem::Error::IllegalSectionStart { line } => {
            let line = String::from_utf8_lossy(line);
            format!("a line begins no PEM section: {}", line.trim_end())
        }
        error => format!("the PEM is damaged: {error}"),
    };
    unusable(path, reason)
}

fn unusable(path: &Path, reason: impl fmt::Display) -> TlsConfigError {
    TlsConfigError::Unusable {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
