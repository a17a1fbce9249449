//! The session machine and its exploration.

use std::path::PathBuf;
use std::process::Command;

use super::machine_mutations::MUTATIONS;
use super::{Verdict, build_tests, replace_folder, run_tests, with_mutation};
use crate::workspace::{Workspace, write};

/// Breaks the machine in every way; the names of the rules for which nobody noticed.
pub(super) fn run(workspace: &Workspace) -> Result<Vec<&'static str>, String> {
    let copy = Copy::make(workspace)?;
    println!("the machine as it is");
    if copy.explore()? != Verdict::Holds {
        return Err("the exploration fails on the machine as it is".to_owned());
    }
    let mut survivors = Vec::new();
    for (index, mutation) in MUTATIONS.iter().enumerate() {
        let verdict = with_mutation(workspace, &copy.root, mutation, || copy.explore())?;
        let (number, all) = (index + 1, MUTATIONS.len());
        println!("{number:2} of {all}: {}: {verdict:?}", mutation.breaks);
        if verdict == Verdict::Holds {
            survivors.push(mutation.breaks);
        }
    }
    Ok(survivors)
}

/// A workspace in the target directory with a copy of `core` as its only member.
struct Copy {
    root: PathBuf,
}

impl Copy {
    fn make(workspace: &Workspace) -> Result<Copy, String> {
        let root = workspace.target("mutate");
        replace_folder(&workspace.path("core"), &root.join("core"))?;
        write(
            &root.join("Cargo.toml"),
            &with_one_member(&workspace.read("Cargo.toml")?)?,
        )?;
        write(&root.join("Cargo.lock"), &workspace.read("Cargo.lock")?)?;
        Ok(Copy { root })
    }

    fn explore(&self) -> Result<Verdict, String> {
        let arguments = ["--package", "isapi-core", "--test", "exploration"];
        let tests = build_tests(&self.root, &arguments, "exploration")?;
        run_tests(Command::new(tests).current_dir(self.root.join("core")))
    }
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

#[cfg(test)]
mod tests {
    use super::with_one_member;

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
