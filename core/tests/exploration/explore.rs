//! Breadth-first over everything that can happen, until no new state appears.

use std::collections::{HashMap, HashSet, VecDeque};

use crate::input::Input;
use crate::scenarios::Scenario;
use crate::table::Table;

/// How many worlds of each combination of states get every input there is, beside those that their
/// scenario has.
const SAMPLES: u8 = 16;

/// Explores one scenario, records its transitions, and says how many states it has.
pub(crate) fn explore(scenario: &Scenario, table: &mut Table) -> usize {
    let first = scenario.world();
    let mut seen = HashSet::from([first.clone()]);
    let mut open = VecDeque::from([(first, Vec::<Input>::new())]);
    let mut ended = false;
    let mut sampled = HashMap::<_, u8>::new();
    while let Some((world, path)) = open.pop_front() {
        let step = |input| {
            let mut next = world.clone();
            let step = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| next.apply(input)))
                .unwrap_or_else(|_| panic!("{}: after {path:?} {input:?}", scenario.name));
            (next, step)
        };
        let samples = sampled.entry(world.session.state_names()).or_default();
        if *samples < SAMPLES {
            *samples += 1;
            for input in world.possible() {
                table.record(input, &step(input).1);
            }
        }
        for input in world.enabled() {
            let mut path = path.clone();
            path.push(input);
            let (next, seen_step) = step(input);
            table.record(input, &seen_step);
            if next.is_finished() {
                ended = true;
                next.check_late_inputs(path.iter().copied());
            }
            if seen.insert(next.clone()) {
                open.push_back((next, path));
            }
        }
    }
    assert!(
        ended,
        "{}: no order of events ends the session",
        scenario.name
    );
    seen.len()
}

/// Every input of every scenario in every state that was reached.
pub(crate) fn explore_all() -> (Table, Vec<(&'static str, usize)>) {
    let mut table = Table::default();
    let counts = crate::scenarios::ALL
        .iter()
        .map(|scenario| (scenario.name, explore(scenario, &mut table)))
        .collect();
    (table, counts)
}
