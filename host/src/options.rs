//! What can be set, by flag, environment variable or key of the configuration file.
//!
//! Each option has one name: `--max-url`, `ISAPI_MAX_URL` and `max_url`. Names follow IIS's
//! configuration where IIS has the same thing. What nobody set is `None` here; the defaults are in
//! [`settings`](crate::settings).

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use isapi_axum::DispatchMode;

use crate::listen::ListenAddr;
use crate::values;

/// Options of every command that serves.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Options {
    /// Listen on IP:PORT; :PORT and localhost:PORT are 127.0.0.1:PORT, this machine alone; port 0
    /// is any; may be repeated
    /// [default: 127.0.0.1:8080, or another free port if that is taken]
    #[arg(
        long,
        global = true,
        value_name = "ADDR",
        env = "ISAPI_LISTEN",
        value_delimiter = ','
    )]
    pub(crate) listen: Vec<ListenAddr>,

    /// Log filter: off, error, warn, info (a line per request), debug or trace, or by target as
    /// in `warn,isapi::access=info` [default: RUST_LOG, else warn]
    #[arg(long, global = true, value_name = "FILTER", env = "ISAPI_LOG")]
    pub(crate) log: Option<String>,

    /// File to send at the URL of its folder, first found first; may be repeated
    /// [default: index.html]
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "ISAPI_DEFAULT_DOCUMENT",
        value_delimiter = ','
    )]
    pub(crate) default_document: Option<Vec<String>>,

    #[command(flatten)]
    pub(crate) modules: ModuleOptions,

    #[command(flatten)]
    pub(crate) limits: LimitOptions,

    #[command(flatten)]
    pub(crate) deadlines: DeadlineOptions,

    #[command(flatten)]
    pub(crate) tls: TlsOptions,
}

impl Options {
    /// These options, and where one is not set, that of `other`.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            listen: match self.listen.is_empty() {
                true => other.listen,
                false => self.listen,
            },
            log: self.log.or(other.log),
            default_document: self.default_document.or(other.default_document),
            modules: self.modules.or(other.modules),
            limits: self.limits.or(other.limits),
            deadlines: self.deadlines.or(other.deadlines),
            tls: self.tls.or(other.tls),
        }
    }
}

/// How long modules stay loaded, and where they are called; `[modules]` in the configuration file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Modules")]
pub(crate) struct ModuleOptions {
    /// Load every module before the server listens, not each at its first request
    /// [default: false]
    #[arg(
        long,
        global = true,
        value_name = "BOOL",
        env = "ISAPI_PRELOAD",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) preload: Option<bool>,

    /// Offer a module that had no request for this long to unload; it may refuse; in seconds, or
    /// with a unit: 500ms, 2m [default: never]
    #[arg(long, global = true, value_name = "TIME", env = "ISAPI_IDLE_TIMEOUT")]
    #[arg(value_parser = values::deadline)]
    pub(crate) idle_timeout: Option<Duration>,

    /// Unmap a module's file when it is unloaded; only for modules that leave no thread, exit
    /// handler or thread-local destructor behind [default: false]
    #[arg(
        long,
        global = true,
        value_name = "BOOL",
        env = "ISAPI_UNLOAD_LIBRARY",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) unload_library: Option<bool>,

    /// Where modules are called: pool (worker threads), inline (the threads that serve the
    /// connections; only for modules that wait for nothing by themselves), or auto (inline once a
    /// module's calls have proved short) [default: auto]
    #[arg(long, global = true, value_name = "MODE", env = "ISAPI_DISPATCH")]
    #[arg(value_parser = values::dispatch)]
    pub(crate) dispatch: Option<DispatchMode>,
}

impl ModuleOptions {
    fn or(self, other: Self) -> Self {
        Self {
            preload: self.preload.or(other.preload),
            idle_timeout: self.idle_timeout.or(other.idle_timeout),
            unload_library: self.unload_library.or(other.unload_library),
            dispatch: self.dispatch.or(other.dispatch),
        }
    }
}

