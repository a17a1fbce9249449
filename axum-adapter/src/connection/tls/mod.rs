//! TLS, and the HTTP/2 that is negotiated in its handshake.

mod certificate;
mod config;
mod error;
mod handshake;
mod http2;
mod name;
mod serve;

pub use config::TlsConfig;
pub use error::TlsConfigError;
pub use serve::serve_tls_connection;
