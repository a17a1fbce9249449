//! What test programs say about their tests.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::workspace::line;

/// The results of test programs, added up.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Results {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) ignored: usize,
    /// The tests that passed at their second run only, by program and name.
    pub(super) repeated: Vec<String>,
    /// What went wrong, a line each.
    pub(super) faults: Vec<String>,
}

impl Results {
    /// Runs the test program that `command` is, shows what it writes and adds its results; `title`
    /// names it in a fault.
    ///
    /// A test that fails is run once more, by itself: Wine 8 loses an asynchronous operation now and
    /// then, or crashes below the program. One that fails again is a fault; one that does not is named
    /// in the summary.
    pub(super) fn run(
        &mut self,
        title: &str,
        command: &mut Command,
        alone: impl Fn(&str) -> Command,
    ) -> Result<(), String> {
        let mut outcome = Outcome::of(title, command)?;
        let failed = std::mem::take(&mut outcome.failed);
        if let (1..=MOST_REPEATED, Some(summary)) = (failed.len(), &mut outcome.summary) {
            let mut is_over = summary.failed == failed.len();
            for name in failed {
                println!("-- {title}, once more: {name}");
                let again = Outcome::of(title, &mut alone(&name))?;
                if again.success && again.summary.is_some_and(|summary| summary.passed == 1) {
                    summary.failed -= 1;
                    summary.passed += 1;
                    self.repeated.push(format!("{title}::{name}"));
                } else {
                    is_over = false;
                }
            }
            outcome.success |= is_over;
        }
        self.add(title, outcome.summary, outcome.success, &outcome.status);
        Ok(())
    }

    fn add(&mut self, title: &str, summary: Option<Summary>, success: bool, status: &str) {
        let Some(summary) = summary else {
            self.faults
                .push(format!("{title}: no results, it ended with {status}"));
            return;
        };
        self.passed += summary.passed;
        self.failed += summary.failed;
        self.ignored += summary.ignored;
        if summary.failed > 0 {
            self.faults
                .push(format!("{title}: {} failed", summary.failed));
        } else if !success {
            self.faults
                .push(format!("{title}: passed, but ended with {status}"));
        }
    }
}

/// More than these are no accidents of Wine's.
const MOST_REPEATED: usize = 4;

/// One run of a test program.
struct Outcome {
    summary: Option<Summary>,
    /// The tests that failed.
    failed: Vec<String>,
    success: bool,
    status: String,
}

impl Outcome {
    /// Runs the program and shows what it writes.
    fn of(title: &str, command: &mut Command) -> Result<Self, String> {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", line(command)))?;
        let mut summary = None;
        let mut failed = Vec::new();
        if let Some(stdout) = child.stdout.take() {
            for text in BufReader::new(stdout).split(b'\n') {
                let text = text.map_err(|error| format!("{title}: {error}"))?;
                let text = String::from_utf8_lossy(&text);
                let text = text.trim_end_matches('\r');
                println!("{text}");
                summary = Summary::parse(text).or(summary);
                failed.extend(failed_test(text).map(str::to_owned));
            }
        }
        let status = child.wait().map_err(|error| format!("{title}: {error}"))?;
        Ok(Self {
            summary,
            failed,
            success: status.success(),
            status: status.to_string(),
        })
    }
}

/// The name in the line of a test that failed.
fn failed_test(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

/// The last line of a test program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Summary {
    passed: usize,
    failed: usize,
    ignored: usize,
}

impl Summary {
    fn parse(line: &str) -> Option<Summary> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count = |what: &str| {
            counts
                .split(';')
                .filter_map(|part| part.trim().split_once(' '))
                .find(|(_, name)| *name == what)
                .and_then(|(number, _)| number.parse().ok())
        };
        Some(Summary {
            passed: count("passed")?,
            failed: count("failed")?,
            ignored: count("ignored")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::{Results, Summary, failed_test};

    const FAILED: &str = "test result: FAILED. 12 passed; 2 failed; 1 ignored; 0 measured; \
                          3 filtered out; finished in 0.12s";

    #[test]
    fn the_last_line_is_read() {
        let expected = Summary {
            passed: 12,
            failed: 2,
            ignored: 1,
        };
        assert_eq!(Summary::parse(FAILED), Some(expected));
        assert_eq!(Summary::parse("test result::tests::parse ... ok"), None);
        assert_eq!(Summary::parse("running 3 tests"), None);
    }

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    const FAILS: &str = "echo 'test a::b ... FAILED'; \
                         echo 'test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured'; exit 101";

    #[test]
    fn a_test_that_passes_when_it_is_run_again_is_named_and_no_fault() {
        let mut results = Results::default();
        let passes = "echo 'test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured'";
        let alone = |name: &str| {
            assert_eq!(name, "a::b");
            shell(passes)
        };
        results.run("calls", &mut shell(FAILS), alone).unwrap();
        assert_eq!((results.passed, results.failed), (3, 0));
        assert_eq!(results.repeated, ["calls::a::b"]);
        assert!(results.faults.is_empty());
    }

    #[test]
    fn a_test_that_fails_again_is_a_fault() {
        let mut results = Results::default();
        let again = "echo 'test a::b ... FAILED'; \
                     echo 'test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured'; exit 101";
        let alone = |_: &str| shell(again);
        results.run("calls", &mut shell(FAILS), alone).unwrap();
        assert_eq!((results.passed, results.failed), (2, 1));
        assert_eq!(results.faults, ["calls: 1 failed"]);
    }

    #[test]
    fn the_line_of_a_failed_test_has_its_name() {
        assert_eq!(failed_test("test a::b ... FAILED"), Some("a::b"));
        assert_eq!(failed_test("test a::b ... ok"), None);
        assert_eq!(failed_test(FAILED), None);
    }

    #[test]
    fn a_program_that_ends_without_results_is_a_fault() {
        let mut results = Results::default();
        results.add("calls", None, false, "exit status: 5");
        assert_eq!(
            results.faults,
            ["calls: no results, it ended with exit status: 5"]
        );
    }

    #[test]
    fn a_program_that_fails_behind_its_tests_is_a_fault() {
        let passed = Summary {
            passed: 3,
            failed: 0,
            ignored: 0,
        };
        let mut results = Results::default();
        results.add("calls", Some(passed), true, "exit status: 0");
        assert!(results.faults.is_empty());
        results.add("calls", Some(passed), false, "exit status: 5");
        assert_eq!(
            results.faults,
            ["calls: passed, but ended with exit status: 5"]
        );
        assert_eq!(results.passed, 6);
    }
}
