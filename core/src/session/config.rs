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
    /// Bytes of the response that are held back until it ends, or until there are more; IIS's
    /// `responseBufferLimit`. 0, the default, passes every write on at once.
    pub response_buffer_limit: u64,
    /// How many requests this one is the child of (`HSE_REQ_EXEC_URL`). Default 0.
    pub exec_url_depth: u32,
    /// The response's head is not sent: the request is a child with `HSE_EXEC_URL_NO_HEADERS`.
    /// What is written is passed on as it is, a raw head too. Default `false`.
    pub suppress_head: bool,
}

/// How deep children may have children (`HSE_REQ_EXEC_URL`).
pub const MAX_EXEC_URL_DEPTH: u32 = 12;

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            read_ahead: 49152,
            read_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(60),
            send_buffer: 64 * 1024,
            response_buffer_limit: 0,
            exec_url_depth: 0,
            suppress_head: false,
        }
    }
}
