//! The rows of one table, as their file says.

use toml::Spanned;
use toml::de::DeValue;

use crate::keys::{self, Keys};

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
        let table = keys::parse(text)?;
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
        let mut keys = Keys::of(text, value)
            .ok_or_else(|| format!("{}: a row is a table [[row]]", keys::line(text, value)))?;
        let line = keys.line();
        let items = keys.texts("item")?;
        let row = Row {
            page: keys.optional_text("page")?,
            documented: keys.optional_text("documented")?,
            state: state(&mut keys, &items)?,
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

fn state(keys: &mut Keys<'_>, items: &[String]) -> Result<State, String> {
    let state = keys.text("state")?;
    let code = keys.optional_text("code")?;
    match (state.as_str(), code.as_str()) {
        ("emulated", "") => Ok(State::Emulated),
        ("implemented", "") => Ok(State::Implemented),
        ("refused", code) if last_error(code).is_some() => Ok(State::Refused(code.to_owned())),
        _ => Err(format!(
            "{}: {} is `implemented`, `emulated`, or `refused` with the name of its last \
             error in `code`, not {state:?} with {code:?}",
            keys.line(),
            items[0]
        )),
    }
}
/// The number of a last error.
pub(super) fn last_error(name: &str) -> Option<u64> {
    let mut codes = isapi_abi::error::TABLE.iter();
    codes
        .find(|(known, _)| *known == name)
        .map(|(_, code)| *code)
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
