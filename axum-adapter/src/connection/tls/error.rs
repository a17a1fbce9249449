use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why no [`TlsConfig`](super::TlsConfig) could be made. Its text is one line that says which file is
/// at fault and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsConfigError {
    /// The private key is protected by a password, which nobody is there to type.
    EncryptedKey {
        /// The file of the key.
        key: PathBuf,
    },
    /// The private key belongs to another certificate.
    KeyMismatch {
        /// The file of the certificate.
        certificate: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// There is no certificate in a file that should have one.
    NoCertificate {
        /// The file of the certificate, or of the authorities for clients.
        path: PathBuf,
        /// Whether there is a private key in it instead.
        has_key: bool,
    },
    /// There is no private key in the file of the key.
    NoKey {
        /// The file of the key.
        key: PathBuf,
        /// Whether there is a certificate in it instead.
        has_certificate: bool,
    },
    /// A file cannot be read.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// What is in a file is damaged, or of a kind that is not supported.
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for TlsConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EncryptedKey { key } => {
                let key = key.display();
                write!(
                    f,
                    "the private key in {key} is encrypted; decrypt it with \
                     `openssl pkey -in {key} -out FILE` and keep FILE from other users"
                )
            }
            Self::KeyMismatch { certificate, key } => write!(
                f,
                "the private key in {} does not belong to the first certificate in {}; that one has \
                 to be the server's own, with the certificates of its issuers behind it",
                key.display(),
                certificate.display()
            ),
            Self::NoCertificate { path, has_key } => {
                let path = path.display();
                write!(
                    f,
                    "{path} has no certificate in it; expected a PEM file with \
                     `-----BEGIN CERTIFICATE-----`"
                )?;
                write_swapped(f, *has_key, "a private key")
            }
            Self::NoKey {
                key,
                has_certificate,
            } => {
                let key = key.display();
                write!(
                    f,
                    "{key} has no private key in it; expected a PEM file with \
                     `-----BEGIN PRIVATE KEY-----`, `RSA PRIVATE KEY` or `EC PRIVATE KEY`"
                )?;
                write_swapped(f, *has_certificate, "a certificate")
            }
            Self::Unreadable { path, source } => {
                write!(f, "cannot read {}: ", path.display())?;
                match source.kind() {
                    io::ErrorKind::NotFound => f.write_str("no such file"),
                    io::ErrorKind::PermissionDenied => f.write_str("permission denied"),
                    io::ErrorKind::IsADirectory => f.write_str("it is a directory"),
                    io::ErrorKind::InvalidData => f.write_str("it is not text; expected PEM"),
                    _ => source.fmt(f),
                }
            }
            Self::Unusable { path, reason } => {
                write!(f, "cannot use {} for TLS: {reason}", path.display())
            }
        }
    }
}

fn write_swapped(f: &mut fmt::Formatter<'_>, is_swapped: bool, found: &str) -> fmt::Result {
    if is_swapped {
        write!(f, " (it has {found}: have the two files been swapped?)")?;
    }
    Ok(())
}

impl Error for TlsConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unreadable { source, .. } => Some(source),
            _ => None,
        }
    }
}
