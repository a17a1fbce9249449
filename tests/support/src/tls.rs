//! Both sides of TLS, with the certificates of `isapi-axum`'s own tests.

use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;

use isapi_axum::connection::TlsConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::channel::Channel;
use crate::client::RawClient;
use crate::extension::workspace_dir;

/// What a client brings to the handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TlsClient {
    /// Whether it shows a certificate, that of [`client_certificate`].
    pub certificate: bool,
    /// Whether it knows TLS 1.2 only, and not 1.3.
    pub tls_1_2: bool,
}

impl TlsClient {
    /// Connects and speaks HTTP/1.
    pub(crate) fn connect(self, address: SocketAddr) -> RawClient {
        self.speak(TcpStream::connect(address).expect("the server accepts connections"))
    }

    /// Speaks HTTP/1 over a stream that is connected already.
    pub fn speak(self, stream: TcpStream) -> RawClient {
        let config = Arc::new(self.config(b"http/1.1"));
        let connection = ClientConnection::new(config, server_name()).expect("a usable client");
        RawClient::from_channel(Channel::Tls(Box::new(StreamOwned::new(connection, stream))))
    }

    /// The configuration that offers one protocol.
    pub(crate) fn config(self, protocol: &[u8]) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots
            .add(certificate("authority"))
            .expect("the authority is one");
        let version = if self.tls_1_2 { &TLS12 } else { &TLS13 };
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[version])
            .expect("ring knows both versions")
            .with_root_certificates(roots);
        let mut config = if self.certificate {
            let key = PrivateKeyDer::from_pem_file(file("client.key")).expect("a key");
            builder
                .with_client_auth_cert(vec![certificate("client")], key)
                .expect("the key is the certificate's")
        } else {
            builder.with_no_client_auth()
        };
        config.alpn_protocols = vec![protocol.to_vec()];
        config
    }
}

/// The DER of the certificate that clients show.
pub fn client_certificate() -> Vec<u8> {
    certificate("client").as_ref().to_vec()
}

/// The server's side; clients are asked for a certificate and may have none.
pub(crate) fn server_config() -> TlsConfig {
    let authority = authority_file();
    TlsConfig::load(
        &server_certificate_file(),
        &server_key_file(),
        Some(&authority),
    )
    .expect("the certificates fit")
}

/// The server's certificate, in PEM.
pub(crate) fn server_certificate_file() -> PathBuf {
    file("server.pem")
}

/// Its key, in PEM.
pub(crate) fn server_key_file() -> PathBuf {
    file("server.key")
}

/// The authority of the clients' certificates, in PEM.
pub(crate) fn authority_file() -> PathBuf {
    file("authority.pem")
}

pub(crate) fn server_name() -> ServerName<'static> {
    ServerName::try_from("localhost").expect("a name")
}

fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_file(file(&format!("{name}.pem"))).expect("a certificate")
}

fn file(name: &str) -> PathBuf {
    workspace_dir()
        .join("axum-adapter/tests/certificates")
        .join(name)
}
