//! One value of a configuration file.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use toml::de::DeValue;

use super::nearest::nearest;
use super::section::Section;
use super::source::Source;
use crate::values;

/// A value, with its key and its place in the file. What is not as expected is noted as a fault
/// and comes back as `None`.
#[derive(Clone, Debug)]
pub(super) struct Value<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) key: &'a str,
    pub(super) place: Range<usize>,
    pub(super) value: &'a DeValue<'a>,
}

impl<'a> Value<'a> {
    /// Notes that the value cannot be used.
    pub(super) fn fault(&self, message: impl Display) {
        self.source
            .fault(&self.place, format_args!("{}: {message}", self.key));
    }

    /// Notes what was found and what was expected.
    pub(super) fn unexpected(&self, expected: impl Display) {
        self.fault(format_args!("found {}; expected {expected}", self.found()));
    }

    /// A text.
    pub(super) fn text(&self, expected: &str) -> Option<&'a str> {
        let text = self.value.as_str();
        if text.is_none() {
            self.unexpected(expected);
        }
        text
    }

    /// A text that is not empty.
    pub(super) fn name(&self, expected: &str) -> Option<&'a str> {
        let name = self.text(expected)?;
        if name.is_empty() {
            self.unexpected(expected);
            return None;
        }
        Some(name)
    }

    /// What `parse` makes of a text.
    pub(super) fn parsed<T, E: Display>(
        &self,
        expected: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(expected)?;
        parse(text)
            .map_err(|error| self.fault(format_args!("found {text:?}: {error}")))
            .ok()
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        let boolean = self.value.as_bool();
        if boolean.is_none() {
            self.unexpected(format_args!("true or false{}", self.unquoted()));
        }
        boolean
    }

    /// A whole number in a range.
    pub(super) fn number<T>(&self, range: RangeInclusive<u64>) -> Option<T>
    where
        T: TryFrom<u64>,
    {
        let number = self
            .value
            .as_integer()
            .and_then(|integer| u64::from_str_radix(integer.as_str(), integer.radix()).ok());
        let number = number
            .filter(|number| range.contains(number))
            .and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            let expected = values::whole_number(&range);
            self.unexpected(format_args!("{expected}{}", self.unquoted()));
        }
        number
    }

    /// A length of time: seconds as a number, or a text with a unit.
    pub(super) fn duration(&self) -> Option<Duration> {
        self.time(values::duration)
    }

    /// A length of time that is not zero.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.time(values::deadline)
    }

    fn time(&self, parse: fn(&str) -> Result<Duration, String>) -> Option<Duration> {
        let written = match self.value {
            DeValue::Integer(seconds) => seconds.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => {
                self.unexpected("a length of time: seconds, or a text such as \"500ms\" or \"2m\"");
                return None;
            }
        };
        parse(&written)
            .map_err(|error| self.fault(format_args!("found {}: {error}", self.found())))
            .ok()
    }

    /// One of a few words.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let expected = alternatives(&names);
        let written = self.text(&expected)?;
        let word = words.iter().find(|(name, _)| *name == written);
        if word.is_none() {
            match nearest(written, &names) {
                Some(near) => {
                    self.unexpected(format_args!("{expected}; did you mean {near:?}?"));
                }
                None => self.unexpected(expected),
            }
        }
        word.map(|(_, value)| *value)
    }

    /// The elements of an array.
    pub(super) fn elements(&self, expected: &str) -> Option<Vec<Value<'a>>> {
        let Some(array) = self.value.as_array() else {
            self.unexpected(expected);
            return None;
        };
        let elements = array.iter().map(|element| Value {
            source: self.source,
            key: self.key,
            place: element.span(),
            value: element.get_ref(),
        });
        Some(elements.collect())
    }

    /// The keys of a table, which goes by `title` in faults.
    pub(super) fn section(&self, title: &str, expected: &str) -> Option<Section<'a>> {
        let Some(table) = self.value.as_table() else {
            self.unexpected(expected);
            return None;
        };
        Some(Section::new(self.source, title, self.place.clone(), table))
    }

    /// What to say where something else than a text is expected.
    fn unquoted(&self) -> &'static str {
        match self.value.is_str() {
            true => ", without quotes",
            false => "",
        }
    }

    /// The value in words.
    fn found(&self) -> String {
        match self.value {
            DeValue::String(text) => format!("{text:?}"),
            DeValue::Integer(integer) => integer.to_string(),
            DeValue::Float(float) => float.to_string(),
            DeValue::Boolean(boolean) => boolean.to_string(),
            DeValue::Datetime(time) => time.to_string(),
            DeValue::Array(_) => "an array".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        }
    }
}

/// `"a", "b" or "c"`.
fn alternatives(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
