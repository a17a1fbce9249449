//! Reads the command line, and adds to clap's errors what helps here.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, FromArgMatches};
use isapi_core::url_map::has_module_ending;

use crate::cli::Cli;
use crate::serve;

/// The command line; ends the process where there is nothing to run: help, version, an error.
pub(crate) fn parse() -> Cli {
    let matches = command().try_get_matches();
    let parsed = matches.and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.unwrap_or_else(|mut error| {
        if let Some(tip) = tip(&error) {
            let tip = ContextValue::StyledStrs(vec![tip.into()]);
            error.insert(ContextKind::Suggested, tip);
        }
        if let Some(forgotten) = forgotten_command(&error) {
            error = clap::Error::raw(error.kind(), forgotten).with_cmd(&command());
        }
        error.exit()
    })
}

/// The definition of the command line.
fn command() -> Command {
    let mut command = Cli::command();
    // The subcommands have the options of all commands from here on.
    command.build();
    for without_server in ["check-config", "inspect"] {
        command = command.mut_subcommand(without_server, |command| {
            command.mut_args(|argument| {
                let is_hidden = argument.is_hide_set() || argument.is_global_set();
                argument.hide(is_hidden)
            })
        });
    }
    command
}

fn tip(error: &clap::Error) -> Option<String> {
    match error.kind() {
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            variable_of(context(error, ContextKind::InvalidArg)?)
        }
        ErrorKind::UnknownArgument => {
            let is_mount = context(error, ContextKind::InvalidArg)? == "--mount";
            is_mount.then(|| "--mount belongs to `isapi run FILE`, after `run`".to_owned())
        }
        _ => None,
    }
}

fn context(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}

/// What to say where the command in front of a file or directory was left out; clap would propose
/// the command whose letters are most like the file's.
fn forgotten_command(error: &clap::Error) -> Option<String> {
    let argument = context(error, ContextKind::InvalidSubcommand)?;
    let path = Path::new(argument);
    let command = if path.is_dir() || serve::is_configuration(path) {
        "serve"
    } else if path.is_file() || has_module_ending(argument) {
        "run"
    } else {
        return None;
    };
    Some(format!(
        "{argument} is no command; did you mean `isapi {command} {argument}`?\n"
    ))
}

/// The environment variable that gave the value of `option` (`--max-url <BYTES>`), where no flag
/// did.
fn variable_of(option: &str) -> Option<String> {
    let flag = option.split(' ').next().filter(|f| f.starts_with("--"))?;
    let is_given = std::env::args_os().any(|argument| {
        let argument = argument.to_string_lossy();
        argument.split('=').next() == Some(flag)
    });
    let variable = format!("ISAPI_{}", flag[2..].replace('-', "_").to_uppercase());
    let is_set = std::env::var_os(&variable).is_some();
    (is_set && !is_given)
        .then(|| format!("the value comes from the environment variable {variable}"))
}
