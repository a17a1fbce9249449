//! `cargo xtask test`: the steps, in order, each timed, and what became of them.

use std::env;
use std::io::{self, IsTerminal};
use std::time::Instant;

use crate::workspace::{Workspace, run as execute};
use crate::{abi_check, docs, extensions, msrv, mutate, purity};

type Step = fn(&Workspace) -> Result<(), String>;

/// Cheap steps come first, so that a slip is told early.
const STEPS: &[(&str, Step)] = &[
    ("fmt", fmt),
    ("msrv", msrv::check),
    ("purity", purity::check),
    ("clippy", clippy),
    ("rustdoc", rustdoc),
    ("tests", tests),
    ("loom", loom),
    ("mutate", mutate::run),
    ("abi-check", |_| abi_check::run()),
    ("docs", docs::check),
];

/// Runs the named steps, all when none is named. A failed step does not keep the later ones from
/// running: one run tells everything that is wrong.
pub(crate) fn run(workspace: &Workspace, names: &[&str]) -> Result<(), String> {
    if let Some(unknown) = names
        .iter()
        .find(|name| STEPS.iter().all(|(step, _)| step != *name))
    {
        let known: Vec<_> = STEPS.iter().map(|(step, _)| *step).collect();
        return Err(format!(
            "no step {unknown:?}; there are: {}",
            known.join(" ")
        ));
    }
    let mut passed = 0;
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        if !names.is_empty() && !names.contains(name) {
            continue;
        }
        println!("== {name}");
        let start = Instant::now();
        let result = step(workspace);
        let seconds = start.elapsed().as_secs_f32();
        match result {
            Ok(()) => {
                passed += 1;
                println!("== {name}: passed in {seconds:.1} s");
            }
            Err(message) => {
                failed.push(*name);
                println!("{message}\n== {name}: FAILED in {seconds:.1} s");
            }
        }
    }
    if failed.is_empty() {
        println!("{passed} steps passed, 0 failed");
        return Ok(());
    }
    println!("{passed} steps passed, {} failed", failed.len());
    Err(format!("failed: {}", failed.join(", ")))
}

fn fmt(workspace: &Workspace) -> Result<(), String> {
    let mut command = workspace.cargo(["fmt", "--all", "--check"]);
    if !io::stdout().is_terminal() {
        // rustfmt asks the terminal's name alone for what it may do with colours.
        command.env("TERM", "dumb");
    }
    execute(&mut command)
}

fn clippy(workspace: &Workspace) -> Result<(), String> {
    let arguments = [
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ];
    execute(&mut workspace.cargo(arguments))
}

fn rustdoc(workspace: &Workspace) -> Result<(), String> {
    let arguments = [
        "doc",
        "--locked",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ];
    execute(workspace.cargo(arguments).env("RUSTDOCFLAGS", "-Dwarnings"))
}

/// Unit, integration and documentation tests. Some load the extension modules, so those come first.
fn tests(workspace: &Workspace) -> Result<(), String> {
    extensions::build(workspace)?;
    execute(&mut workspace.cargo(["test", "--locked", "--workspace", "--no-fail-fast"]))
}

/// The models of what threads may do to each other. The flag changes every crate's fingerprint,
/// hence a target directory of its own.
fn loom(workspace: &Workspace) -> Result<(), String> {
    let flags = env::var("RUSTFLAGS").unwrap_or_default();
    let arguments = [
        "test",
        "--locked",
        "--package",
        "isapi-bridge",
        "--release",
        "--test",
        "loom",
    ];
    execute(
        workspace
            .cargo(arguments)
            .env("RUSTFLAGS", format!("{flags} --cfg isapi_loom"))
            .env("CARGO_TARGET_DIR", workspace.target("loom")),
    )
}
