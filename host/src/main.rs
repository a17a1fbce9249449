//! The command-line ISAPI server.
#![forbid(unsafe_code)]

mod accept;
mod beneath;
mod body;
mod cli;
mod console;
mod demo;
mod edge;
mod extensions;
mod failure;
mod files;
mod listen;
mod logging;
mod modules;
mod refusal;
mod run;
mod serve;
mod server;
mod signals;
mod site;
mod usage;
mod values;

use std::process::ExitCode;

use crate::cli::{Cli, Command};
use crate::failure::{StartFailure, Stop};

fn main() -> ExitCode {
    let result = execute(&usage::parse());
    if let Err(failure) = &result {
        console::note(failure);
    }
    failure::exit_code(&result)
}

fn execute(cli: &Cli) -> Result<Stop, StartFailure> {
    logging::start(cli.options.log.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| StartFailure::new(format!("cannot start threads: {error}")))?;
    let result = runtime.block_on(async {
        let options = &cli.options;
        match &cli.command {
            None => demo::run(options).await,
            Some(Command::Serve { directory }) => serve::run(directory, options).await,
            Some(Command::Run { file, mount }) => run::run(file, mount.as_deref(), options).await,
        }
    });
    // What is still blocked in foreign code must not hold up the end.
    runtime.shutdown_background();
    result
}
