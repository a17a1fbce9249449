//! A server program under test: started with a configuration, stopped with Ctrl-C.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use isapi_bridge::StillBusy;

use crate::description::Description;
use crate::platform::{self, shown_path};
use crate::program_config;
use crate::standard_error::StandardError;
use crate::temp_dir::TempDir;

/// How long a program may take to start, and to end beyond the time that its requests have.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where module files of the script extension append what their entry points were called with.
const LIFECYCLE_VARIABLE: &str = "SCRIPT_EXTENSION_LIFECYCLE";

/// The name of a configuration file.
const CONFIGURATION: &str = "isapi.toml";

/// A running program; killed when dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    address: SocketAddr,
    stderr: Arc<StandardError>,
    drain_timeout: Duration,
    directory: TempDir,
}

impl Program {
    /// Starts `program` with a configuration; it accepts connections when this returns.
    ///
    /// # Panics
    ///
    /// When it does not start in time, with what it wrote to standard error, and when no
    /// configuration can ask for what is described.
    #[track_caller]
    pub(crate) fn start(program: &Path, description: &Description) -> Program {
        let directory = TempDir::new();
        let configuration = directory.file(CONFIGURATION, program_config::toml(description));
        let mut command = command(program);
        command.args(["serve", &shown_path(&configuration)]).args([
            "--listen",
            "127.0.0.1:0",
            "--log",
            "debug",
        ]);
        if let Some(file) = description.lifecycle_file() {
            command.env(LIFECYCLE_VARIABLE, shown_path(file));
        }
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
        let stderr = StandardError::read(child.stderr.take().expect("it is piped"));
        let announced = first_line(child.stdout.take().expect("it is piped"));
        let mut program = Program {
            child,
            address: SocketAddr::from(([0; 4], 0)),
            stderr,
            drain_timeout: description.drain_timeout,
            directory,
        };
        let line = announced.recv_timeout(PATIENCE);
        let address = line.as_deref().ok().and_then(announced_address);
        program.address = address.unwrap_or_else(|| {
            let status = program.kill();
            let said = program.stderr.rest();
            panic!(
                "{command:?} did not announce where it listens but {line:?}; it ended with {status:?} \
                 and said {said:#?}"
            )
        });
        program
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its configuration file, as it names it.
    pub(crate) fn configuration(&self) -> String {
        shown_path(&self.directory.path().join(CONFIGURATION))
    }

    /// Stops it with Ctrl-C and waits for its end.
    ///
    /// # Errors
    ///
    /// The extensions that it named as busy.
    ///
    /// # Panics
    ///
    /// When it does not end in time, or not as it does when it stops.
    pub(crate) fn stop(mut self) -> Result<(), Vec<StillBusy>> {
        self.interrupt();
        let patience = self.drain_timeout + PATIENCE;
        if end_of(&self.child).recv_timeout(patience).is_err() {
            panic!(
                "the server did not stop; it said {:#?}",
                self.stderr.lines()
            );
        }
        let status = self.child.wait().expect("a child can be waited for");
        let said = self.stderr.rest();
        match status.code() {
            Some(0) => Ok(()),
            Some(1) => Err(said.iter().filter_map(|line| still_busy(line)).collect()),
            _ => panic!("the server ended with {status}; it said {said:#?}"),
        }
    }

    /// Kills it, for a test that has failed, and shows what it wrote to standard error.
    pub(crate) fn abandon(mut self) {
        self.kill();
        for line in self.stderr.rest() {
            eprintln!("{line}");
        }
    }

    /// Sends what Ctrl-C on a terminal does.
    #[cfg(unix)]
    fn interrupt(&self) {
        use rustix::process::{Signal, kill_process};

        kill_process(pid(&self.child), Signal::INT).expect("a child can be interrupted");
    }

    /// Windows has Ctrl-C only for whole groups of processes on a console.
    #[cfg(not(unix))]
    fn interrupt(&self) {
        panic!("server programs are tested from Unix only, Windows ones under Wine");
    }

    fn kill(&mut self) -> Option<ExitStatus> {
        // Both fail only where the process has ended and was waited for.
        let _ = self.child.kill();
        self.child.wait().ok()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The command that runs `program`, without anything of the tester's environment that could change
/// what it does.
fn command(program: &Path) -> Command {
    let mut command = match platform::runner() {
        None => Command::new(program),
        Some(runner) => {
            let mut command = Command::new(runner);
            command.arg(program);
            command
        }
    };
    let is_setting = |name: &OsString| name.to_string_lossy().starts_with("ISAPI_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_setting(name)) {
        command.env_remove(name);
    }
    command
        .env_remove("RUST_LOG")
        .env_remove("IMAGE_SERVER_DIR")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// The first line that a pipe brings, read on a thread of its own, which goes on reading so that
/// the pipe never fills up.
fn first_line(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, first) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            // All but the first one find nobody who listens.
            let _ = sender.send(line);
        }
    });
    first
}

/// The address in `listening on http://127.0.0.1:PORT/`.
fn announced_address(line: &str) -> Option<SocketAddr> {
    let (_, url) = line.strip_prefix("listening on ")?.split_once("://")?;
    url.trim_end().strip_suffix('/')?.parse().ok()
}

/// Tells when the process has ended; it is left for `wait`.
#[cfg(unix)]
fn end_of(child: &Child) -> Receiver<()> {
    use rustix::process::{WaitId, WaitIdOptions, waitid};

    let (sender, ended) = mpsc::channel();
    let pid = pid(child);
    thread::spawn(move || {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        // Fails only where somebody has waited for the process, who knows then.
        let _ = rustix::io::retry_on_intr(|| waitid(WaitId::Pid(pid), options));
        let _ = sender.send(());
    });
    ended
}

/// Not told: [`Program::interrupt`] says why.
#[cfg(not(unix))]
fn end_of(_child: &Child) -> Receiver<()> {
    mpsc::channel().1
}

#[cfg(unix)]
fn pid(child: &Child) -> rustix::process::Pid {
    rustix::process::Pid::from_child(child)
}

/// What a line on standard error says of an extension whose requests did not end.
fn still_busy(line: &str) -> Option<StillBusy> {
    let (_, said) = line.split_once("still busy: ")?;
    if let Some((name, _)) = said.split_once(" is still ") {
        return Some(StillBusy {
            sessions: 0,
            name: name.to_owned(),
        });
    }
    let (name, rest) = said.rsplit_once(" still has ")?;
    let (count, _) = rest.split_once(' ')?;
    Some(StillBusy {
        sessions: count.parse().ok()?,
        name: name.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_extension_is_read_as_it_was_shown() {
        for sessions in [0, 1, 7] {
            let busy = StillBusy {
                sessions,
                name: "/site/a still b.so".to_owned(),
            };
            let read = still_busy(&format!("isapi: still busy: {busy}")).expect("it is one");
            assert_eq!((read.sessions, read.name), (busy.sessions, busy.name));
        }
        assert!(still_busy("isapi: stopped at once").is_none());
    }

    #[test]
    fn an_announcement_is_an_address() {
        let address = announced_address("listening on https://127.0.0.1:8080/");
        assert_eq!(address, Some(([127, 0, 0, 1], 8080).into()));
        assert_eq!(announced_address("isapi: listening"), None);
    }
}
