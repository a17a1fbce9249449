//! The rows of one table, as their file says.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One table of the page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    /// Its heading.
    pub(super) title: String,
    /// What stands before it.
    pub(super) about: String,
    /// Its rows, in their order.
    pub(super) rows: Vec<Row>,
}

/// One item of the interface, or one rule.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// The names this row is about; a rule has a sentence.
    pub(super) items: Vec<String>,
    /// The number of Microsoft's page, or another source; empty when there is none.
    pub(super) page: String,
    /// What the page says; empty when it is silent.
    pub(super) documented: String,
    /// Whether it is done.
    pub(super) state: State,
    /// What is done here.
    pub(super) here: String,
    /// What we chose where the page is silent; empty when it is not.
    pub(super) choice: String,
    /// The tests that show it.
    pub(super) tests: Vec<String>,
}

/// Whether something is done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It answers as an extension expects, with something else behind it than on IIS.
    Emulated,
    /// It is done.
    Implemented,
    /// The call answers FALSE with this last error.
    Refused(String),
}

impl Group {
    /// Reads a file's text; an error begins with the line it is about.
    pub(super) fn parse(text: &str) -> Result<Group, String> {
        let table = DeTable::parse(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line(text, &span));
            format!("{line}: {}", error.message())
        })?;
        let mut keys = Keys::new(text, &table);
        let group = Group {
            title: keys.text("title")?,
            about: keys.optional_text("about")?,
            rows: keys
                .array("row")?
                .iter()
                .map(|value| Row::parse(text, value))
                .collect::<Result<_, _>>()?,
        };
        keys.finish()?;
        Ok(group)
    }
}

impl Row {
    fn parse(text: &str, value: &Spanned<DeValue<'_>>) -> Result<Row, String> {
        let line = line(text, &value.span());
        let Some(table) = value.get_ref().as_table() else {
            return Err(format!("{line}: a row is a table [[row]]"));
        };
        let mut keys = Keys {
            text,
            line,
            table,
            known: Vec::new(),
        };
        let items = keys.texts("item")?;
        let row = Row {
            page: keys.optional_text("page")?,
            documented: keys.optional_text("documented")?,
            state: keys.state(&items)?,
            here: keys.text("here")?,
            choice: keys.optional_text("choice")?,
            tests: keys.texts("tests")?,
            items,
        };
        keys.finish()?;
        if row.documented.is_empty() && row.choice.is_empty() {
            return Err(format!(
                "{line}: {} needs `documented`, or `choice` where the pages are silent",
                row.items[0]
            ));
        }
        Ok(row)
    }
}

/// The keys of one table, each asked for once.
struct Keys<'a> {
    text: &'a str,
    line: usize,
    table: &'a DeTable<'a>,
    known: Vec<&'static str>,
}

impl<'a> Keys<'a> {
    fn new(text: &'a str, table: &'a Spanned<DeTable<'a>>) -> Keys<'a> {
        Keys {
            text,
            line: 1,
            table: table.get_ref(),
            known: Vec::new(),
        }
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

    fn text(&mut self, key: &'static str) -> Result<String, String> {
        let value = self.required(key)?;
        self.as_text(key, value)
    }

    fn optional_text(&mut self, key: &'static str) -> Result<String, String> {
        match self.get(key) {
            Some(value) => self.as_text(key, value),
            None => Ok(String::new()),
        }
    }

    /// One text, or several in an array, which may not be empty.
    fn texts(&mut self, key: &'static str) -> Result<Vec<String>, String> {
        let value = self.required(key)?;
        let Some(array) = value.get_ref().as_array() else {
            return Ok(vec![self.as_text(key, value)?]);
        };
        if array.is_empty() {
            return Err(format!(
                "{}: `{key}` is empty",
                line(self.text, &value.span())
            ));
        }
        array.iter().map(|value| self.as_text(key, value)).collect()
    }

    fn array(&mut self, key: &'static str) -> Result<&'a [Spanned<DeValue<'a>>], String> {
        let value = self.required(key)?;
        match value.get_ref().as_array() {
            Some(array) => Ok(array),
            None => Err(format!(
                "{}: `{key}` is an array",
                line(self.text, &value.span())
            )),
        }
    }

    fn state(&mut self, items: &[String]) -> Result<State, String> {
        let state = self.text("state")?;
        let code = self.optional_text("code")?;
        match (state.as_str(), code.as_str()) {
            ("emulated", "") => Ok(State::Emulated),
            ("implemented", "") => Ok(State::Implemented),
            ("refused", code) if last_error(code).is_some() => Ok(State::Refused(code.to_owned())),
            _ => Err(format!(
                "{}: {} is `implemented`, `emulated`, or `refused` with the name of its last \
                 error in `code`, not {state:?} with {code:?}",
                self.line, items[0]
            )),
        }
    }

    fn as_text(&self, key: &str, value: &Spanned<DeValue<'_>>) -> Result<String, String> {
        let line = line(self.text, &value.span());
        let text = value.get_ref().as_str().map(str::trim);
        match text {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => Err(format!("{line}: `{key}` is a text that is not empty")),
        }
    }

    fn finish(self) -> Result<(), String> {
        let unknown = self
            .table
            .keys()
            .find(|key| !self.known.contains(&key.get_ref().as_ref()));
        match unknown {
            Some(key) => Err(format!(
                "{}: there is no key `{}`, only {}",
                line(self.text, &key.span()),
                key.get_ref(),
                self.known.join(", ")
            )),
            None => Ok(()),
        }
    }
}

/// The number of a last error.
pub(super) fn last_error(name: &str) -> Option<u64> {
    let mut codes = isapi_abi::error::TABLE.iter();
    codes
        .find(|(known, _)| *known == name)
        .map(|(_, code)| *code)
}

fn line(text: &str, span: &Range<usize>) -> usize {
    text.get(..span.start)
        .map_or(1, |before| before.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::{Group, State};

    #[test]
    fn a_row_has_what_its_table_says() {
        let text = "title = \"Requests\"\n\n[[row]]\nitem = [\"A\", \"B\"]\npage = \"ms1\"\n\
                    documented = \"It is done.\"\nstate = \"refused\"\n\
                    code = \"ERROR_NOT_SUPPORTED\"\nhere = \"No.\"\ntests = \"a::b\"\n";
        let group = Group::parse(text).expect("it is well-formed");
        assert_eq!(group.title, "Requests");
        assert_eq!(group.rows[0].items, ["A", "B"]);
        assert_eq!(group.rows[0].tests, ["a::b"]);
        let code = "ERROR_NOT_SUPPORTED".to_owned();
        assert_eq!(group.rows[0].state, State::Refused(code));
    }

    #[test]
    fn what_is_missing_or_unknown_is_named_with_its_line() {
        let row = "title = \"T\"\n[[row]]\nitem = \"A\"\nstate = \"implemented\"\nhere = \"yes\"\n";
        let cases = [
            (format!("{row}tests = []\n"), "6: `tests` is empty"),
            (format!("{row}tests = \"a\"\n"), "2: A needs `documented`"),
            (
                format!("{row}tests = \"a\"\nchoice = \"c\"\ntest = \"a\"\n"),
                "8: there is no key `test`",
            ),
            (row.to_owned(), "2: `tests` is missing"),
            (
                "title = \"T\"\n[[row]]\nitem = \"A\"\nstate = \"refused\"\n".to_owned(),
                "2: A is `implemented`",
            ),
        ];
        for (text, expected) in cases {
            let error = Group::parse(&text).expect_err("it is malformed");
            assert!(error.starts_with(expected), "{error} for {text}");
        }
    }
}
