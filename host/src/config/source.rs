//! The text of a configuration file, and what is wrong with it.

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Something in a configuration file that must be mended before it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    file: PathBuf,
    /// Line and column, in characters, both from 1.
    position: (usize, usize),
    message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position;
        write!(
            f,
            "{}:{line}:{column}: {}",
            self.file.display(),
            self.message
        )
    }
}

/// A configuration file that is being read. It collects faults, so that all of them are told at
/// once.
#[derive(Debug)]
pub(super) struct Source<'a> {
    file: &'a Path,
    /// What relative paths in the file begin with.
    folder: PathBuf,
    text: &'a str,
    faults: RefCell<Vec<Fault>>,
}

impl<'a> Source<'a> {
    /// `folder` is absolute.
    pub(super) fn new(file: &'a Path, folder: PathBuf, text: &'a str) -> Self {
        Self {
            file,
            folder,
            text,
            faults: RefCell::default(),
        }
    }

    /// A path in the file, made absolute.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// Notes that something is wrong with the text at `place`.
    pub(super) fn fault(&self, place: &Range<usize>, message: impl Into<String>) {
        self.faults.borrow_mut().push(Fault {
            file: self.file.to_owned(),
            position: self.position(place.start),
            message: message.into(),
        });
    }

    /// Notes what makes the text no TOML. What comes behind an error on the same line mostly follows
    /// from it, so the first one there is told; and behind a bracket that is not closed everything
    /// does.
    pub(super) fn faults_of_syntax(&self, errors: &[toml::de::Error]) {
        let mut last_line = 0;
        for error in errors {
            let place = error.span().unwrap_or_default();
            let line = self.line(&place);
            if line == last_line {
                continue;
            }
            last_line = line;
            let found = self
                .text
                .get(place.clone())
                .and_then(|text| text.lines().next());
            let found = match found.filter(|text| !text.trim().is_empty()) {
                Some(text) => format!("found {text:?}: "),
                None => String::new(),
            };
            let message = error.message();
            self.fault(&place, format!("not TOML: {found}{message}"));
            if message.contains("array") || message.contains("inline table") {
                break;
            }
        }
    }

    /// What has been found to be wrong, from the file's beginning to its end.
    pub(super) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| fault.position);
        faults
    }

    /// The line of a place in the text, from 1.
    pub(super) fn line(&self, place: &Range<usize>) -> usize {
        self.position(place.start).0
    }

    fn position(&self, offset: usize) -> (usize, usize) {
        let before = &self.text[..character_start(self.text, offset)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default();
        (line, column.chars().count() + 1)
    }
}

/// The beginning of the character that `offset` lies in, or the end of the text.
fn character_start(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_counts_lines_and_characters_from_1() {
        let text = "a = 1\nä = 2\n";
        let source = Source::new(Path::new("isapi.toml"), PathBuf::from("/"), text);
        for (offset, position) in [
            (0, (1, 1)),
            (4, (1, 5)),
            (6, (2, 1)),
            (8, (2, 2)),
            (7, (2, 1)),
            (usize::MAX, (3, 1)),
        ] {
            assert_eq!(source.position(offset), position, "{offset}");
        }
    }

    #[test]
    fn faults_come_in_the_order_of_the_file() {
        let source = Source::new(Path::new("isapi.toml"), PathBuf::from("/"), "a\nb\n");
        source.fault(&(2..3), "second");
        source.fault(&(0..1), "first");
        let faults: Vec<String> = source.into_faults().iter().map(Fault::to_string).collect();
        assert_eq!(faults, ["isapi.toml:1:1: first", "isapi.toml:2:1: second"]);
    }
}
