use std::time::Duration;

/// The figures a session goes by.
///
/// ```
/// use isapi_core::session::SessionConfig;
///
/// let config = SessionConfig { read_ahead: 0, ..SessionConfig::default() };
/// assert_eq!(config.read_timeout.as_secs(), 60);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SessionConfig {
    /// Bytes of the body to have at hand before `HttpExtensionProc` is called; IIS's
    /// `uploadReadAheadSize`. Default 49152.
    pub read_ahead: u64,
    /// How long the read-ahead, and each read, waits for the body. Default 60 s.
    pub read_timeout: Duration,
    /// How long queued response bytes may stand without one being taken. Default 60 s.
    pub write_timeout: Duration,
    /// Bytes of synchronous writes that may be queued before a writer has to wait.
    /// Default 64 KiB.
    pub send_buffer: u64,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            read_ahead: 49152,
            read_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(60),
            send_buffer: 64 * 1024,
        }
    }
}
