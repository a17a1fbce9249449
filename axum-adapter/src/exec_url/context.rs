use http::Extensions;
use isapi_core::session::SessionConfig;

/// How a request came to be: the client's own (the default), or the child of another one
/// (`HSE_REQ_EXEC_URL`).
///
/// It lies in the extensions of a child's request. Whom a request is for lies there by itself, as a
/// [`User`](isapi_core::request_head::User).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExecUrlContext {
    /// How many requests it is the child of; 0 for the client's own.
    pub(crate) depth: u32,
    /// The first wildcard handler that may answer it, counted from 0 in their order.
    pub(crate) interceptors_from: usize,
    /// Its head is not sent (`HSE_EXEC_URL_NO_HEADERS`).
    pub(crate) suppress_head: bool,
    /// Its errors keep their own bodies (`HSE_EXEC_URL_DISABLE_CUSTOM_ERROR`).
    pub(crate) disable_custom_error: bool,
    /// The number of the request that it is the child of, for logs.
    pub(crate) parent: Option<u64>,
}

impl ExecUrlContext {
    pub(crate) fn of(extensions: &Extensions) -> Self {
        extensions.get().copied().unwrap_or_default()
    }

    /// A child's response goes to another request, not to the connection: no mapped files, and the
    /// connection's end is not its own to decide.
    pub(crate) fn is_child(&self) -> bool {
        self.depth > 0
    }

    /// The figures that a session of this request goes by, in place of those of its handler.
    pub(crate) fn configure(&self, config: SessionConfig) -> SessionConfig {
        SessionConfig {
            exec_url_depth: self.depth,
            suppress_head: self.suppress_head,
            ..config
        }
    }
}
