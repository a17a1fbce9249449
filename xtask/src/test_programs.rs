//! Compiled test programs: which there are, and the names of their tests.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::workspace::{Workspace, output};

/// The folder of the crate whose tests are named without it.
const CONFORMANCE: &str = "tests/conformance";

/// A compiled test program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TestProgram {
    /// The file to run.
    pub(crate) executable: PathBuf,
    /// The folder of its package, in which it is to be run.
    pub(crate) folder: PathBuf,
    /// It comes from a package's folder of tests, not from its sources.
    pub(crate) is_integration_test: bool,
    /// What stands before the names of its tests.
    pub(crate) prefix: String,
}

impl TestProgram {
    /// The program, to be run on this machine in the folder of its package.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.executable);
        command.current_dir(&self.folder);
        command
    }

    /// The name of a test by which files of this repository name it.
    pub(crate) fn full_name(&self, test: &str) -> String {
        format!("{}{test}", self.prefix)
    }

    /// What the names of its tests have in common.
    pub(crate) fn title(&self) -> &str {
        self.prefix.trim_end_matches(':')
    }
}

/// The names of the tests of the program that `command` runs, as it tells them; `arguments`
/// restrict them.
pub(crate) fn names(mut command: Command, arguments: &[&str]) -> Result<Vec<String>, String> {
    let list = output(command.args(["--list", "--format=terse"]).args(arguments))?;
    Ok(test_names(&list))
}

/// The names in lines of `NAME: test`. Windows programs end theirs with a carriage return.
fn test_names(list: &str) -> Vec<String> {
    list.lines()
        .filter_map(|line| line.trim_end().strip_suffix(": test"))
        .map(str::to_owned)
        .collect()
}

/// Compiles with `command`, a `cargo test --no-run` without its form of messages, and tells what
/// came of it.
pub(crate) fn build(
    workspace: &Workspace,
    command: &mut Command,
) -> Result<Vec<TestProgram>, String> {
    let messages = output(
        command
            .args(["--no-run", "--message-format=json-render-diagnostics"])
            .stderr(Stdio::inherit()),
    )?;
    Ok(programs(&messages, &workspace.path("")))
}

/// The test programs among cargo's messages, which are one JSON value a line.
fn programs(messages: &str, root: &Path) -> Vec<TestProgram> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["profile"]["test"] == true)
        .filter_map(|message| {
            let manifest = Path::new(message["manifest_path"].as_str()?);
            let package = manifest.parent()?;
            let folder = package.strip_prefix(root).ok()?.to_str()?;
            let is_test = message["target"]["kind"]
                .as_array()?
                .iter()
                .any(|kind| kind == "test");
            let target = message["target"]["name"].as_str()?;
            let parts = [
                (folder != CONFORMANCE).then_some(folder),
                is_test.then_some(target),
            ];
            let prefix = parts.into_iter().flatten().map(|part| format!("{part}::"));
            Some(TestProgram {
                executable: PathBuf::from(message["executable"].as_str()?),
                folder: package.to_owned(),
                is_integration_test: is_test,
                prefix: prefix.collect(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::{TestProgram, programs, test_names};

    #[test]
    fn only_tests_are_listed() {
        let list = "log::so::a: test\r\nb: test\nc: benchmark\n\n";
        assert_eq!(test_names(list), ["log::so::a", "b"]);
    }

    #[test]
    fn programs_are_prefixed_by_their_crate_and_target() {
        let messages = r#"not json
{"reason":"compiler-artifact","manifest_path":"/w/core/Cargo.toml","target":{"name":"isapi_core","kind":["lib"]},"profile":{"test":true},"executable":"/t/core"}
{"reason":"compiler-artifact","manifest_path":"/w/core/Cargo.toml","target":{"name":"isapi_core","kind":["lib"]},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","manifest_path":"/w/bridge/Cargo.toml","target":{"name":"it","kind":["test"]},"profile":{"test":true},"executable":"/t/it"}
{"reason":"compiler-artifact","manifest_path":"/w/tests/conformance/Cargo.toml","target":{"name":"responses","kind":["test"]},"profile":{"test":true},"executable":"/t/responses"}
"#;
        let program = |executable: &str, folder: &str, prefix: &str| TestProgram {
            executable: PathBuf::from(executable),
            folder: PathBuf::from(folder),
            is_integration_test: executable != "/t/core",
            prefix: prefix.to_owned(),
        };
        assert_eq!(
            programs(messages, Path::new("/w/")),
            [
                program("/t/core", "/w/core", "core::"),
                program("/t/it", "/w/bridge", "bridge::it::"),
                program("/t/responses", "/w/tests/conformance", "responses::"),
            ]
        );
    }
}
