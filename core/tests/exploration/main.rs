//! Every order of events, over the real session.
//!
//! The worlds of `scenarios` are walked breadth-first until no new state appears; after each step
//! the invariants of `world` are checked.

mod explore;
mod input;
mod scenarios;
mod table;
mod world;

/// The arrows of the diagram in `state.rs`.
const LIFECYCLE: [(&str, &str); 12] = [
    ("ReadingAhead", "Ended"),
    ("ReadingAhead", "InProc"),
    ("InProc", "Pending"),
    ("InProc", "Ended"),
    ("InProc", "DoneEarly"),
    ("InProc", "Closing"),
    ("InProc", "Closing (in call)"),
    ("Pending", "Ended"),
    ("Pending", "Closing"),
    ("Closing (in call)", "DoneEarly"),
    ("Closing", "Ended"),
    ("DoneEarly", "Ended"),
];

#[test]
fn every_order_of_events_keeps_the_invariants() {
    let (table, counts) = explore::explore_all();
    for (name, states) in &counts {
        println!("{states:>7} states: {name}");
    }
    println!(
        "{:>7} states in all",
        counts.iter().map(|(_, states)| states).sum::<usize>()
    );

    for (from, to) in LIFECYCLE {
        assert!(
            table.has_lifecycle_step(from, to),
            "never taken: {from} -> {to}"
        );
    }

    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");
    // `cargo xtask mutate` copies this crate alone, without docs beside it.
    if std::path::Path::new(docs).exists() {
        let page = std::fs::read_to_string(format!("{docs}/session.md")).expect("docs/session.md");
        assert!(
            page.contains(&table.to_markdown()),
            "docs/session.md is stale: run `cargo xtask docs`"
        );
    }
}