/// What a request and a connection may be at most; `[limits]` in the configuration file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitOptions {
    /// Most connections open at a time; further ones wait to be accepted [default: 10000]
    #[arg(
        long,
        global = true,
        value_name = "COUNT",
        env = "ISAPI_MAX_CONNECTIONS"
    )]
    #[arg(value_parser = values::number::<u32>(1..=1_000_000))]
    pub(crate) max_connections: Option<u32>,

    /// Longest request head in bytes: request line and fields; 431 above [default: 65536]
    #[arg(
        long,
        global = true,
        value_name = "BYTES",
        env = "ISAPI_MAX_REQUEST_HEAD"
    )]
    #[arg(value_parser = values::number::<u32>(1024..=262_144))]
    pub(crate) max_request_head: Option<u32>,

    /// Most fields of a request head; 431 above [default: 100]
    #[arg(
        long,
        global = true,
        value_name = "COUNT",
        env = "ISAPI_MAX_REQUEST_FIELDS"
    )]
    #[arg(value_parser = values::number::<u16>(1..=1000))]
    pub(crate) max_request_fields: Option<u16>,

    /// Longest request body in bytes; 413 above [default: 30000000]
    #[arg(
        long,
        global = true,
        value_name = "BYTES",
        env = "ISAPI_MAX_ALLOWED_CONTENT_LENGTH"
    )]
    #[arg(value_parser = values::number::<u64>(0..=u64::MAX))]
    pub(crate) max_allowed_content_length: Option<u64>,

    /// Longest URL path in bytes, as sent; 414 above [default: 4096]
    #[arg(long, global = true, value_name = "BYTES", env = "ISAPI_MAX_URL")]
    #[arg(value_parser = values::number::<usize>(0..=u64::MAX))]
    pub(crate) max_url: Option<usize>,

    /// Longest query string in bytes; 414 above [default: 2048]
    #[arg(
        long,
        global = true,
        value_name = "BYTES",
        env = "ISAPI_MAX_QUERY_STRING"
    )]
    #[arg(value_parser = values::number::<usize>(0..=u64::MAX))]
    pub(crate) max_query_string: Option<usize>,

    /// Bytes of a request body an extension gets with the call itself [default: 49152]
    #[arg(
        long,
        global = true,
        value_name = "BYTES",
        env = "ISAPI_UPLOAD_READ_AHEAD_SIZE"
    )]
    #[arg(value_parser = values::number::<u64>(0..=0x7fff_ffff))]
    pub(crate) upload_read_ahead_size: Option<u64>,

    /// Bytes of a response that are held back until it ends; 0 passes every write on at once
    /// [default: 0]
    #[arg(
        long,
        global = true,
        value_name = "BYTES",
        env = "ISAPI_RESPONSE_BUFFER_LIMIT"
    )]
    #[arg(value_parser = values::number::<u64>(0..=u64::MAX))]
    pub(crate) response_buffer_limit: Option<u64>,
}

impl LimitOptions {
    fn or(self, other: Self) -> Self {
        Self {
            max_connections: self.max_connections.or(other.max_connections),
            max_request_head: self.max_request_head.or(other.max_request_head),
            max_request_fields: self.max_request_fields.or(other.max_request_fields),
            max_allowed_content_length: self
                .max_allowed_content_length
                .or(other.max_allowed_content_length),
            max_url: self.max_url.or(other.max_url),
            max_query_string: self.max_query_string.or(other.max_query_string),
            upload_read_ahead_size: self.upload_read_ahead_size.or(other.upload_read_ahead_size),
            response_buffer_limit: self.response_buffer_limit.or(other.response_buffer_limit),
        }
    }
}

/// How long one side waits for the other; in `[limits]` in the configuration file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Deadlines (seconds, or with a unit: 500ms, 2m)")]
pub(crate) struct DeadlineOptions {
    /// From a connection's start, or a request's first byte, to the end of its head [default: 30]
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        env = "ISAPI_HEADER_WAIT_TIMEOUT"
    )]
    #[arg(value_parser = values::deadline)]
    pub(crate) header_wait_timeout: Option<Duration>,

    /// How long a kept-alive connection may stay silent [default: 120]
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        env = "ISAPI_CONNECTION_TIMEOUT"
    )]
    #[arg(value_parser = values::deadline)]
    pub(crate) connection_timeout: Option<Duration>,

    /// How long a request body may stay silent while an extension waits for it [default: 60]
    #[arg(long, global = true, value_name = "TIME", env = "ISAPI_READ_TIMEOUT")]
    #[arg(value_parser = values::deadline)]
    pub(crate) read_timeout: Option<Duration>,

    /// How long a client may take nothing of a response [default: 60]
    #[arg(long, global = true, value_name = "TIME", env = "ISAPI_WRITE_TIMEOUT")]
    #[arg(value_parser = values::deadline)]
    pub(crate) write_timeout: Option<Duration>,

    /// How long requests may take to finish once the server is told to stop [default: 30]
    #[arg(long, global = true, value_name = "TIME", env = "ISAPI_DRAIN_TIMEOUT")]
    #[arg(value_parser = values::duration)]
    pub(crate) drain_timeout: Option<Duration>,
}

impl DeadlineOptions {
    fn or(self, other: Self) -> Self {
        Self {
            header_wait_timeout: self.header_wait_timeout.or(other.header_wait_timeout),
            connection_timeout: self.connection_timeout.or(other.connection_timeout),
            read_timeout: self.read_timeout.or(other.read_timeout),
            write_timeout: self.write_timeout.or(other.write_timeout),
            drain_timeout: self.drain_timeout.or(other.drain_timeout),
        }
    }
}

/// The files of an encrypted listener; `[tls]` in the configuration file.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "TLS")]
pub(crate) struct TlsOptions {
    /// The server's certificate and those it was issued by, in PEM; every address speaks TLS then
    #[arg(long, global = true, value_name = "FILE", env = "ISAPI_CERTIFICATE")]
    pub(crate) certificate: Option<PathBuf>,

    /// The certificate's private key, in PEM
    #[arg(long, global = true, value_name = "FILE", env = "ISAPI_KEY")]
    pub(crate) key: Option<PathBuf>,

    /// The authorities that clients' certificates are issued by, in PEM; asks clients for one
    #[arg(long, global = true, value_name = "FILE", env = "ISAPI_CLIENT_CA")]
    pub(crate) client_ca: Option<PathBuf>,
}

impl TlsOptions {
    fn or(self, other: Self) -> Self {
        Self {
            certificate: self.certificate.or(other.certificate),
            key: self.key.or(other.key),
            client_ca: self.client_ca.or(other.client_ca),
        }
    }
}
