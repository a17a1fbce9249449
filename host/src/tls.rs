//! The server's certificate and key, and connections that are encrypted with them.

use std::net::SocketAddr;
use std::path::Path;

use isapi_axum::connection::{ConnectionError, ConnectionOptions};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::failure::StartFailure;
use crate::site::Site;

#[cfg(not(feature = "tls"))]
pub(crate) use without::TlsConfig;

/// What connections are encrypted with.
#[cfg(feature = "tls")]
#[derive(Clone, Debug)]
pub(crate) struct TlsConfig(isapi_axum::connection::TlsConfig);

#[cfg(feature = "tls")]
impl TlsConfig {
    /// Reads the files, which are PEM.
    ///
    /// # Errors
    ///
    /// One line that names the file that is at fault, and what to do.
    pub(crate) fn load(
        certificate: &Path,
        key: &Path,
        client_ca: Option<&Path>,
    ) -> Result<Self, StartFailure> {
        isapi_axum::connection::TlsConfig::load(certificate, key, client_ca)
            .map(Self)
            .map_err(|error| StartFailure::new(format!("cannot start TLS: {error}")))
    }

    /// Serves an encrypted connection until it ends.
    pub(crate) async fn serve(
        &self,
        stream: TcpStream,
        remote: SocketAddr,
        site: Site,
        options: ConnectionOptions,
        stop: watch::Receiver<bool>,
    ) -> Result<(), ConnectionError> {
        isapi_axum::connection::serve_tls_connection(stream, remote, &self.0, site, options, stop)
            .await
    }
}

/// The same in a build that cannot encrypt.
#[cfg(not(feature = "tls"))]
mod without {
    use super::*;

    /// There is none.
    #[derive(Clone, Debug)]
    pub(crate) enum TlsConfig {}

    impl TlsConfig {
        /// Refuses.
        pub(crate) fn load(_: &Path, _: &Path, _: Option<&Path>) -> Result<Self, StartFailure> {
            Err(StartFailure::new(
                "cannot start TLS: this isapi was built without it; build it with the feature `tls`",
            ))
        }

        pub(crate) async fn serve(
            &self,
            _: TcpStream,
            _: SocketAddr,
            _: Site,
            _: ConnectionOptions,
            _: watch::Receiver<bool>,
        ) -> Result<(), ConnectionError> {
            match *self {}
        }
    }
}
