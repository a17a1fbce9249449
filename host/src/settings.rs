//! What holds for a server: the options that were set, and the defaults of all others.

use std::path::PathBuf;
use std::time::Duration;

use isapi_axum::{DispatchMode, Limits, SessionConfig};

use crate::failure::StartFailure;
use crate::listen::{self, ListenAddr};
use crate::options::{DeadlineOptions, LimitOptions, ModuleOptions, Options, TlsOptions};
use crate::tls::TlsConfig;

/// Every option, settled.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Empty: the default address.
    pub(crate) listen: Vec<ListenAddr>,
    pub(crate) default_document: Vec<String>,
    pub(crate) modules: ModuleSettings,
    pub(crate) limits: LimitSettings,
    pub(crate) deadlines: Deadlines,
    /// `None`: in clear text.
    pub(crate) tls: Option<TlsFiles>,
}

impl Settings {
    /// Settles every option.
    ///
    /// # Errors
    ///
    /// Options that only make sense together were not given together, or an address was given twice.
    pub(crate) fn new(options: Options) -> Result<Self, StartFailure> {
        listen::check(&options.listen)?;
        Ok(Self {
            listen: options.listen,
            default_document: options
                .default_document
                .unwrap_or_else(|| vec!["index.html".to_owned()]),
            modules: options.modules.into(),
            limits: options.limits.into(),
            deadlines: options.deadlines.into(),
            tls: TlsFiles::new(options.tls)?,
        })
    }

    /// What URLs of this server begin with.
    pub(crate) fn scheme(&self) -> &'static str {
        match self.tls {
            Some(_) => "https",
            None => "http",
        }
    }

    /// What the session of every request goes by.
    pub(crate) fn session_config(&self) -> SessionConfig {
        SessionConfig {
            read_ahead: self.limits.upload_read_ahead_size,
            read_timeout: self.deadlines.read_timeout,
            write_timeout: self.deadlines.write_timeout,
            response_buffer_limit: self.limits.response_buffer_limit,
            ..SessionConfig::default()
        }
    }
}

/// How long modules stay loaded, and where they are called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ModuleSettings {
    pub(crate) preload: bool,
    /// `None`: until the server stops.
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) unload_library: bool,
    pub(crate) dispatch: DispatchMode,
}

impl From<ModuleOptions> for ModuleSettings {
    fn from(options: ModuleOptions) -> Self {
        Self {
            preload: options.preload.unwrap_or(false),
            idle_timeout: options.idle_timeout,
            unload_library: options.unload_library.unwrap_or(false),
            dispatch: options.dispatch.unwrap_or_default(),
        }
    }
}

/// What a request and a connection may be at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LimitSettings {
    pub(crate) max_connections: u32,
    pub(crate) max_request_head: u32,
    pub(crate) max_request_fields: u16,
    pub(crate) upload_read_ahead_size: u64,
    pub(crate) response_buffer_limit: u64,
    /// Of a request, whoever answers it.
    pub(crate) request: Limits,
}

impl From<LimitOptions> for LimitSettings {
    fn from(options: LimitOptions) -> Self {
        let request = Limits::default();
        let session = SessionConfig::default();
        Self {
            max_connections: options.max_connections.unwrap_or(10_000),
            max_request_head: options.max_request_head.unwrap_or(65_536),
            max_request_fields: options.max_request_fields.unwrap_or(100),
            upload_read_ahead_size: options.upload_read_ahead_size.unwrap_or(session.read_ahead),
            response_buffer_limit: options
                .response_buffer_limit
                .unwrap_or(session.response_buffer_limit),
            request: Limits {
                max_url: options.max_url.unwrap_or(request.max_url),
                max_query_string: options.max_query_string.unwrap_or(request.max_query_string),
                max_allowed_content_length: options
                    .max_allowed_content_length
                    .unwrap_or(request.max_allowed_content_length),
            },
        }
    }
}

/// How long one side waits for the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadlines {
    pub(crate) header_wait_timeout: Duration,
    pub(crate) connection_timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) write_timeout: Duration,
    pub(crate) drain_timeout: Duration,
}

