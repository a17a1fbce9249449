//! The tests that rows name, as the test programs themselves list them.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::workspace::{Workspace, output};

use super::row::Group;

/// The folder of the crate whose tests are named without it.
const CONFORMANCE: &str = "tests/conformance";

/// The modules that `conformance!` makes, one for each build; rows do not name them.
const BUILDS: [&str; 3] = ["linked", "so", "c"];

/// What tests there are.
#[derive(Debug, Default)]
pub(super) struct Listing {
    running: HashSet<String>,
    ignored: HashSet<String>,
}

/// A compiled test program.
#[derive(Debug, PartialEq, Eq)]
struct Program {
    executable: String,
    /// What stands before the names of its tests.
    prefix: String,
}

impl Listing {
    /// Compiles the tests and asks them. All of them, as the tests themselves are run: nothing is
    /// compiled anew behind those.
    pub(super) fn of(workspace: &Workspace) -> Result<Listing, String> {
        let mut build = workspace.cargo([
            "test",
            "--locked",
            "--workspace",
            "--tests",
            "--no-run",
            "--message-format=json-render-diagnostics",
        ]);
        let messages = output(build.stderr(Stdio::inherit()))?;
        let mut listing = Listing::default();
        for program in programs(&messages, &workspace.path("")) {
            listing.add(&program)?;
        }
        Ok(listing)
    }

    fn add(&mut self, program: &Program) -> Result<(), String> {
        let ask = |arguments: &[&str]| {
            output(
                Command::new(&program.executable)
                    .args(["--list", "--format=terse"])
                    .args(arguments),
            )
        };
        let ignored = names(&ask(&["--ignored"])?, &program.prefix);
        let all = names(&ask(&[])?, &program.prefix);
        self.running.extend(all.difference(&ignored).cloned());
        self.ignored.extend(ignored);
        Ok(())
    }

    /// The rows whose tests do not exist or do not run.
    pub(super) fn faults(&self, groups: &[Group]) -> Vec<String> {
        let rows = groups.iter().flat_map(|group| &group.rows);
        rows.flat_map(|row| row.tests.iter().map(move |test| (&row.items[0], test)))
            .filter_map(|(item, test)| {
                let what = if self.ignored.contains(test) {
                    "is ignored"
                } else if !self.running.contains(test) {
                    "does not exist"
                } else {
                    return None;
                };
                Some(format!("{}: {item}: the test {test} {what}", super::ROWS))
            })
            .collect()
    }
}

/// The test programs among cargo's messages, which are one JSON value a line.
fn programs(messages: &str, root: &Path) -> Vec<Program> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["profile"]["test"] == true)
        .filter_map(|message| {
            let manifest = Path::new(message["manifest_path"].as_str()?);
            let folder = manifest.parent()?.strip_prefix(root).ok()?.to_str()?;
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
            Some(Program {
                executable: message["executable"].as_str()?.to_owned(),
                prefix: prefix.collect(),
            })
        })
        .collect()
}

/// The names in `NAME: test`, without the module that stands for the build.
fn names(list: &str, prefix: &str) -> BTreeSet<String> {
    list.lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(|name| {
            let parts: Vec<_> = name
                .split("::")
                .filter(|part| !BUILDS.contains(part))
                .collect();
            format!("{prefix}{}", parts.join("::"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::row::Group;
    use super::{Listing, Program, names, programs};

    #[test]
    fn a_name_is_the_same_for_every_build() {
        let list = "log::linked::a: test\nlog::so::a: test\nb: test\nc: benchmark\n";
        let found: Vec<_> = names(list, "responses::").into_iter().collect();
        assert_eq!(found, ["responses::b", "responses::log::a"]);
    }

    #[test]
    fn programs_are_prefixed_by_their_crate_and_target() {
        let messages = r#"not json
{"reason":"compiler-artifact","manifest_path":"/w/core/Cargo.toml","target":{"name":"isapi_core","kind":["lib"]},"profile":{"test":true},"executable":"/t/core"}
{"reason":"compiler-artifact","manifest_path":"/w/core/Cargo.toml","target":{"name":"isapi_core","kind":["lib"]},"profile":{"test":false},"executable":null}
{"reason":"compiler-artifact","manifest_path":"/w/bridge/Cargo.toml","target":{"name":"it","kind":["test"]},"profile":{"test":true},"executable":"/t/it"}
{"reason":"compiler-artifact","manifest_path":"/w/tests/conformance/Cargo.toml","target":{"name":"responses","kind":["test"]},"profile":{"test":true},"executable":"/t/responses"}
"#;
        let program = |executable: &str, prefix: &str| Program {
            executable: executable.to_owned(),
            prefix: prefix.to_owned(),
        };
        assert_eq!(
            programs(messages, Path::new("/w/")),
            [
                program("/t/core", "core::"),
                program("/t/it", "bridge::it::"),
                program("/t/responses", "responses::"),
            ]
        );
    }

    #[test]
    fn missing_and_ignored_tests_are_named_with_their_row() {
        let row = "title = \"T\"\n[[row]]\nitem = \"A\"\ndocumented = \"d\"\nstate = \"implemented\"\n\
                   here = \"h\"\ntests = [\"runs\", \"sleeps\", \"gone\"]\n";
        let listing = Listing {
            running: ["runs".to_owned()].into(),
            ignored: ["sleeps".to_owned()].into(),
        };
        let group = Group::parse(row).expect("it is well-formed");
        assert_eq!(
            listing.faults(&[group]),
            [
                "docs/conformance: A: the test sleeps is ignored",
                "docs/conformance: A: the test gone does not exist",
            ]
        );
    }
}
