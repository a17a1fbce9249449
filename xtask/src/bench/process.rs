//! A program that the harness has started, and that does not outlive it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::workspace::{describe, line};

use super::tree;

/// Raises the limit of open files as far as it may go, and lets the kernel end the program should
/// the harness die without a word. The program takes the place of both, so its process is the one
/// that was started.
const WRAPPER: &str = r#"ulimit -n "$(ulimit -Hn)"; exec setpriv --pdeathsig TERM "$0" "$@""#;

/// How long a program may take to end when it is asked to.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// How many programs were started; each has a log of its own.
static STARTED: AtomicUsize = AtomicUsize::new(0);

/// A running program. When it is dropped, it and all its descendants are ended.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    name: String,
    output: BufReader<ChildStdout>,
    input: Option<ChildStdin>,
    log: PathBuf,
}

impl Process {
    /// Starts a program of the arguments and environment of `command`. What it writes to standard
    /// error goes to a file in `logs`.
    pub(super) fn start(command: &Command, logs: &Path) -> Result<Process, String> {
        let program = Path::new(command.get_program());
        let name = program
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        fs::create_dir_all(logs).map_err(|error| describe(logs, &error))?;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let log = logs.join(format!("{name}-{number}.log"));
        let file = File::create(&log).map_err(|error| describe(&log, &error))?;
        let mut wrapped = Command::new("sh");
        wrapped.args([OsStr::new("-c"), OsStr::new(WRAPPER), program.as_os_str()]);
        wrapped.args(command.get_args());
        for (variable, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(variable, value),
                None => wrapped.env_remove(variable),
            };
        }
        let mut child = wrapped
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(file)
            .spawn()
            .map_err(|error| format!("{}: {error}", line(command)))?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let input = child.stdin.take();
        Ok(Process {
            child,
            name,
            output: BufReader::new(output),
            input,
            log,
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line that it writes to standard output.
    pub(super) fn next_line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(0) => Err(self.failure("ended before it said what was waited for")),
            Ok(_) => Ok(line.trim_end().to_owned()),
            Err(error) => Err(self.failure(&error.to_string())),
        }
    }

    /// Writes a line to its standard input.
    pub(super) fn tell(&mut self, line: &str) -> Result<(), String> {
        let told = self.input.as_mut().map(|input| writeln!(input, "{line}"));
        match told {
            Some(Ok(())) => Ok(()),
            _ => Err(self.failure("does not listen to its standard input")),
        }
    }

    /// Where it listens, which is its first line: `listening on http://IP:PORT/`.
    pub(super) fn listening(&mut self) -> Result<SocketAddr, String> {
        let line = self.next_line()?;
        line.strip_prefix("listening on http://")
            .and_then(|rest| rest.trim_end_matches('/').parse().ok())
            .ok_or_else(|| self.failure(&format!("said {line:?} and not where it listens")))
    }

    /// An error when it has ended.
    pub(super) fn check(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.failure(&format!("ended with {status}"))),
            Err(error) => Err(self.failure(&error.to_string())),
        }
    }

    /// What went wrong, with the last lines that it wrote to standard error.
    pub(super) fn failure(&self, what: &str) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(10)..].join("\n");
        format!("{} {what}\n{last}", self.name)
    }

    /// Asks it to end, and waits until it has; what is left then is ended with force.
    fn stop(&mut self) {
        let descendants: Vec<_> = tree::processes(self.id())
            .unwrap_or_default()
            .into_iter()
            .filter(|&id| id != self.id())
            .filter_map(|id| Some((id, tree::birth(id)?)))
            .collect();
        signal("TERM", &[self.id()]);
        wait_until(|| !matches!(self.child.try_wait(), Ok(None)));
        let _ = self.child.kill();
        let _ = self.child.wait();

        // What has the same id and time of birth is the same process.
        let left = || -> Vec<u32> {
            let is_left = |&(id, birth): &(u32, u64)| tree::birth(id) == Some(birth);
            let left = descendants.iter().copied().filter(is_left);
            left.map(|(id, _)| id).collect()
        };
        signal("KILL", &left());
        wait_until(|| left().is_empty());
    }
}

/// Waits until it is so, or [`STOP_LIMIT`] has passed.
fn wait_until(mut is_so: impl FnMut() -> bool) {
    let limit = Instant::now() + STOP_LIMIT;
    while !is_so() && Instant::now() < limit {
        thread::sleep(Duration::from_millis(10));
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Sends a signal; a process that is gone needs none.
fn signal(name: &str, processes: &[u32]) {
    if processes.is_empty() {
        return;
    }
    let _ = Command::new("sh")
        .args(["-c", r#"kill -s "$0" "$@""#, name])
        .args(processes.iter().map(u32::to_string))
        .stderr(Stdio::null())
        .status();
}

// The programs that it takes are there on Linux.
#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::env;
    use std::process::Command;

    use super::Process;
    use crate::bench::tree;

    fn shell(script: &str) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let logs = env::temp_dir().join(format!("xtask-bench-{}", std::process::id()));
        Process::start(&command, &logs).expect("there is a shell")
    }

    #[test]
    fn nothing_is_left_of_a_program_and_its_children() {
        let mut program = shell("sleep 1000 & echo listening on http://127.0.0.1:80/; wait");
        let address = program.listening().expect("it says where");
        assert_eq!(address.port(), 80);
        let processes = tree::processes(program.id()).expect("there is /proc");
        assert_eq!(processes.len(), 2);
        drop(program);
        for id in processes {
            assert_eq!(tree::birth(id), None);
        }
    }

    #[test]
    fn a_program_that_fails_is_quoted() {
        let mut program = shell("echo no such port >&2; exit 3");
        let error = program.listening().expect_err("it says nothing");
        assert!(error.contains("no such port"), "{error}");
    }
}
