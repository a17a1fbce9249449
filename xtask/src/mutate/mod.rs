//! `cargo xtask mutate`: are the tests able to fail?
//!
//! Each mutation is applied to a copy of the sources, which must still compile. Then the tests that
//! defend the rule must fail: a mutation that survives is a rule that no test defends. The rules of
//! the session machine are defended by its exploration, those around it each by a test of its own.

mod feature_mutations;
mod features;
mod machine;
mod machine_mutations;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::workspace::{Workspace, cargo_in, describe, output, write};

/// A machine that never comes to an end has been noticed too.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// One replacement in one file, and the rule that breaks with it.
#[derive(Debug)]
struct Mutation {
    /// The rule that no longer holds.
    breaks: &'static str,
    /// Relative to the root of the repository.
    file: &'static str,
    /// Stands in the file exactly once.
    from: &'static str,
    /// Stands there instead; the crate still compiles.
    to: &'static str,
}

/// What the tests said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// They passed.
    Holds,
    /// One failed.
    Noticed,
    /// They were still running at the time limit.
    NeverEnded,
}

/// Applies every mutation in turn.
pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    let mut survivors = machine::run(workspace)?;
    survivors.extend(features::run(workspace)?);
    if !survivors.is_empty() {
        return Err(format!("not noticed: {}", survivors.join("; ")));
    }
    println!("every mutation was noticed");
    Ok(())
}

/// Puts `mutation` into the copy at `root`, tries it, and takes it out again.
fn with_mutation(
    workspace: &Workspace,
    root: &Path,
    mutation: &Mutation,
    attempt: impl FnOnce() -> Result<Verdict, String>,
) -> Result<Verdict, String> {
    let original = workspace.read(mutation.file)?;
    let file = root.join(mutation.file);
    write(&file, &apply(mutation, &original)?)?;
    let verdict = attempt().map_err(|error| format!("{}: {error}", mutation.breaks));
    write(&file, &original)?;
    verdict
}

/// `original` with the mutation, whose place must be found exactly once.
fn apply(mutation: &Mutation, original: &str) -> Result<String, String> {
    let places = original.matches(mutation.from).count();
    if places != 1 {
        return Err(format!(
            "{}: the text to replace stands {places} times in {}",
            mutation.breaks, mutation.file
        ));
    }
    Ok(original.replacen(mutation.from, mutation.to, 1))
}

/// Builds the tests that `arguments` ask for in the workspace at `root`, and says where the program
/// of the test `target` lies.
fn build_tests(root: &Path, arguments: &[&str], target: &str) -> Result<PathBuf, String> {
    let fixed = [
        "test",
        "--offline",
        "--quiet",
        "--no-run",
        "--message-format=json",
    ];
    let mut command = cargo_in(root, fixed.iter().chain(arguments).copied());
    command.env("CARGO_TARGET_DIR", root.join("target"));
    let messages = output(&mut command)?;
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == target)
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| format!("cargo built no {target}"))
}

/// Runs a test program to its end, or to the time limit.
fn run_tests(tests: &mut Command) -> Result<Verdict, String> {
    let mut running = tests
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("the tests do not start: {error}"))?;
    let start = Instant::now();
    while start.elapsed() < TIME_LIMIT {
        if let Some(status) = running.try_wait().map_err(|error| error.to_string())? {
            return Ok(if status.success() {
                Verdict::Holds
            } else {
                Verdict::Noticed
            });
        }
        thread::sleep(Duration::from_millis(50));
    }
    running.kill().map_err(|error| error.to_string())?;
    running.wait().map_err(|error| error.to_string())?;
    Ok(Verdict::NeverEnded)
}

/// Replaces the folder `to` by a copy of `from`.
fn replace_folder(from: &Path, to: &Path) -> Result<(), String> {
    if to.exists() {
        fs::remove_dir_all(to).map_err(|error| describe(to, &error))?;
    }
    copy_folder(from, to)
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), String> {
    fs::create_dir_all(to).map_err(|error| describe(to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| describe(from, &error))? {
        let entry = entry.map_err(|error| describe(from, &error))?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            copy_file(&entry.path(), &target)?;
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to).map_err(|error| describe(to, &error))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::feature_mutations::FEATURES;
    use super::machine_mutations::MUTATIONS;
    use super::{Mutation, apply};
    use crate::workspace::Workspace;

    #[test]
    fn every_mutation_finds_its_place_in_the_sources_as_they_are() {
        let workspace = Workspace::discover().expect("the workspace reads");
        let features = FEATURES.iter().map(|feature| &feature.mutation);
        let mutations: Vec<&Mutation> = MUTATIONS.iter().chain(features).collect();
        for mutation in mutations {
            let original = workspace.read(mutation.file).expect("the file exists");
            let mutated = apply(mutation, &original).expect("the place is found once");
            assert_ne!(mutated, original, "{} changes nothing", mutation.breaks);
        }
    }
}
