//! The text of a configuration file, and what is wrong with it.

use std::cell::{Cell, RefCell};
use std::collections::BinaryHeap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What to do where a path was written like any other text.
pub(super) const BACKSLASHES: &str =
    "write a path with backslashes in single quotes: 'C:\\site\\scripts'";

/// How many faults are told at once. Nobody reads more, and a file that is no configuration may have
/// millions.
const MOST_FAULTS: usize = 100;

/// A configuration file that is being read. It collects faults, so that all of them are told at
/// once.
#[derive(Debug)]
pub(super) struct Source<'a> {
    file: &'a Path,
    /// What relative paths in the file begin with.
    folder: PathBuf,
    text: &'a str,
    /// Where each line begins.
    lines: Vec<usize>,
    /// The first ones in the file: the place of each, its number, and what is wrong.
    faults: RefCell<BinaryHeap<(usize, usize, String)>>,
    /// How many were found.
    found: Cell<usize>,
}

impl<'a> Source<'a> {
    /// `folder` is absolute.
    pub(super) fn new(file: &'a Path, folder: PathBuf, text: &'a str) -> Self {
        Self {
            file,
            folder,
            text,
            lines: std::iter::once(0)
                .chain(text.match_indices('\n').map(|(end, _)| end + 1))
                .collect(),
            faults: RefCell::default(),
            found: Cell::default(),
        }
    }

    /// A path in the file, made absolute; on Windows with backslashes only.
    pub(super) fn resolve(&self, path: &str) -> PathBuf {
        let path = self.folder.join(path);
        std::path::absolute(&path).unwrap_or(path)
    }

    /// Notes that something is wrong with the text at `place`.
    pub(super) fn fault(&self, place: &Range<usize>, message: impl fmt::Display) {
        let number = self.found.get();
        self.found.set(number + 1);
        let mut faults = self.faults.borrow_mut();
        if faults.len() == MOST_FAULTS {
            if faults.peek().is_some_and(|&(last, ..)| last <= place.start) {
                return;
            }
            faults.pop();
        }
        faults.push((place.start, number, message.to_string()));
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
            // A backslash begins one, and `\u` one with digits.
            let is_escape = message.contains("escape") || message.contains("unicode");
            let advice = match is_escape {
                true => format!("; {BACKSLASHES}"),
                false => String::new(),
            };
            self.fault(&place, format!("not TOML: {found}{message}{advice}"));
            if message.contains("array") || message.contains("inline table") {
                break;
            }
        }
    }

    /// What has been found to be wrong, a line for each fault, from the file's beginning to its end.
    pub(super) fn into_faults(self) -> Vec<String> {
        let faults = self.faults.take().into_sorted_vec();
        let file = self.file.display();
        let mut lines: Vec<String> = faults
            .into_iter()
            .map(|(place, _, message)| {
                let (line, column) = self.position(place);
                format!("{file}:{line}:{column}: {message}")
            })
            .collect();
        let untold = self.found.get() - lines.len();
        if untold > 0 {
            lines.push(format!("{file}: and {untold} more; mend these first"));
        }
        lines
    }

    /// The line of a place in the text, from 1.
    pub(super) fn line(&self, place: &Range<usize>) -> usize {
        self.lines.partition_point(|&begin| begin <= place.start)
    }

    /// Line and column of a place, in characters, both from 1.
    fn position(&self, offset: usize) -> (usize, usize) {
        let line = self.line(&(offset..offset));
        let column = &self.text[self.lines[line - 1]..character_start(self.text, offset)];
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
        let faults = source.into_faults();
        assert_eq!(faults, ["isapi.toml:1:1: first", "isapi.toml:2:1: second"]);
    }

    #[test]
    fn of_faults_without_end_the_first_are_told() {
        let text = "a".repeat(1000);
        let source = Source::new(Path::new("isapi.toml"), PathBuf::from("/"), &text);
        for place in (0..1000).rev() {
            source.fault(&(place..place), "wrong");
        }
        let faults = source.into_faults();
        assert_eq!(faults.len(), MOST_FAULTS + 1);
        assert_eq!(faults[0], "isapi.toml:1:1: wrong");
        assert_eq!(faults[99], "isapi.toml:1:100: wrong");
        assert_eq!(faults[100], "isapi.toml: and 900 more; mend these first");
    }
}
