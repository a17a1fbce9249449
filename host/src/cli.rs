//! The command line: what can be asked for, and under which names.
//!
//! Every option has one name, as a flag and, in capitals behind `ISAPI_`, as an
//! environment variable; the flag wins. Names follow IIS's configuration where IIS has
//! the same thing.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use isapi_axum::Limits;

use crate::listen::ListenAddr;
use crate::values;

/// Ends the help of the commands that load modules.
const REPLACING: &str = "\
Replacing a module: it stays loaded until isapi stops. Write the new build under another name, mv
it over the old one, then restart isapi. Never copy over a loaded module in place: its code is
mapped from that file, and the server crashes.";

/// Hosts ISAPI extensions over HTTP.
///
/// Without a command it serves a demo site with five sample extensions.
#[derive(Debug, Parser)]
#[command(name = "isapi", version)]
#[command(after_help = "Exit codes: 0 clean stop; 2 usage, configuration or start-up; 1 else.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a directory: extension modules run, every other file is sent as it is
    ///
    /// A module hello.so answers at /hello.dll and /hello.so, before any other file of that
    /// name; it is loaded at its first request. index.html is sent at the URL of its folder;
    /// folders are not listed. Answered with 404: names that begin with a dot, links that lead
    /// out of DIR, and the names of modules and programs where there is none to run. Letter case
    /// counts in names of files, but not in a module's ending.
    #[command(after_long_help = REPLACING)]
    Serve {
        /// The directory; its files are reachable at their paths
        #[arg(value_name = "DIR")]
        directory: PathBuf,
    },
    /// Run one extension module
    ///
    /// A module that does not load stops nothing: its URL answers 500 with the reason, and a
    /// request after 30 s tries again. PATH_TRANSLATED and APPL_PHYSICAL_PATH begin with the
    /// module's folder.
    #[command(after_long_help = REPLACING)]
    Run {
        /// The module: .so on Linux, .dylib on macOS; on Windows none yet
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// The URL path the extension answers at, in any letter case [default: /STEM.dll]
        #[arg(long, value_name = "/PATH", env = "ISAPI_MOUNT", value_parser = values::mount)]
        mount: Option<String>,
    },
}

/// Options that every command takes.
#[derive(Clone, Debug, Args)]
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

    #[command(flatten)]
    pub(crate) limits: LimitOptions,

    #[command(flatten)]
    pub(crate) deadlines: DeadlineOptions,
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitOptions {
    /// Most connections open at a time; further ones wait to be accepted
    #[arg(
        long,
        global = true,
        value_name = "COUNT",
        env = "ISAPI_MAX_CONNECTIONS"
    )]
    #[arg(default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) max_connections: u32,

    /// Longest request body in bytes; 413 above
    #[arg(
        long,
        global = true,
        value_name = "BYTES",
        env = "ISAPI_MAX_ALLOWED_CONTENT_LENGTH"
    )]
    #[arg(default_value_t = 30_000_000)]
    pub(crate) max_allowed_content_length: u64,

    /// Longest URL path in bytes, as sent; 414 above
    #[arg(long, global = true, value_name = "BYTES", env = "ISAPI_MAX_URL")]
    #[arg(default_value_t = 4096)]
    pub(crate) max_url: usize,

    /// Longest query string in bytes; 414 above
    #[arg(
        long,
        global = true,
        value_name = "BYTES",
        env = "ISAPI_MAX_QUERY_STRING"
    )]
    #[arg(default_value_t = 2048)]
    pub(crate) max_query_string: usize,

    /// Bytes of a request body an extension gets with the call itself
    #[arg(
        long,
        global = true,
        value_name = "BYTES",
        env = "ISAPI_UPLOAD_READ_AHEAD_SIZE"
    )]
    #[arg(default_value_t = 49_152, value_parser = clap::value_parser!(u64).range(..=0x7fff_ffff))]
    pub(crate) upload_read_ahead_size: u64,
}

impl LimitOptions {
    /// What a request may be at most, whoever answers it.
    pub(crate) fn request(&self) -> Limits {
        Limits {
            max_url: self.max_url,
            max_query_string: self.max_query_string,
            max_allowed_content_length: self.max_allowed_content_length,
        }
    }
}

#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Deadlines (seconds, or with a unit: 500ms, 2m)")]
pub(crate) struct DeadlineOptions {
    /// From a connection's start, or a request's first byte, to the end of its head
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        env = "ISAPI_HEADER_WAIT_TIMEOUT"
    )]
    #[arg(default_value = "30", value_parser = values::deadline)]
    pub(crate) header_wait_timeout: Duration,

    /// How long a kept-alive connection may stay silent
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        env = "ISAPI_CONNECTION_TIMEOUT"
    )]
    #[arg(default_value = "120", value_parser = values::deadline)]
    pub(crate) connection_timeout: Duration,

    /// How long a request body may stay silent while an extension waits for it
    #[arg(long, global = true, value_name = "TIME", env = "ISAPI_READ_TIMEOUT")]
    #[arg(default_value = "60", value_parser = values::deadline)]
    pub(crate) read_timeout: Duration,

    /// How long a client may take nothing of a response
    #[arg(long, global = true, value_name = "TIME", env = "ISAPI_WRITE_TIMEOUT")]
    #[arg(default_value = "60", value_parser = values::deadline)]
    pub(crate) write_timeout: Duration,

    /// How long requests may take to finish once the server is told to stop
    #[arg(long, global = true, value_name = "TIME", env = "ISAPI_DRAIN_TIMEOUT")]
    #[arg(default_value = "30", value_parser = values::duration)]
    pub(crate) drain_timeout: Duration,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_means_the_demo() {
        let cli = Cli::try_parse_from(["isapi"]).unwrap();
        assert!(cli.command.is_none());
    }

    #[test]
    fn options_stand_before_or_after_the_command() {
        for line in [
            ["isapi", "--listen", "127.0.0.1:0", "serve", "."],
            ["isapi", "serve", ".", "--listen", "127.0.0.1:0"],
        ] {
            let cli = Cli::try_parse_from(line).unwrap();
            assert_eq!(cli.options.listen.len(), 1, "{line:?}");
        }
    }
}
