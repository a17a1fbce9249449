//! The transitions that were taken, as the tables of `docs/session.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::input::Input;
use crate::world::Seen;

/// The axes of a session, as `Session::state_names` orders them.
pub(crate) const AXES: [&str; 4] = [
    "Lifecycle",
    "Response",
    "Request body",
    "Asynchronous operation",
];

#[derive(Debug, Default)]
pub(crate) struct Table {
    /// For each axis: (state, input) to the states it led to.
    moves: [BTreeMap<(&'static str, &'static str), BTreeSet<&'static str>>; 4],
    /// (lifecycle, command) to the answers it got.
    answers: BTreeMap<(&'static str, &'static str), BTreeSet<String>>,
}

impl Table {
    pub(crate) fn record(&mut self, input: Input, seen: &Seen) {
        for ((moves, before), after) in self.moves.iter_mut().zip(seen.before).zip(seen.after) {
            moves
                .entry((before, input.name()))
                .or_default()
                .insert(after);
        }
        if input.is_command() {
            self.answers
                .entry((seen.before[0], input.name()))
                .or_default()
                .insert(seen.answer.clone());
        }
    }

    /// Was this step of the lifecycle ever taken?
    #[allow(dead_code, reason = "the example only prints the table")]
    pub(crate) fn has_lifecycle_step(&self, from: &str, to: &str) -> bool {
        self.moves[0]
            .iter()
            .any(|((before, _), after)| *before == from && after.contains(to))
    }

    pub(crate) fn to_markdown(&self) -> String {
        let mut text = String::new();
        for (axis, moves) in AXES.iter().zip(&self.moves) {
            let _ = write!(text, "### {axis}\n\n| in | on | goes to |\n|---|---|---|\n");
            for ((before, input), after) in moves {
                if after.iter().all(|after| after == before) {
                    continue;
                }
                let after: Vec<&str> = after.iter().copied().collect();
                let _ = writeln!(text, "| {before} | {input} | {} |", after.join(" or "));
            }
            text.push('\n');
        }
        text.push_str("### Answers\n\n| in | call | answers |\n|---|---|---|\n");
        for ((before, input), answers) in &self.answers {
            let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
            let _ = writeln!(text, "| {before} | {input} | {} |", answers.join(", "));
        }
        text
    }
}
