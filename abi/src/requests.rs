//! The request codes of `ServerSupportFunction` (ms525975).
//!
//! Codes in the gaps have no public meaning.

use crate::DWORD;

constants! {
    pub(crate) TABLE;

    /// The codes that every server has begin above this value.
    HSE_REQ_BASE: DWORD = 0;
    /// Answers 302 with the given address (ms525014).
    HSE_REQ_SEND_URL_REDIRECT_RESP: DWORD = HSE_REQ_BASE + 1;
    /// Answers 302 with the given address (ms524477).
    HSE_REQ_SEND_URL: DWORD = HSE_REQ_BASE + 2;
    /// Sends the response head, from two texts (ms525533).
    HSE_REQ_SEND_RESPONSE_HEADER: DWORD = HSE_REQ_BASE + 3;
    /// Ends a pending request (ms525588).
    HSE_REQ_DONE_WITH_SESSION: DWORD = HSE_REQ_BASE + 4;
    /// The codes of the server's own extensions of the interface begin above this value.
    HSE_REQ_END_RESERVED: DWORD = 1000;
    /// Maps a URL path to a path of the file system (ms525532).
    HSE_REQ_MAP_URL_TO_PATH: DWORD = HSE_REQ_END_RESERVED + 1;
    /// Reads the security context of the connection (ms525978).
    HSE_REQ_GET_SSPI_INFO: DWORD = HSE_REQ_END_RESERVED + 2;
    /// Appends text to the log record (ms524660). The header gives it no `REQ_`.
    HSE_APPEND_LOG_PARAMETER: DWORD = HSE_REQ_END_RESERVED + 3;
    /// Registers the completion callback and its context (ms524573).
    HSE_REQ_IO_COMPLETION: DWORD = HSE_REQ_END_RESERVED + 5;
    /// Sends a file (ms525816).
    HSE_REQ_TRANSMIT_FILE: DWORD = HSE_REQ_END_RESERVED + 6;
    /// Reads a module's access rights again (ms524306).
    HSE_REQ_REFRESH_ISAPI_ACL: DWORD = HSE_REQ_END_RESERVED + 7;
    /// Asks whether the connection will be kept (ms525422).
    HSE_REQ_IS_KEEP_CONN: DWORD = HSE_REQ_END_RESERVED + 8;
    /// Starts an asynchronous read of the body (ms524596).
    HSE_REQ_ASYNC_READ_CLIENT: DWORD = HSE_REQ_END_RESERVED + 10;
    /// Reads the user's token (ms525991).
    HSE_REQ_GET_IMPERSONATION_TOKEN: DWORD = HSE_REQ_END_RESERVED + 11;
    /// Maps a URL path to a path of the file system and its access flags (ms524961).
    HSE_REQ_MAP_URL_TO_PATH_EX: DWORD = HSE_REQ_END_RESERVED + 12;
    /// Asked for a reset in place of an orderly close; ignored since IIS 5.1 (ms525852).
    HSE_REQ_ABORTIVE_CLOSE: DWORD = HSE_REQ_END_RESERVED + 14;
    /// Reads the client's certificate (ms525543).
    HSE_REQ_GET_CERT_INFO_EX: DWORD = HSE_REQ_END_RESERVED + 15;
    /// Sends the response head, from an
    /// [`HSE_SEND_HEADER_EX_INFO`](crate::HSE_SEND_HEADER_EX_INFO) (ms526034).
    HSE_REQ_SEND_RESPONSE_HEADER_EX: DWORD = HSE_REQ_END_RESERVED + 16;
    /// Closes the connection at once (ms524613).
    HSE_REQ_CLOSE_CONNECTION: DWORD = HSE_REQ_END_RESERVED + 17;
    /// Asks whether the client is still there (ms524582).
    HSE_REQ_IS_CONNECTED: DWORD = HSE_REQ_END_RESERVED + 18;
    /// [`HSE_REQ_MAP_URL_TO_PATH`] in UTF-16 (ms525683).
    HSE_REQ_MAP_UNICODE_URL_TO_PATH: DWORD = HSE_REQ_END_RESERVED + 23;
    /// [`HSE_REQ_MAP_URL_TO_PATH_EX`] in UTF-16 (ms524933).
    HSE_REQ_MAP_UNICODE_URL_TO_PATH_EX: DWORD = HSE_REQ_END_RESERVED + 24;
    /// [`HSE_REQ_EXEC_URL`] in UTF-16 (ms524598).
    HSE_REQ_EXEC_UNICODE_URL: DWORD = HSE_REQ_END_RESERVED + 25;
    /// Runs another URL in place of this one (ms525925).
    HSE_REQ_EXEC_URL: DWORD = HSE_REQ_END_RESERVED + 26;
    /// Reads how the URL run last ended (ms525519).
    HSE_REQ_GET_EXEC_URL_STATUS: DWORD = HSE_REQ_END_RESERVED + 27;
    /// Sends the server's page for an error (ms525792).
    HSE_REQ_SEND_CUSTOM_ERROR: DWORD = HSE_REQ_END_RESERVED + 28;
    /// Asks which process the extension runs in (ms524529).
    HSE_REQ_IS_IN_PROCESS: DWORD = HSE_REQ_END_RESERVED + 30;
    /// Asks for this process to be replaced (ms524715).
    HSE_REQ_REPORT_UNHEALTHY: DWORD = HSE_REQ_END_RESERVED + 32;
    /// Normalises a URL in place (ms525993).
    HSE_REQ_NORMALIZE_URL: DWORD = HSE_REQ_END_RESERVED + 33;
    /// Sends head, buffers and files in one call (ms525867).
    HSE_REQ_VECTOR_SEND: DWORD = HSE_REQ_END_RESERVED + 37;
    /// Reads the anonymous user's token (ms525085).
    HSE_REQ_GET_ANONYMOUS_TOKEN: DWORD = HSE_REQ_END_RESERVED + 38;
    /// Reads the function that drops a cached response (ms525602).
    HSE_REQ_GET_CACHE_INVALIDATION_CALLBACK: DWORD = HSE_REQ_END_RESERVED + 40;
    /// [`HSE_REQ_GET_ANONYMOUS_TOKEN`] in UTF-16 (ms524763).
    HSE_REQ_GET_UNICODE_ANONYMOUS_TOKEN: DWORD = HSE_REQ_END_RESERVED + 41;
    /// Reads the request's trace settings.
    HSE_REQ_GET_TRACE_INFO: DWORD = HSE_REQ_END_RESERVED + 42;
    /// Turns buffering of the response off or on.
    HSE_REQ_SET_FLUSH_FLAG: DWORD = HSE_REQ_END_RESERVED + 43;
    /// Reads the request's trace settings, newer form.
    HSE_REQ_GET_TRACE_INFO_EX: DWORD = HSE_REQ_END_RESERVED + 44;
    /// Writes an event to the request's trace.
    HSE_REQ_RAISE_TRACE_EVENT: DWORD = HSE_REQ_END_RESERVED + 45;
    /// Reads the object that gives access to the server's configuration.
    HSE_REQ_GET_CONFIG_OBJECT: DWORD = HSE_REQ_END_RESERVED + 46;
    /// Reads the settings of the worker process.
    HSE_REQ_GET_WORKER_PROCESS_SETTINGS: DWORD = HSE_REQ_END_RESERVED + 47;
    /// Reads the function that finds a protocol manager's interface.
    HSE_REQ_GET_PROTOCOL_MANAGER_CUSTOM_INTERFACE_CALLBACK: DWORD = HSE_REQ_END_RESERVED + 48;
    /// Cancels the pending operation.
    HSE_REQ_CANCEL_IO: DWORD = HSE_REQ_END_RESERVED + 49;
    /// Reads the channel binding token of a TLS connection.
    HSE_REQ_GET_CHANNEL_BINDING_TOKEN: DWORD = HSE_REQ_END_RESERVED + 50;
}
