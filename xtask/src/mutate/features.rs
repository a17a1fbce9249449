//! What is around the session machine, and the conformance tests.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::feature_mutations::FEATURES;
use super::{Mutation, Verdict, build_tests, copy_file, replace_folder, run_tests, with_mutation};
use crate::workspace::{Workspace, describe, output};

/// The package whose tests defend the features.
const PACKAGE: &str = "isapi-conformance";

/// One feature, and the test that notices when its code is gone.
#[derive(Debug)]
pub(super) struct Feature {
    pub(super) mutation: Mutation,
    /// The test program of the conformance tests.
    pub(super) program: &'static str,
    /// The test in it.
    pub(super) test: &'static str,
}

/// Takes every feature away; the names of those that nobody missed.
pub(super) fn run(workspace: &Workspace) -> Result<Vec<&'static str>, String> {
    let copy = Copy::make(workspace)?;
    println!("the features as they are");
    for feature in FEATURES {
        copy.expect_passed(feature)?;
    }
    let mut survivors = Vec::new();
    for (index, feature) in FEATURES.iter().enumerate() {
        let mutation = &feature.mutation;
        let attempt = || run_tests(&mut copy.command(feature)?);
        let verdict = with_mutation(workspace, &copy.root, mutation, attempt)?;
        let (number, all) = (index + 1, FEATURES.len());
        println!("{number:2} of {all}: {}: {verdict:?}", mutation.breaks);
        if verdict == Verdict::Holds {
            survivors.push(mutation.breaks);
        }
    }
    Ok(survivors)
}

/// A copy of the whole workspace in the target directory.
struct Copy {
    root: PathBuf,
}

impl Copy {
    /// Everything but what is built and what begins with a dot.
    fn make(workspace: &Workspace) -> Result<Copy, String> {
        let from = workspace.path("");
        let root = workspace.target("mutate-features");
        fs::create_dir_all(&root).map_err(|error| describe(&root, &error))?;
        let entries = fs::read_dir(&from).map_err(|error| describe(&from, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| describe(&from, &error))?;
            let name = entry.file_name();
            let is_hidden = name.to_string_lossy().starts_with('.');
            let (source, target) = (entry.path(), root.join(&name));
            if is_hidden || source == workspace.target("") || name == "target" {
                continue;
            }
            if source.is_dir() {
                replace_folder(&source, &target)?;
            } else {
                copy_file(&source, &target)?;
            }
        }
        Ok(Copy { root })
    }

    /// The test of a feature passes, and is there.
    fn expect_passed(&self, feature: &Feature) -> Result<(), String> {
        let said = output(&mut self.command(feature)?)?;
        if said.contains("test result: ok. 1 passed") {
            return Ok(());
        }
        Err(format!("{} has no test {}", feature.program, feature.test))
    }

    fn command(&self, feature: &Feature) -> Result<Command, String> {
        let arguments = ["--package", PACKAGE, "--test", feature.program];
        let tests = build_tests(&self.root, &arguments, feature.program)?;
        let mut command = Command::new(tests);
        command.args(["--exact", feature.test]);
        Ok(command)
    }
}
