//! TLS, and the HTTP/2 that is negotiated in its handshake.

mod certificate;
mod config;
mod error;
mod handshake;
mod name;

pub use config::TlsConfig;
pub use error::TlsConfigError;
