//! `cargo xtask test`: the steps, in order, each timed, and what became of them.

use std::env;
use std::io::{self, IsTerminal};
use std::time::Instant;

use crate::workspace::{Workspace, run as execute};
use crate::{abi_check, docs, extensions, instructions, msrv, mutate, purity, windows};

type Step = fn(&Workspace) -> Result<(), String>;

/// Cheap steps come first, so that a slip is told early.
const STEPS: &[(&str, Step)] = &[
    ("fmt", fmt),
    ("msrv", msrv::check),
    ("purity", purity::check),
    ("clippy", clippy),
    ("rustdoc", rustdoc),
    ("tests", tests),
    ("file-safety", file_safety),
    ("loom", loom),
    ("mutate", mutate::run),
    ("abi-check", |_| abi_check::run()),
    ("docs", docs::check),
    ("instructions", instructions::check),
    ("windows-check", windows::check),
    ("windows", |workspace| windows::test(workspace, "")),
];

/// The steps that `--without-windows` leaves out.
const WINDOWS: [&str; 2] = ["windows-check", "windows"];

/// The option for that.
const WITHOUT_WINDOWS: &str = "--without-windows";

/// Runs the steps that `arguments` choose. A failed step does not keep the later ones from running:
/// one run tells everything that is wrong.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<(), String> {
    let choice = Choice::parse(arguments)?;
    let mut passed = 0;
    let mut failed = Vec::new();
    for (name, step) in STEPS {
        if !choice.contains(name) {
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
    let left_out = if choice.without_windows {
        "; WITHOUT the Windows leg"
    } else {
        ""
    };
    println!("{passed} steps passed, {} failed{left_out}", failed.len());
    if failed.is_empty() {
        return Ok(());
    }
    Err(format!("failed: {}{left_out}", failed.join(", ")))
}

/// Which steps run.
#[derive(Debug, PartialEq, Eq)]
struct Choice<'a> {
    /// All when none is named.
    names: Vec<&'a str>,
    without_windows: bool,
}

impl<'a> Choice<'a> {
    fn parse(arguments: &[&'a str]) -> Result<Choice<'a>, String> {
        let (options, names): (Vec<_>, Vec<_>) = arguments
            .iter()
            .copied()
            .partition(|&argument| argument == WITHOUT_WINDOWS);
        let choice = Choice {
            names,
            without_windows: !options.is_empty(),
        };
        for &name in &choice.names {
            if STEPS.iter().all(|(step, _)| *step != name) {
                let known: Vec<_> = STEPS.iter().map(|(step, _)| *step).collect();
                return Err(format!("no step {name:?}; there are: {}", known.join(" ")));
            }
            if !choice.contains(name) {
                return Err(format!("{WITHOUT_WINDOWS} leaves {name} out"));
            }
        }
        Ok(choice)
    }

    fn contains(&self, name: &str) -> bool {
        (self.names.is_empty() || self.names.contains(&name))
            && !(self.without_windows && WINDOWS.contains(&name))
    }
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
        "--features",
        "isapi-windows-tests/leg",
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

/// All rounds of what may happen to a file that is being sent, against the server program: its death
/// is to be seen.
fn file_safety(workspace: &Workspace) -> Result<(), String> {
    if cfg!(not(unix)) {
        return Err("what the file safety matrix does to files, only Unix allows".to_owned());
    }
    extensions::build(workspace)?;
    let program = [
        "build",
        "--locked",
        "--release",
        "--package",
        "isapi-host",
        "--bin",
        "isapi",
    ];
    execute(&mut workspace.cargo(program))?;
    let arguments = [
        "test",
        "--locked",
        "--release",
        "--package",
        "isapi-file-safety",
        "--",
        "--nocapture",
    ];
    execute(
        workspace
            .cargo(arguments)
            .env("ISAPI_TEST_PROGRAM", workspace.target("release/isapi"))
            .env("ISAPI_FILE_SAFETY_ROUNDS", "100"),
    )
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

#[cfg(test)]
mod tests {
    use super::{Choice, STEPS, WINDOWS};

    fn steps(arguments: &[&str]) -> Vec<&'static str> {
        let choice = Choice::parse(arguments).expect("there are such steps");
        STEPS
            .iter()
            .map(|(step, _)| *step)
            .filter(|step| choice.contains(step))
            .collect()
    }

    #[test]
    fn without_names_every_step_runs() {
        assert_eq!(steps(&[]).len(), STEPS.len());
        assert_eq!(steps(&["docs", "fmt"]), ["fmt", "docs"]);
    }

    #[test]
    fn the_windows_leg_can_be_left_out_and_nothing_else_is() {
        let left = steps(&["--without-windows"]);
        assert_eq!(left.len(), STEPS.len() - WINDOWS.len());
        assert!(WINDOWS.iter().all(|step| !left.contains(step)));
        assert_eq!(steps(&["--without-windows", "tests"]), ["tests"]);
    }

    #[test]
    fn a_step_that_does_not_exist_or_is_left_out_is_an_error() {
        let unknown = Choice::parse(&["test"]).expect_err("the step is called tests");
        assert!(unknown.starts_with("no step \"test\"; there are: fmt "));
        let both = Choice::parse(&["windows", "--without-windows"]).expect_err("it contradicts");
        assert_eq!(both, "--without-windows leaves windows out");
    }
}
