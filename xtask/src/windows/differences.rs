//! `tests/conformance/wine.toml`: what is otherwise under Wine, by test and with the reason.

use std::collections::BTreeSet;

use crate::keys::{self, Keys};

/// The file, relative to the root of the repository.
pub(super) const FILE: &str = "tests/conformance/wine.toml";

/// The key of the entries.
const ENTRY: &str = "difference";

/// The tests that are left out under Wine.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Differences {
    tests: BTreeSet<String>,
}

impl Differences {
    /// Reads the file's text. An entry without a reason is an error, and so is what nobody would
    /// read.
    pub(super) fn parse(text: &str) -> Result<Differences, String> {
        let tests = tests(text).map_err(|fault| format!("{FILE}:{fault}"))?;
        Ok(Differences { tests })
    }

    /// Whether the test of this name is left out.
    pub(super) fn contain(&self, test: &str) -> bool {
        self.tests.contains(test)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.tests.len()
    }

    /// Fails for entries whose tests are not among `names`: a test that was renamed would run again
    /// without a word, and one that is gone would leave its reason behind.
    pub(super) fn check(&self, names: &BTreeSet<String>) -> Result<(), String> {
        let stale: Vec<_> = self
            .tests
            .difference(names)
            .map(|test| format!("{FILE}: there is no test {test}"))
            .collect();
        if stale.is_empty() {
            return Ok(());
        }
        Err(stale.join("\n"))
    }
}

/// The tests of the entries; an error begins with the line it is about.
fn tests(text: &str) -> Result<BTreeSet<String>, String> {
    let table = keys::parse(text)?;
    let mut file = Keys::new(text, &table);
    let entries = file.optional_array(ENTRY)?;
    file.finish()?;
    let mut tests = BTreeSet::new();
    for entry in entries {
        let line = keys::line(text, entry);
        let mut keys =
            Keys::of(text, entry).ok_or_else(|| format!("{line}: an entry is [[{ENTRY}]]"))?;
        let test = keys.text("test")?;
        keys.text("reason")?;
        keys.finish()?;
        if !tests.insert(test.clone()) {
            return Err(format!("{line}: {test} is there twice"));
        }
    }
    Ok(tests)
}

#[cfg(test)]
mod tests {
    use super::Differences;

    fn fault(text: &str) -> String {
        Differences::parse(text).expect_err("it has a fault")
    }

    #[test]
    fn entries_name_what_is_left_out() {
        let text = "[[difference]]\ntest = \"calls::answers::so::a\"\nreason = \"Wine has none\"\n";
        let differences = Differences::parse(text).expect("it is well-formed");
        assert!(differences.contain("calls::answers::so::a"));
        assert!(!differences.contain("calls::answers::so::ab"));
        assert_eq!(differences.count(), 1);
    }

    #[test]
    fn a_file_without_entries_leaves_nothing_out() {
        let differences = Differences::parse("# nothing\n").expect("it is well-formed");
        assert_eq!(differences, Differences::default());
    }

    #[test]
    fn an_entry_without_a_reason_is_refused() {
        let entry = "[[difference]]\ntest = \"a::b\"\n";
        assert_eq!(
            fault(entry),
            "tests/conformance/wine.toml:1: `reason` is missing"
        );
        assert_eq!(
            fault(&format!("{entry}reason = \" \"\n")),
            "tests/conformance/wine.toml:3: `reason` is a text that is not empty"
        );
        assert!(fault("[[difference]]\nreason = \"because\"\n").contains("`test` is missing"));
    }

    #[test]
    fn what_nobody_reads_is_refused() {
        let entry = "[[difference]]\ntest = \"a\"\nreason = \"b\"\n";
        let misspelt = entry.replace("difference", "diference");
        assert!(fault(&misspelt).contains("there is no key `diference`"));
        assert!(fault(&format!("{entry}until = \"c\"\n")).contains("there is no key `until`"));
        assert!(fault("difference = [\"a\"]\n").contains("an entry is [[difference]]"));
        assert!(fault(&entry.repeat(2)).contains("4: a is there twice"));
    }

    #[test]
    fn a_name_without_a_test_is_told() {
        let text = "[[difference]]\ntest = \"a::gone\"\nreason = \"b\"\n\
                    [[difference]]\ntest = \"a::here\"\nreason = \"b\"\n";
        let differences = Differences::parse(text).expect("it is well-formed");
        let names = ["a::here".to_owned(), "a::other".to_owned()].into();
        assert_eq!(
            differences.check(&names),
            Err("tests/conformance/wine.toml: there is no test a::gone".to_owned())
        );
    }
}
