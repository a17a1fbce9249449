//! The tests that rows name, as the test programs themselves list them.

use std::collections::{BTreeSet, HashSet};

use crate::test_programs::{self, TestProgram};
use crate::workspace::Workspace;

use super::row::Group;

/// The modules that `conformance!` makes, one for each build; rows do not name them.
const BUILDS: [&str; 3] = ["linked", "so", "c"];

/// What tests there are.
#[derive(Debug, Default)]
pub(super) struct Listing {
    running: HashSet<String>,
    ignored: HashSet<String>,
}

impl Listing {
    /// Compiles the tests and asks them. All of them, as the tests themselves are run: nothing is
    /// compiled anew behind those.
    pub(super) fn of(workspace: &Workspace) -> Result<Listing, String> {
        let mut build = workspace.cargo(["test", "--locked", "--workspace", "--tests"]);
        let mut listing = Listing::default();
        for program in test_programs::build(workspace, &mut build)? {
            listing.add(&program)?;
        }
        Ok(listing)
    }

    fn add(&mut self, program: &TestProgram) -> Result<(), String> {
        let ignored = names(
            &test_programs::names(program.command(), &["--ignored"])?,
            &program.prefix,
        );
        let all = names(
            &test_programs::names(program.command(), &[])?,
            &program.prefix,
        );
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

/// The names of a program's tests without the module that stands for the build.
fn names(list: &[String], prefix: &str) -> BTreeSet<String> {
    list.iter()
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
    use super::super::row::Group;
    use super::{Listing, names};

    #[test]
    fn a_name_is_the_same_for_every_build() {
        let list = ["log::linked::a", "log::so::a", "b"].map(str::to_owned);
        let found: Vec<_> = names(&list, "responses::").into_iter().collect();
        assert_eq!(found, ["responses::b", "responses::log::a"]);
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
