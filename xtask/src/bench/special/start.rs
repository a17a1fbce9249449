//! From nothing to an answer.

use std::process::Command;
use std::time::Instant;

use super::super::Setup;
use super::super::cases::Case;
use super::super::figures::{Spread, Unit};
use super::super::goal::Goal;
use super::super::load::{self, Load};
use super::super::process::Process;
use super::super::report::Row;
use super::super::servers::extension;

pub(crate) fn measure(setup: &Setup, case: &Case) -> Result<Vec<Row>, String> {
    let mut times = Vec::new();
    for _ in 0..setup.rounds(15) {
        times.push(start(setup)?);
    }
    let time = Spread::of(times).ok_or("nothing was measured")?;
    let row = Row::new(case, "time to the first answer", Unit::Milliseconds, time);
    Ok(vec![row.goal(Some(Goal::AtMost(100.0)))])
}

fn start(setup: &Setup) -> Result<f64, String> {
    let mut command = Command::new(&setup.programs.isapi);
    command.arg("run").arg(extension(setup, "hello"));
    command.args(["--listen", "127.0.0.1:0"]);
    let start = Instant::now();
    let mut process = Process::start(&command, &setup.folder.join("logs"))?;
    let address = process.listening()?;
    load::check(address, "/hello.dll", Load::Get, 17)?;
    Ok(start.elapsed().as_secs_f64() * 1000.0)
}
