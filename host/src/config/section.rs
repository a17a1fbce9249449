//! One table of a configuration file.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest::nearest;
use super::source::Source;
use super::value::Value;

/// The keys that may stand at the top of the file, where they are often looked for in vain: behind
/// the first `[section]` a key belongs to that section.
const AT_THE_TOP: &[&str] = &["listen", "log", "default_document"];

/// A table whose keys are taken one by one; [`finish`](Self::finish) notes those that nobody took.
#[derive(Debug)]
#[must_use = "unknown keys are found by `finish`"]
pub(super) struct Section<'a> {
    source: &'a Source<'a>,
    /// `[limits]`; empty for the file itself.
    title: String,
    place: Range<usize>,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        source: &'a Source<'a>,
        title: &str,
        place: Range<usize>,
        table: &'a DeTable<'a>,
    ) -> Self {
        Self {
            source,
            title: title.to_owned(),
            place,
            table,
            known: Vec::new(),
        }
    }

    /// The value of a key, if it is there.
    pub(super) fn take(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.known.push(key);
        let (name, value) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(self.value(name, value))
    }

    /// The value of a key that has to be there.
    pub(super) fn require(&mut self, key: &'static str, expected: &str) -> Option<Value<'a>> {
        let value = self.take(key);
        if value.is_none() {
            self.fault(format!("{} has no {key}; expected {expected}", self.title));
        }
        value
    }

    /// The table `[key]`, if it is there.
    pub(super) fn section(&mut self, key: &'static str) -> Option<Section<'a>> {
        self.take(key)?
            .section(&format!("[{key}]"), &format!("a table, [{key}]"))
    }

    /// The tables `[[key]]`, in the order of the file.
    pub(super) fn sections(&mut self, key: &'static str) -> Vec<Section<'a>> {
        let Some(value) = self.take(key) else {
            return Vec::new();
        };
        let title = format!("[[{key}]]");
        if value.value.is_table() {
            value.fault(format_args!("there may be several; write {title}"));
            return Vec::new();
        }
        let elements = value.elements(&format!("tables, {title}"));
        elements
            .into_iter()
            .flatten()
            .filter_map(|element| element.section(&title, &format!("a table, {title}")))
            .collect()
    }

    /// Notes that something is wrong with the table as a whole.
    pub(super) fn fault(&self, message: impl fmt::Display) {
        self.source.fault(&self.place, message);
    }

    /// The file that the table is in.
    pub(super) fn source(&self) -> &'a Source<'a> {
        self.source
    }

    /// Where the table begins.
    pub(super) fn place(&self) -> &Range<usize> {
        &self.place
    }

    /// Whether all of these keys are missing.
    pub(super) fn has_none_of(&self, keys: &[&str]) -> bool {
        let mut names = self.table.iter().map(|(name, _)| name.get_ref());
        !names.any(|name| keys.contains(&name.as_ref()))
    }

    /// Notes the keys that do not exist.
    pub(super) fn finish(self) {
        for (name, _) in self.table.iter() {
            let key = name.get_ref().as_ref();
            if !self.known.contains(&key) {
                self.source.fault(
                    &name.span(),
                    Unknown {
                        section: &self,
                        key,
                    },
                );
            }
        }
    }

    fn value(
        &self,
        name: &'a Spanned<std::borrow::Cow<'a, str>>,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Value<'a> {
        Value {
            source: self.source,
            key: name.get_ref(),
            place: value.span(),
            value: value.get_ref(),
        }
    }
}

/// What is told of a key that does not exist.
struct Unknown<'s, 'a> {
    section: &'s Section<'a>,
    key: &'s str,
}

impl fmt::Display for Unknown<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Section { title, known, .. } = self.section;
        write!(f, "unknown key {:?}", self.key)?;
        if !title.is_empty() {
            write!(f, " in {title}")?;
            if AT_THE_TOP.contains(&self.key) {
                return f
                    .write_str("; it belongs at the top of the file, before the first [section]");
            }
        }
        match nearest(self.key, known) {
            Some(near) => write!(f, "; did you mean {near:?}?"),
            None => write!(f, "; expected one of {}", known.join(", ")),
        }
    }
}
