//! The command-line ISAPI server.
#![forbid(unsafe_code)]

mod accept;
mod beneath;
mod check_config;
mod cli;
mod config;
mod console;
mod demo;
mod edge;
mod extensions;
mod failure;
mod files;
mod hidden;
mod inspect;
mod listen;
mod logging;
mod modules;
mod options;
mod refusal;
mod run;
mod serve;
mod server;
mod settings;
mod signals;
mod site;
mod tls;
mod usage;
mod values;

use std::path::Path;
use std::process::ExitCode;
use std::thread;

use crate::cli::{Cli, Command};
use crate::config::Configuration;
use crate::failure::{StartFailure, Stop};
use crate::options::Options;
use crate::settings::Settings;

fn main() -> ExitCode {
    #[cfg(windows)]
    isapi_win_backend::report_crashes();
    let result = execute(usage::parse());
    if let Err(failure) = &result {
        failure.lines().iter().for_each(console::note);
    }
    failure::exit_code(&result)
}

fn execute(cli: Cli) -> Result<Stop, StartFailure> {
    match cli.command {
        None => start(cli.options, async |settings| demo::run(&settings).await),
        Some(Command::CheckConfig { file }) => {
            let (configuration, options) = configured(&file, cli.options)?;
            logging::start(options.log.as_deref())?;
            check_config::run(&configuration, &Settings::new(options)?)
        }
        Some(Command::Inspect { file, json }) => inspect::run(&file, json),
        Some(Command::Run { file, mount }) => start(cli.options, async |settings| {
            run::run(&file, mount.as_deref(), &settings).await
        }),
        Some(Command::Serve { source }) if serve::is_configuration(&source) => {
            let (configuration, options) = configured(&source, cli.options)?;
            start(options, async |settings| {
                serve::configuration(&configuration, &settings).await
            })
        }
        Some(Command::Serve { source }) => start(cli.options, async |settings| {
            serve::directory(&source, &settings).await
        }),
    }
}

/// What a configuration file says, and the options that hold with it.
fn configured(file: &Path, options: Options) -> Result<(Configuration, Options), StartFailure> {
    let configuration = Configuration::load(file)?;
    let options = options.or(configuration.options.clone());
    Ok((configuration, options))
}

/// Runs a command that serves.
fn start(
    options: Options,
    serve: impl AsyncFnOnce(Settings) -> Result<Stop, StartFailure>,
) -> Result<Stop, StartFailure> {
    logging::start(options.log.as_deref())?;
    let settings = Settings::new(options)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(worker_threads())
        .enable_all()
        .build()
        .map_err(|error| StartFailure::new(format!("cannot start threads: {error}")))?;
    let result = runtime.block_on(serve(settings));
    // What is still blocked in foreign code must not hold up the end.
    runtime.shutdown_background();
    result
}

/// One thread more than there are processors: calls of extensions that run inline leave one thread to
/// the others, and are to have all processors nevertheless.
fn worker_threads() -> usize {
    thread::available_parallelism().map_or(2, |processors| processors.get() + 1)
}
