//! What a blocking extension does to its neighbours.

use super::super::Setup;
use super::super::cases::Case;
use super::super::duel::{P99, Rounds};
use super::super::figures::Unit;
use super::super::goal::Goal;
use super::super::load::{self, Background, CONNECTIONS, Load};
use super::super::report::Row;
use super::super::servers::Kind;

/// How many clients the blocking extension has.
const BLOCKED_CLIENTS: u32 = 200;

pub(crate) fn measure(setup: &Setup, case: &Case) -> Result<Vec<Row>, String> {
    let server = Kind::Isapi.start(setup)?;
    load::check(server.address(), "/hello", Load::Get, 17)?;
    load::check(server.address(), "/sleep", Load::Get, 17)?;
    let seconds = setup.seconds();
    let hello = || load::run(setup, &server, "/hello", Load::Get, CONNECTIONS, seconds);
    hello()?;
    let mut rounds = Rounds::default();
    for _ in 0..setup.rounds(5) {
        rounds.peer.push(hello()?);
        let blocking = Background::start(&mut load::client(
            setup,
            server.address(),
            "/sleep",
            Load::Get,
            BLOCKED_CLIENTS,
            seconds + 1,
        ))?;
        rounds.ours.push(hello()?);
        // Its calls are over when it is: the next round has none of them.
        blocking.wait()?;
    }
    let row = rounds.row(case, "p99 of the hello", P99, Unit::Microseconds)?;
    Ok(vec![row.peer_name("alone").goal(Some(Goal::AtMost(2.0)))])
}