impl From<DeadlineOptions> for Deadlines {
    fn from(options: DeadlineOptions) -> Self {
        let seconds =
            |option: Option<Duration>, default| option.unwrap_or(Duration::from_secs(default));
        Self {
            header_wait_timeout: seconds(options.header_wait_timeout, 30),
            connection_timeout: seconds(options.connection_timeout, 120),
            read_timeout: seconds(options.read_timeout, 60),
            write_timeout: seconds(options.write_timeout, 60),
            drain_timeout: seconds(options.drain_timeout, 30),
        }
    }
}

/// The files of an encrypted listener.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The certificate and those it was issued by, in PEM.
    pub(crate) certificate: PathBuf,
    /// Its private key, in PEM.
    pub(crate) key: PathBuf,
    /// The authorities of clients' certificates, in PEM; `None`: clients are not asked for one.
    pub(crate) client_ca: Option<PathBuf>,
}

impl TlsFiles {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// One line that names the file that is at fault, and what to do.
    pub(crate) fn load(&self) -> Result<TlsConfig, StartFailure> {
        TlsConfig::load(&self.certificate, &self.key, self.client_ca.as_deref())
    }

    fn new(options: TlsOptions) -> Result<Option<Self>, StartFailure> {
        match (options.certificate, options.key) {
            (Some(certificate), Some(key)) => Ok(Some(Self {
                certificate,
                key,
                client_ca: options.client_ca,
            })),
            (Some(_), None) => Err(StartFailure::new(
                "a certificate was given, and no key; give --key too",
            )),
            (None, Some(_)) => Err(StartFailure::new(
                "a key was given, and no certificate; give --certificate too",
            )),
            (None, None) if options.client_ca.is_some() => Err(StartFailure::new(
                "authorities of clients were given, and no certificate of the server; give \
                 --certificate and --key too",
            )),
            (None, None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn the_help_tells_the_defaults() {
        let settings = Settings::new(Options::default()).unwrap();
        let limits = settings.limits;
        let deadlines = settings.deadlines;
        let command = Cli::command();
        for (option, default) in [
            ("default_document", settings.default_document.join(",")),
            ("preload", settings.modules.preload.to_string()),
            (
                "unload_library",
                settings.modules.unload_library.to_string(),
            ),
            ("dispatch", settings.modules.dispatch.to_string()),
            ("max_connections", limits.max_connections.to_string()),
            ("max_request_head", limits.max_request_head.to_string()),
            ("max_request_fields", limits.max_request_fields.to_string()),
            (
                "max_allowed_content_length",
                limits.request.max_allowed_content_length.to_string(),
            ),
            ("max_url", limits.request.max_url.to_string()),
            (
                "max_query_string",
                limits.request.max_query_string.to_string(),
            ),
            (
                "upload_read_ahead_size",
                limits.upload_read_ahead_size.to_string(),
            ),
            (
                "response_buffer_limit",
                limits.response_buffer_limit.to_string(),
            ),
            (
                "header_wait_timeout",
                deadlines.header_wait_timeout.as_secs().to_string(),
            ),
            (
                "connection_timeout",
                deadlines.connection_timeout.as_secs().to_string(),
            ),
            ("read_timeout", deadlines.read_timeout.as_secs().to_string()),
            (
                "write_timeout",
                deadlines.write_timeout.as_secs().to_string(),
            ),
            (
                "drain_timeout",
                deadlines.drain_timeout.as_secs().to_string(),
            ),
        ] {
            let argument = command
                .get_arguments()
                .find(|argument| argument.get_id() == option);
            let help = argument.unwrap().get_help().unwrap().to_string();
            assert!(
                help.ends_with(&format!("[default: {default}]")),
                "{option}: {help}"
            );
        }
    }

    #[test]
    fn a_key_and_its_certificate_go_together() {
        let settings = |certificate: Option<&str>, key: Option<&str>, client_ca: Option<&str>| {
            let path = |name: Option<&str>| name.map(PathBuf::from);
            let tls = TlsOptions {
                certificate: path(certificate),
                key: path(key),
                client_ca: path(client_ca),
            };
            TlsFiles::new(tls)
        };
        assert_eq!(settings(None, None, None).unwrap(), None);
        assert!(settings(Some("c"), Some("k"), None).unwrap().is_some());
        assert!(settings(Some("c"), None, None).is_err());
        assert!(settings(None, Some("k"), None).is_err());
        assert!(settings(None, None, Some("a")).is_err());
    }
}
