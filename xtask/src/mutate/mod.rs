//! `cargo xtask mutate`: is the exploration of the session machine able to fail?
//!
//! Each mutation is applied to a copy of `core`. The copy must still compile and its exploration
//! must fail: a mutation that survives is a rule that no test defends.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::mutations::{MUTATIONS, Mutation};
use crate::workspace::{Workspace, cargo_in, describe, output, write};

const EXPLORATION: [&str; 9] = [
    "test",
    "--offline",
    "--quiet",
    "--no-run",
    "--message-format=json",
    "--package",
    "isapi-core",
    "--test",
    "exploration",
];

/// A machine that never comes to an end has been noticed too.
const TIME_LIMIT: Duration = Duration::from_secs(300);

/// Applies every mutation in turn.
pub(crate) fn run(workspace: &Workspace) -> Result<(), String> {
    let copy = Copy::make(workspace)?;
    println!("the machine as it is");
    if copy.explore()? != Verdict::Holds {
        return Err("the exploration fails on the machine as it is".to_owned());
    }
    let mut survivors = Vec::new();
    for (index, mutation) in MUTATIONS.iter().enumerate() {
        let verdict = copy.explore_with(workspace, mutation)?;
        println!(
            "{:2} of {}: {}: {verdict:?}",
            index + 1,
            MUTATIONS.len(),
            mutation.breaks
        );
        if verdict == Verdict::Holds {
            survivors.push(mutation.breaks);
        }
    }
    if !survivors.is_empty() {
        return Err(format!("not noticed: {}", survivors.join("; ")));
    }
    println!("{} mutations, all noticed", MUTATIONS.len());
    Ok(())
}

/// What the exploration said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// Every invariant held.
    Holds,
    /// A test failed.
    Noticed,
    /// It was still running at the time limit.
    NeverEnded,
}

/// A workspace in the target directory with a copy of `core` as its only member.
struct Copy {
    root: PathBuf,
}

impl Copy {
    fn make(workspace: &Workspace) -> Result<Copy, String> {
        let root = workspace.target("mutate");
        let core = root.join("core");
        if core.exists() {
            fs::remove_dir_all(&core).map_err(|error| describe(&core, &error))?;
        }
        copy_folder(&workspace.path("core"), &core)?;
        write(
            &root.join("Cargo.toml"),
            &with_one_member(&workspace.read("Cargo.toml")?)?,
        )?;
        write(&root.join("Cargo.lock"), &workspace.read("Cargo.lock")?)?;
        Ok(Copy { root })
    }

    fn explore_with(&self, workspace: &Workspace, mutation: &Mutation) -> Result<Verdict, String> {
        let original = workspace.read(mutation.file)?;
        let file = self.root.join(mutation.file);
        write(&file, &apply(mutation, &original)?)?;
        let verdict = self
            .explore()
            .map_err(|error| format!("{}: {error}", mutation.breaks));
        write(&file, &original)?;
        verdict
    }

    fn explore(&self) -> Result<Verdict, String> {
        let mut tests = Command::new(self.compile()?)
            .current_dir(self.root.join("core"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("the exploration does not start: {error}"))?;
        let start = Instant::now();
        while start.elapsed() < TIME_LIMIT {
            if let Some(status) = tests.try_wait().map_err(|error| error.to_string())? {
                return Ok(if status.success() {
                    Verdict::Holds
                } else {
                    Verdict::Noticed
                });
            }
            thread::sleep(Duration::from_millis(50));
        }
        tests.kill().map_err(|error| error.to_string())?;
        tests.wait().map_err(|error| error.to_string())?;
        Ok(Verdict::NeverEnded)
    }

    /// Builds the exploration and says where its program lies.
    fn compile(&self) -> Result<PathBuf, String> {
        let mut command = cargo_in(&self.root, EXPLORATION);
        command.env("CARGO_TARGET_DIR", self.root.join("target"));
        let messages = output(&mut command)?;
        messages
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|message| message["target"]["name"] == "exploration")
            .find_map(|message| message["executable"].as_str().map(PathBuf::from))
            .ok_or_else(|| "cargo built no exploration".to_owned())
    }
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

/// The workspace's manifest with `core` as the only member.
fn with_one_member(manifest: &str) -> Result<String, String> {
    let (before, rest) = manifest
        .split_once("members = [")
        .ok_or("no members in Cargo.toml")?;
    let (_, rest) = rest
        .split_once("]\n")
        .ok_or("no end of members in Cargo.toml")?;
    let rest: Vec<&str> = rest
        .lines()
        .filter(|line| !line.starts_with("default-members"))
        .collect();
    Ok(format!(
        "{before}members = [\"core\"]\n{}\n",
        rest.join("\n")
    ))
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), String> {
    fs::create_dir_all(to).map_err(|error| describe(to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| describe(from, &error))? {
        let entry = entry.map_err(|error| describe(from, &error))?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target).map_err(|error| describe(&target, &error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{apply, with_one_member};
    use crate::mutations::MUTATIONS;
    use crate::workspace::Workspace;

    #[test]
    fn every_mutation_finds_its_place_in_the_session_as_it_is() {
        let workspace = Workspace::discover().expect("the workspace reads");
        for mutation in &MUTATIONS {
            let original = workspace.read(mutation.file).expect("the file exists");
            let mutated = apply(mutation, &original).expect("the place is found once");
            assert_ne!(mutated, original, "{} changes nothing", mutation.breaks);
        }
    }

    #[test]
    fn only_the_session_stays_a_member() {
        let manifest = "[workspace]\nmembers = [\n    \"abi\",\n    \"core\",\n]\n\
                        default-members = [\"host\"]\n\n[workspace.package]\n";
        assert_eq!(
            with_one_member(manifest).expect("it is a workspace"),
            "[workspace]\nmembers = [\"core\"]\n\n[workspace.package]\n"
        );
    }
}
