//! The keys of the TOML files that the commands read: each is asked for once, and one that nobody
//! asks for is an error.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The keys of one table, each asked for once.
#[derive(Debug)]
pub(crate) struct Keys<'a> {
    text: &'a str,
    line: usize,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
}

impl<'a> Keys<'a> {
    /// The keys of the file of this text.
    pub(crate) fn new(text: &'a str, table: &'a Spanned<DeTable<'a>>) -> Keys<'a> {
        Keys {
            text,
            line: 1,
            table: table.get_ref(),
            known: Vec::new(),
        }
    }

    /// The keys of a table in the file of this text; `None` where the value is none.
    pub(crate) fn of(text: &'a str, value: &'a Spanned<DeValue<'a>>) -> Option<Keys<'a>> {
        Some(Keys {
            text,
            line: line(text, value),
            table: value.get_ref().as_table()?,
            known: Vec::new(),
        })
    }

    /// The line the table begins in.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    fn get(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.push(key);
        self.table.get(key)
    }

    fn required(&mut self, key: &'static str) -> Result<&'a Spanned<DeValue<'a>>, String> {
        let line = self.line;
        self.get(key)
            .ok_or_else(|| format!("{line}: `{key}` is missing"))
    }

    /// The text of `key`, which may not be empty.
    pub(crate) fn text(&mut self, key: &'static str) -> Result<String, String> {
        let value = self.required(key)?;
        self.as_text(key, value)
    }

    /// The same, and an empty text where there is no such key.
    pub(crate) fn optional_text(&mut self, key: &'static str) -> Result<String, String> {
        match self.get(key) {
            Some(value) => self.as_text(key, value),
            None => Ok(String::new()),
        }
    }

    /// One text, or several in an array, which may not be empty.
    pub(crate) fn texts(&mut self, key: &'static str) -> Result<Vec<String>, String> {
        let value = self.required(key)?;
        let Some(array) = value.get_ref().as_array() else {
            return Ok(vec![self.as_text(key, value)?]);
        };
        if array.is_empty() {
            return Err(format!("{}: `{key}` is empty", line(self.text, value)));
        }
        array.iter().map(|value| self.as_text(key, value)).collect()
    }

    /// The values of the array `key`.
    pub(crate) fn array(
        &mut self,
        key: &'static str,
    ) -> Result<&'a [Spanned<DeValue<'a>>], String> {
        let value = self.required(key)?;
        self.as_array(key, value)
    }

    /// The same, and none where there is no such key.
    pub(crate) fn optional_array(
        &mut self,
        key: &'static str,
    ) -> Result<&'a [Spanned<DeValue<'a>>], String> {
        match self.get(key) {
            Some(value) => self.as_array(key, value),
            None => Ok(&[]),
        }
    }

    fn as_array(
        &self,
        key: &str,
        value: &'a Spanned<DeValue<'a>>,
    ) -> Result<&'a [Spanned<DeValue<'a>>], String> {
        match value.get_ref().as_array() {
            Some(array) => Ok(array),
            None => Err(format!("{}: `{key}` is an array", line(self.text, value))),
        }
    }

    fn as_text(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<String, String> {
        let line = line(self.text, value);
        let text = value.get_ref().as_str().map(str::trim);
        match text {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(format!("{line}: `{key}` is a text that is not empty")),
        }
    }

    /// Fails for a key that nobody has asked for.
    pub(crate) fn finish(self) -> Result<(), String> {
        let unknown = self
            .table
            .keys()
            .find(|key| !self.known.contains(&key.get_ref().as_ref()));
        match unknown {
            Some(key) => Err(format!(
                "{}: there is no key `{}`, only {}",
                line(self.text, key),
                key.get_ref(),
                self.known.join(", ")
            )),
            None => Ok(()),
        }
    }
}

/// Reads a file's text; an error begins with the line it is about.
pub(crate) fn parse(text: &str) -> Result<Spanned<DeTable<'_>>, String> {
    DeTable::parse(text).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start);
        format!("{}: {}", line_of(text, start), error.message())
    })
}

/// The line that `value` begins in.
pub(crate) fn line<T>(text: &str, value: &Spanned<T>) -> usize {
    line_of(text, value.span().start)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset)
        .map_or(1, |before| before.matches('\n').count() + 1)
}
