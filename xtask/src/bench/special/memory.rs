//! What sending a large file takes of memory.

use std::thread;
use std::time::Duration;

use super::super::Setup;
use super::super::cases::Case;
use super::super::figures::{Spread, Unit};
use super::super::goal::Goal;
use super::super::load::{self, Background, Load};
use super::super::report::Row;
use super::super::servers::{Kind, Server};
use super::super::tree::{exact, status_sum};

const CLIENTS: u32 = 8;
const LENGTH: u64 = 100 << 20;
const BOUND: f64 = 16.0 * 1024.0 * 1024.0;

pub(crate) fn measure(setup: &Setup, case: &Case) -> Result<Vec<Row>, String> {
    let mut rows = Vec::new();
    for (path, what) in [
        ("/kept?100m", "memory above idle, file kept open"),
        (
            "/opened?100m",
            "memory above idle, file opened for each request",
        ),
    ] {
        let mut growths = Vec::new();
        for _ in 0..setup.rounds(5) {
            growths.push(growth(setup, path)?);
        }
        let growth = Spread::of(growths).ok_or("nothing was measured")?;
        let row = Row::new(case, what, Unit::Bytes, growth);
        rows.push(row.goal(Some(Goal::AtMost(BOUND))));
    }
    Ok(rows)
}

/// The most that a fresh server has while the clients download, above what it had before.
fn growth(setup: &Setup, path: &str) -> Result<f64, String> {
    let server = Kind::Isapi.start(setup)?;
    load::check(server.address(), "/hello", Load::Get, 17)?;
    let idle = memory(&server)?;
    let mut command = load::client(
        setup,
        server.address(),
        path,
        Load::Get,
        CLIENTS,
        setup.seconds(),
    );
    let mut clients = Background::start(&mut command)?;
    let mut most = idle;
    while clients.is_running() {
        most = most.max(memory(&server)?);
        thread::sleep(Duration::from_millis(5));
    }
    load::check(server.address(), path, Load::Get, LENGTH)?;
    Ok(exact(most) - exact(idle))
}

/// Bytes in memory that are not pages of files.
fn memory(server: &Server) -> Result<u64, String> {
    let anonymous = status_sum(server.id(), "RssAnon")?;
    Ok((anonymous + status_sum(server.id(), "RssShmem")?) * 1024)
}
