//! The command line: what can be asked for.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::options::Options;
use crate::values;

/// Ends the help of the commands that load modules.
const REPLACING: &str = if cfg!(windows) {
    "\
Replacing a module: it stays loaded until isapi stops, and Windows lets nobody write to the file of
a loaded DLL. Rename it, put the new one in its place, then restart isapi."
} else {
    "\
Replacing a module: it stays loaded until isapi stops. Write the new build under another name, mv
it over the old one, then restart isapi. Never copy over a loaded module in place: its code is
mapped from that file, and the server crashes."
};

/// Ends the help of the program.
const EXIT_CODES: &str = if cfg!(windows) {
    "Exit codes: 0 clean stop; 2 usage, configuration or start-up; 1 something was cut off; else \
     the code of the exception that ended the process."
} else {
    "Exit codes: 0 clean stop; 2 usage, configuration or start-up; 1 else."
};

/// Hosts ISAPI extensions over HTTP.
///
/// Without a command it serves a demo site with five sample extensions.
#[derive(Debug, Parser)]
#[command(name = "isapi", version)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,

    #[command(flatten)]
    pub(crate) options: Options,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve a directory, or what a configuration file says
    ///
    /// In a directory extension modules run, and every other file is sent as it is.
    #[cfg_attr(
        not(windows),
        doc = " A module hello.so answers at /hello.dll and /hello.so, before any other file of that name;"
    )]
    #[cfg_attr(windows, doc = " A module hello.dll answers at /hello.dll;")]
    /// it is loaded at its first request. index.html is sent at the URL of its folder;
    /// folders are not listed. Answered with 404: names that begin with a dot, links that lead
    /// out of DIR, and the names of modules and programs where there is none to run.
    #[cfg_attr(
        not(windows),
        doc = " Letter case counts in names of files, but not in a module's ending."
    )]
    #[cfg_attr(windows, doc = " Letter case does not count.")]
    #[command(after_long_help = REPLACING)]
    Serve {
        /// The directory, whose files are reachable at their paths, or the configuration file
        #[arg(value_name = "DIR|FILE.toml")]
        source: PathBuf,
    },
    /// Run one extension module
    ///
    /// A module that does not load stops nothing: its URL answers 500 with the reason, and a
    /// request after 30 s tries again. PATH_TRANSLATED and APPL_PHYSICAL_PATH begin with the
    /// module's folder.
    #[command(after_long_help = REPLACING)]
    Run {
        /// The module: .so on Linux, .dylib on macOS, .dll on Windows
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// The URL path the extension answers at, in any letter case [default: /STEM.dll]
        #[arg(long, value_name = "/PATH", env = "ISAPI_MOUNT", value_parser = values::mount)]
        mount: Option<String>,
    },
    /// Say what a module file is, whether it can be hosted here, and what to do if not
    ///
    /// The file is read and never loaded, so no code of it runs: ELF and PE files in full, of
    /// every platform. Exit code 0 if it can be hosted here, 1 if not, 2 if it cannot be read.
    Inspect {
        /// The module
        #[arg(value_name = "FILE")]
        file: PathBuf,

        /// Write the report as JSON, with the fields that docs/inspect.md describes
        #[arg(long)]
        json: bool,
    },
    /// Check a configuration file, and say what it means
    ///
    /// Every fault is told with its line and column. Everything that the file names is looked at;
    /// no module is loaded, and no address is listened on. The options of `isapi serve --help` may
    /// be given as well, and count as they do there.
    CheckConfig {
        /// The configuration file, such as isapi.toml
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
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
    fn the_help_speaks_of_the_platform_that_it_is_read_on() {
        let mut cli = Cli::command();
        let program = cli.render_long_help().to_string();
        let serve = cli.find_subcommand_mut("serve").unwrap();
        let serve = serve.render_long_help().to_string();
        assert_eq!(program.contains("code of the exception"), cfg!(windows));
        for (part, is_for_windows) in [
            ("hello.so", false),
            ("mv it over", false),
            ("module hello.dll answers", true),
            ("Rename it", true),
        ] {
            // Where lines break is up to the width of the terminal.
            let words: Vec<&str> = serve.split_whitespace().collect();
            let is_there = words.join(" ").contains(part);
            assert_eq!(is_there, is_for_windows == cfg!(windows), "{part}: {serve}");
        }
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
