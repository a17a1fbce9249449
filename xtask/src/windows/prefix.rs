//! Wine with a prefix of its own: the machine, as Windows programs see it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::tools::{self, WINE, WINE_PROGRAM};
use crate::workspace::{Workspace, describe, output, run, write};

use super::Layout;

/// The program that all Windows programs of a prefix share.
const WINE_SERVER: &str = "/usr/lib/wine/wineserver64";

/// A server Windows: a workstation lets only two `TransmitFile` run at once. It is the latest that
/// Wine 8 has; what it calls `win2008r2` says that it is a workstation.
const VERSION: &str = "win2008";

/// Wine with a prefix that is ready. When it is dropped, no process of the prefix is left.
#[derive(Debug)]
pub(super) struct Wine {
    prefix: PathBuf,
}

impl Wine {
    /// Makes the prefix unless this version of Wine has made it before.
    pub(super) fn start(workspace: &Workspace) -> Result<Wine, String> {
        tools::ensure("windows-test", &[WINE])?;
        let prefix = Layout::of(workspace).prefix();
        let wine = Wine { prefix };
        // What an earlier run left behind when it was killed would take part in this one.
        wine.stop();
        wine.make()?;
        wine.serve()?;
        Ok(wine)
    }

    /// The program that runs Windows programs.
    pub(super) fn program(&self) -> &'static Path {
        Path::new(WINE_PROGRAM)
    }

    /// Lets `command`, and what it starts, use the prefix.
    ///
    /// The locale is one that every machine has. It makes the ANSI code page 1252 and the names of
    /// files UTF-8. Without a display Wine opens no windows.
    pub(super) fn apply<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("WINEPREFIX", &self.prefix)
            .env("WINEARCH", "win64")
            .env("WINEDEBUG", "-all")
            .env("WINEDLLOVERRIDES", "mscoree,mshtml=")
            .env("LC_ALL", "C.UTF-8")
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::null())
    }

    fn make(&self) -> Result<(), String> {
        // Beside the prefix, which Wine must find absent or whole.
        let stamp = self.prefix.with_extension("stamp");
        let version = output(self.apply(&mut Command::new(WINE_PROGRAM)).arg("--version"))?;
        let made = format!("{} as {VERSION}\n", version.trim());
        if self.prefix.is_dir() && fs::read_to_string(&stamp).is_ok_and(|text| text == made) {
            return Ok(());
        }
        if self.prefix.exists() {
            fs::remove_dir_all(&self.prefix).map_err(|error| describe(&self.prefix, &error))?;
        }
        fs::create_dir_all(&self.prefix).map_err(|error| describe(&self.prefix, &error))?;
        println!("making {} for {}", self.prefix.display(), made.trim());
        self.quietly(&["wineboot", "--init"])?;
        let key = r"HKCU\Software\Wine";
        self.quietly(&["reg", "add", key, "/v", "Version", "/d", VERSION, "/f"])?;
        // It writes the registry to its files when it ends.
        self.stop();
        write(&stamp, &made)
    }

    /// Runs a program of Wine; its output is shown when it fails.
    fn quietly(&self, arguments: &[&str]) -> Result<(), String> {
        output(self.apply(&mut Command::new(WINE_PROGRAM)).args(arguments)).map(drop)
    }

    /// Starts the server of the prefix, which then stays until it is stopped: between two programs
    /// it would end otherwise, and each would start it anew with all the services of Windows. Given
    /// a time, it ends after that even where programs run.
    fn serve(&self) -> Result<(), String> {
        run(self
            .apply(&mut Command::new(WINE_SERVER))
            .arg("--persistent"))?;
        // The first program starts the services, and they keep its output open: nobody may wait for
        // the end of that.
        run(self
            .apply(&mut Command::new(WINE_PROGRAM))
            .arg("wineboot")
            .stdout(Stdio::null())
            .stderr(Stdio::null()))
    }

    /// Ends the server and every program of the prefix, and waits until they are gone. There may be
    /// none, which is as well.
    fn stop(&self) {
        for argument in ["--kill", "--wait"] {
            let _ = self
                .apply(&mut Command::new(WINE_SERVER))
                .arg(argument)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        self.stop();
    }
}
