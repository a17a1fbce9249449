use std::time::Duration;

/// The figures a connection goes by. A timeout of [`Duration::MAX`] never passes.
///
/// ```
/// use std::time::Duration;
/// use isapi_axum::connection::ConnectionOptions;
///
/// let options = ConnectionOptions {
///     idle_timeout: Duration::from_secs(5),
///     ..ConnectionOptions::default()
/// };
/// assert_eq!(options.max_fields, 100);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionOptions {
    /// How long a fresh connection may stay silent. Default 30 s.
    pub first_byte_timeout: Duration,
    /// How long a request head may take from its first byte to its last. Default 30 s.
    pub head_timeout: Duration,
    /// How long a connection is kept between requests. Default 120 s.
    pub idle_timeout: Duration,
    /// How long response bytes may wait without the client taking one. Default 60 s.
    pub write_timeout: Duration,
    /// Bytes a request head may have; 431 above. Default 64 KiB.
    pub max_head: usize,
    /// Fields a request head may have; 431 above. Default 100.
    pub max_fields: usize,
    /// Whether files may be sent by the kernel, or from memory mappings. Default `false`.
    ///
    /// Say `true` only if nothing between the service and this connection reads the bytes of a
    /// response's body: no compression, no checksum, no middleware that collects it. Reading a
    /// mapping of a file that somebody truncates kills the process, and so does reading the addresses
    /// that stand for a file on Windows, which have no memory behind them. The kernel, which gets
    /// them here, does not mind the one, and is given the file instead of the other.
    pub mapped_files: bool,
    /// Whether the memory of an asynchronous write may be sent without a copy, in HTTP/1.1 without
    /// TLS. Default `true`.
    ///
    /// Such a write completes when all of its bytes are let go of. What is between the service and this
    /// connection may read them; where it changes them, or holds them back, they are copied. Say
    /// `false` if something passes them on and keeps them as well, such as a cache: the extension would
    /// wait for it.
    pub lent_memory: bool,
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self {
            first_byte_timeout: Duration::from_secs(30),
            head_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(120),
            write_timeout: Duration::from_secs(60),
            max_head: 64 * 1024,
            max_fields: 100,
            mapped_files: false,
            lent_memory: true,
        }
    }
}
