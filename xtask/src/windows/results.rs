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
    /// What went wrong, a line each.
    pub(super) faults: Vec<String>,
}

impl Results {
    /// Runs the test program that `command` is, shows what it writes and adds its results; `title`
    /// names it in a fault.
    pub(super) fn run(&mut self, title: &str, command: &mut Command) -> Result<(), String> {
        let mut child = command
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", line(command)))?;
        let mut summary = None;
        if let Some(stdout) = child.stdout.take() {
            for text in BufReader::new(stdout).split(b'\n') {
                let text = text.map_err(|error| format!("{title}: {error}"))?;
                let text = String::from_utf8_lossy(&text);
                println!("{}", text.trim_end_matches('\r'));
                summary = Summary::parse(&text).or(summary);
            }
        }
        let status = child.wait().map_err(|error| format!("{title}: {error}"))?;
        self.add(title, summary, status.success(), &status.to_string());
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
    use super::{Results, Summary};

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
