//! Our own listener's side of a connection.
//!
//! The service runs behind any HTTP server. Behind [`serve_connection`] it can do more: end a
//! connection at once or after a response, have the kernel send files, and rely on deadlines for
//! clients that send or take nothing. Every request that comes through carries a [`Connection`] in its
//! extensions, and the client's address as [`ConnectInfo`](axum::extract::ConnectInfo); in HTTP/1 also
//! the header fields as the client wrote them, [`RawFields`].
//!
//! With the feature `tls`, `serve_tls_connection` does the same for connections that are encrypted
//! with a `TlsConfig`, and serves HTTP/2 on those that ask for it.
//!
//! ```no_run
//! use isapi_axum::connection::{ConnectionOptions, serve_connection};
//!
//! # async fn accept(router: axum::Router) -> std::io::Result<()> {
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let (_stop, stopping) = tokio::sync::watch::channel(false);
//! loop {
//!     let (stream, remote) = listener.accept().await?;
//!     let (router, stopping) = (router.clone(), stopping.clone());
//!     tokio::spawn(async move {
//!         let options = ConnectionOptions::default();
//!         if let Err(end) = serve_connection(stream, remote, router, options, stopping).await {
//!             tracing::debug!(%remote, %end, "connection ended early");
//!         }
//!     });
//! }
//! # }
//! ```

mod activity;
mod drive;
mod error;
mod exchange;
mod file_send;
mod handle;
mod lent_memory;
mod options;
mod own_head;
mod recorder;
mod requests;
mod serve;
mod stream;
mod tap;
#[cfg(feature = "tls")]
mod tls;
mod unsent;

pub use activity::Stage;
pub use error::ConnectionError;
pub use handle::Connection;
pub use isapi_core::request_head::RawFields;
pub(crate) use lent_memory::Probe;
pub use options::ConnectionOptions;
pub use serve::serve_connection;
#[cfg(feature = "tls")]
pub use tls::{TlsConfig, TlsConfigError, serve_tls_connection};
