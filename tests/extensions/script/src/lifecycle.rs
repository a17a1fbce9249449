//! The calls of `GetExtensionVersion` and `TerminateExtension`.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;

use crate::journal;

/// Names a file to which the calls are appended as well: it tells of them when the process has ended,
/// and the journal with it.
const VARIABLE: &str = "SCRIPT_EXTENSION_LIFECYCLE";

/// Keeps one call.
///
/// # Panics
///
/// When it cannot be written to the file.
pub(crate) fn write(instance: u32, line: &str) {
    journal::write(&journal_of(instance), line);
    if let Some(path) = env::var_os(VARIABLE) {
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .expect("the file can be opened");
        writeln!(file, "{line}").expect("the file can be written to");
    }
}

/// The calls so far.
pub(crate) fn lines(instance: u32) -> Vec<String> {
    journal::lines(&journal_of(instance))
}

fn journal_of(instance: u32) -> String {
    format!("lifecycle {instance}")
}
