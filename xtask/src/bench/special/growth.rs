//! Whether a request costs more where there is more: two of our servers against each other, one with
//! much and one with little.

use std::fs;
use std::path::PathBuf;

use crate::workspace::describe;

use super::super::Setup;
use super::super::build::create;
use super::super::cases::Case;
use super::super::duel::{FLAT, PROCESSOR, Target, interleave};
use super::super::figures::Unit;
use super::super::load::{self, Load};
use super::super::report::Row;
use super::super::servers::{Kind, Server, Site, extension};
use super::pending::PendingClient;

const SESSIONS: usize = 10_000;
const EXTENSIONS: usize = 200;
const HANDLERS: usize = 500;

pub(crate) fn measure(setup: &Setup, case: &Case) -> Result<Vec<Row>, String> {
    Ok(vec![
        sessions(setup, case)?,
        extensions(setup, case)?,
        handlers(setup, case)?,
    ])
}

fn sessions(setup: &Setup, case: &Case) -> Result<Row, String> {
    let many = Kind::Isapi.start(setup)?;
    let few = Kind::Isapi.start(setup)?;
    let client = PendingClient::start(setup, &many, SESSIONS)?;
    let what = format!("CPU per request, {SESSIONS} pending sessions");
    let row = compare(setup, case, &what, (&many, "/hello"), (&few, "/hello"))?;
    client.release()?;
    Ok(row.peer_name("none:"))
}

fn extensions(setup: &Setup, case: &Case) -> Result<Row, String> {
    let mut many = Site::empty();
    for number in 0..EXTENSIONS {
        many.module(&format!("/hello-{number}"), &copy(setup, number)?);
    }
    let mut few = Site::empty();
    few.module("/hello", &extension(setup, "hello"));
    let (many, few) = (many.start(setup)?, few.start(setup)?);
    let what = format!("CPU per request, {EXTENSIONS} loaded extensions");
    let path = format!("/hello-{}", EXTENSIONS - 1);
    let row = compare(setup, case, &what, (&many, &path), (&few, "/hello"))?;
    Ok(row.peer_name("1:"))
}

fn handlers(setup: &Setup, case: &Case) -> Result<Row, String> {
    let module = extension(setup, "hello");
    let site = |count| {
        let mut site = Site::empty();
        for number in 0..count {
            site.handler(&format!("*.h{number}"), &module);
        }
        site.start(setup)
    };
    let (many, few) = (site(HANDLERS)?, site(1)?);
    let what = format!("CPU per request, {HANDLERS} handlers, the last one's");
    let path = format!("/hello.h{}", HANDLERS - 1);
    let row = compare(setup, case, &what, (&many, &path), (&few, "/hello.h0"))?;
    Ok(row.peer_name("1:"))
}

fn compare(
    setup: &Setup,
    case: &Case,
    what: &str,
    many: (&Server, &str),
    few: (&Server, &str),
) -> Result<Row, String> {
    let [many, few] = [many, few].map(|(server, path)| Target { server, path });
    for target in [many, few] {
        load::check(target.server.address(), target.path, Load::Get, 17)?;
    }
    let rounds = interleave(setup, many, few, None, Load::Get, 5)?;
    let row = rounds.row(case, what, PROCESSOR, Unit::Microseconds)?;
    Ok(row.goal(Some(FLAT)))
}

/// A module of its own: one that is named twice is loaded once.
fn copy(setup: &Setup, number: usize) -> Result<PathBuf, String> {
    let folder = setup.folder.join("copies");
    create(&folder)?;
    let from = extension(setup, "hello");
    let to = folder.join(format!("hello-{number}.so"));
    fs::copy(&from, &to).map_err(|error| describe(&from, &error))?;
    Ok(to)
}
