//! The server's certificate and key.

use std::path::Path;

use crate::failure::StartFailure;

/// What connections are encrypted with.
#[derive(Clone, Debug)]
pub(crate) struct TlsConfig {
    #[cfg(feature = "tls")]
    pub(crate) config: isapi_axum::connection::TlsConfig,
    /// There is no such thing in a build without TLS.
    #[cfg(not(feature = "tls"))]
    never: std::convert::Infallible,
}

impl TlsConfig {
    /// Reads the files, which are PEM.
    ///
    /// # Errors
    ///
    /// One line that names the file that is at fault, and what to do.
    #[cfg(feature = "tls")]
    pub(crate) fn load(
        certificate: &Path,
        key: &Path,
        client_ca: Option<&Path>,
    ) -> Result<Self, StartFailure> {
        isapi_axum::connection::TlsConfig::load(certificate, key, client_ca)
            .map(|config| Self { config })
            .map_err(|error| StartFailure::new(format!("cannot start TLS: {error}")))
    }

    /// Refuses: this build cannot encrypt.
    #[cfg(not(feature = "tls"))]
    pub(crate) fn load(_: &Path, _: &Path, _: Option<&Path>) -> Result<Self, StartFailure> {
        Err(StartFailure::new(
            "cannot start TLS: this isapi was built without it; build it with the feature `tls`",
        ))
    }
}
