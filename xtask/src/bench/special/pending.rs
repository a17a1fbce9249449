//! Many sessions that wait for their extension.

use std::path::Path;
use std::process::Command;

use crate::workspace::read;

use super::super::Setup;
use super::super::cases::Case;
use super::super::duel::{P99, Rounds};
use super::super::figures::{Spread, Unit};
use super::super::goal::Goal;
use super::super::load::{self, CONNECTIONS, Load};
use super::super::process::Process;
use super::super::report::Row;
use super::super::servers::{Kind, Server};
use super::super::tree::{exact, private_memory, status_sum};

const SESSIONS: usize = 18_000;

/// So few that a server which has a thread for each would show it beside the many.
const FEW: usize = 1_000;

const MEMORY_BOUND: f64 = 24.0 * 1024.0;

/// Opens requests and holds them.
pub(super) struct PendingClient(Process);

impl PendingClient {
    /// Returns when the extension has them all.
    pub(super) fn start(
        setup: &Setup,
        server: &Server,
        count: usize,
    ) -> Result<PendingClient, String> {
        ensure_files(server, count)?;
        let mut command = Command::new(&setup.programs.load);
        command.args(["pending", &server.address().to_string(), "/pending"]);
        command.arg(count.to_string());
        let mut client = Process::start(&command, &setup.folder.join("logs"))?;
        match client.next_line()? {
            line if line == format!("pending {count}") => Ok(PendingClient(client)),
            line => Err(client.failure(&format!("said {line:?}"))),
        }
    }

    /// Has them completed; returns how many were, which is an error if it is not all, and the seconds.
    pub(super) fn release(mut self) -> Result<(u64, f64), String> {
        self.0.tell("release")?;
        let line = self.0.next_line()?;
        match *line.split_whitespace().collect::<Vec<_>>() {
            ["completed", count, "seconds", seconds] => {
                count.parse().ok().zip(seconds.parse().ok())
            }
            _ => None,
        }
        .ok_or_else(|| self.0.failure(&format!("said {line:?}")))
    }
}

/// Fails where the server may not open so many connections, and a few files more.
fn ensure_files(server: &Server, count: usize) -> Result<(), String> {
    let limits = read(Path::new(&format!("/proc/{}/limits", server.id())))?;
    let needed = count + 1_000;
    match open_files(&limits) {
        Some(allowed) if allowed < needed => Err(format!(
            "{count} sessions need {needed} open files, and a process may have {allowed}; \
             raise the hard limit (ulimit -H -n {needed})"
        )),
        _ => Ok(()),
    }
}

/// How many files a process may have open; `None` where nothing forbids more.
fn open_files(limits: &str) -> Option<usize> {
    limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}

#[derive(Default)]
struct Rounded {
    p99: Rounds,
    memory: Vec<f64>,
    threads: Vec<f64>,
    completed: Vec<f64>,
    seconds: Vec<f64>,
}

pub(crate) fn measure(setup: &Setup, case: &Case) -> Result<Vec<Row>, String> {
    let mut rounded = Rounded::default();
    for _ in 0..setup.rounds(5) {
        round(setup, &mut rounded)?;
    }
    let spread = |values: Vec<f64>| Spread::of(values).ok_or("nothing was measured");
    let row = |what, unit, values, goal| -> Result<Row, String> {
        Ok(Row::new(case, what, unit, spread(values)?).goal(goal))
    };
    let all = Goal::AtLeast(exact(SESSIONS as u64));
    let p99 = rounded
        .p99
        .row(case, "p99 of a hello beside them", P99, Unit::Microseconds)?;
    Ok(vec![
        row(
            "threads, against those with 1,000 pending",
            Unit::Ratio,
            rounded.threads,
            Some(Goal::AtMost(1.0)),
        )?,
        row(
            "private memory per pending session",
            Unit::Bytes,
            rounded.memory,
            Some(Goal::AtMost(MEMORY_BOUND)),
        )?,
        row("completed", Unit::Count, rounded.completed, Some(all))?,
        row(
            "time to complete all",
            Unit::Milliseconds,
            rounded.seconds,
            None,
        )?,
        p99.peer_name("alone").goal(Some(Goal::AtMost(3.0))),
    ])
}

/// All of it on a fresh server: memory that was once needed stays with a process.
fn round(setup: &Setup, rounded: &mut Rounded) -> Result<(), String> {
    let server = Kind::Isapi.start(setup)?;
    let hello = || {
        let seconds = setup.seconds();
        load::run(setup, &server, "/hello", Load::Get, CONNECTIONS, seconds)
    };
    hello()?;
    rounded.p99.peer.push(hello()?);

    let few = PendingClient::start(setup, &server, FEW)?;
    let threads = status_sum(server.id(), "Threads")?;
    few.release()?;

    let before = private_memory(server.id())?;
    let many = PendingClient::start(setup, &server, SESSIONS)?;
    let memory = exact(private_memory(server.id())?) - exact(before);
    rounded.memory.push(memory / exact(SESSIONS as u64));
    let ratio = exact(status_sum(server.id(), "Threads")?) / exact(threads);
    rounded.threads.push(ratio);
    rounded.p99.ours.push(hello()?);
    let (completed, seconds) = many.release()?;
    rounded.completed.push(exact(completed));
    rounded.seconds.push(seconds * 1000.0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::open_files;

    #[test]
    fn the_limit_in_force_is_the_first_number() {
        let limits = "Max processes  7823  7823  processes\nMax open files  1024  524288  files\n";
        assert_eq!(open_files(limits), Some(1024));
        assert_eq!(
            open_files("Max open files  unlimited  unlimited  files\n"),
            None
        );
    }
}
