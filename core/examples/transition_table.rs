//! Prints the tables of `docs/session.md`, made by driving the session with everything that can
//! happen in every state that is reached.

#[path = "../tests/exploration/explore.rs"]
mod explore;
#[path = "../tests/exploration/input.rs"]
mod input;
#[path = "../tests/exploration/scenarios.rs"]
mod scenarios;
#[path = "../tests/exploration/table.rs"]
mod table;
#[path = "../tests/exploration/world.rs"]
mod world;

fn main() {
    print!("{}", explore::explore_all().0.to_markdown());
}
