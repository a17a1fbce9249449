//! Reads the command line, and adds to clap's errors what helps here.

use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};
use isapi_core::url_map::has_module_ending;

use crate::cli::Cli;
use crate::serve;

/// The command line; ends the process where there is nothing to run: help, version, an error.
pub(crate) fn parse() -> Cli {
    Cli::try_parse().unwrap_or_else(|mut error| {
        if let Some(tip) = tip(&error) {
            let tip = ContextValue::StyledStrs(vec![tip.into()]);
            error.insert(ContextKind::Suggested, tip);
        }
        if let Some(forgotten) = forgotten_command(&error) {
            error = clap::Error::raw(error.kind(), forgotten).with_cmd(&Cli::command());
        }
        error.exit()
    })
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
