//! The page in Markdown.

use std::fmt::Write;

use super::row::{Group, Row, State, last_error};

const INTRODUCTION: &str = "\
# What is answered, what is refused

Against Microsoft's reference, item by item: what is documented, what is done here, what we chose
where the documents are silent, and the tests that show it. `msNNNNNN` is
`https://learn.microsoft.com/en-us/previous-versions/iis/6.0-sdk/msNNNNNN(v=vs.90)`.

*Implemented*: as documented. *Emulated*: it answers as an extension expects, with something else
behind it than on IIS. *Refused*: the call answers FALSE and sets the last error given; it is logged
by name ([misuse.md](misuse.md)) and changes nothing.

A test is named by its file and its name: `responses::framing::NAME` is `NAME` in
`tests/conformance/tests/responses/framing.rs`, and runs on extensions that are linked in and on
module files; a name that begins with a crate's folder is one of that crate's tests.

This page is written by `cargo xtask docs` from the tables in [docs/conformance](conformance).
`cargo xtask docs --check` fails when a constant, a structure or a field of the header, or a server
variable, has no row, when a row has no test, and when a test does not exist or is ignored.
";

/// The page's text.
pub(super) fn render(groups: &[Group]) -> String {
    let mut page = INTRODUCTION.to_owned();
    for group in groups {
        // Writing to a `String` cannot fail.
        let _ = write!(page, "\n## {}\n\n", group.title);
        if !group.about.is_empty() {
            let _ = write!(page, "{}\n\n", group.about);
        }
        page.push_str("| item | documented | here | our choice | tests |\n|---|---|---|---|---|\n");
        for row in &group.rows {
            let _ = writeln!(page, "{}", line(row));
        }
    }
    page
}

fn line(row: &Row) -> String {
    let items = list(row.items.iter().map(|item| item_cell(item)));
    let tests = list(row.tests.iter().map(|test| format!("`{test}`")));
    let cells = [items, documented(row), here(row), cell(&row.choice), tests];
    format!("| {} |", cells.join(" | "))
}

/// A name of the header with its value; a rule as it is.
fn item_cell(item: &str) -> String {
    if item.contains([' ', '`']) {
        return cell(item);
    }
    match isapi_abi::constants().find(|(name, _)| *name == item) {
        None => format!("`{item}`"),
        Some((_, value)) if is_bits(item) => format!("`{item}` {value:#x}"),
        Some((_, value)) => format!("`{item}` {value}"),
    }
}

/// Whether a constant is thought of in bits.
fn is_bits(name: &str) -> bool {
    name == "HSE_VERSION"
        || ["HSE_IO_", "HSE_URL_FLAGS_", "HSE_EXEC_URL_"]
            .iter()
            .any(|start| name.starts_with(start))
}

fn documented(row: &Row) -> String {
    match (row.documented.is_empty(), row.page.is_empty()) {
        (true, true) => String::new(),
        (true, false) => format!("nothing ({})", row.page),
        (false, true) => cell(&row.documented),
        (false, false) => format!("{} ({})", cell(&row.documented), row.page),
    }
}

fn here(row: &Row) -> String {
    let text = cell(&row.here);
    match &row.state {
        State::Emulated => format!("emulated: {text}"),
        State::Implemented => text,
        State::Refused(code) => {
            let number = last_error(code).map_or_else(String::new, |number| number.to_string());
            format!("refused with {number} (`{code}`): {text}")
        }
    }
}

fn list(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("<br>")
}

/// A text inside a table: on one line, without a bar of its own.
fn cell(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::super::row::Group;
    use super::render;

    #[test]
    fn a_row_is_one_line_of_its_table() {
        let group = "title = \"Requests\"\nabout = \"All of them.\"\n[[row]]\n\
                     item = [\"HSE_REQ_CANCEL_IO\", \"HSE_IO_NODELAY\"]\npage = \"ms1\"\n\
                     documented = \"\"\"\nIt ends\nwhat waits.\"\"\"\nstate = \"refused\"\n\
                     code = \"ERROR_NOT_SUPPORTED\"\nhere = \"a | b\"\nchoice = \"c\"\n\
                     tests = [\"d::e\", \"f::g\"]\n";
        let page = render(&[Group::parse(group).expect("it is well-formed")]);
        let expected = "\n## Requests\n\nAll of them.\n\n\
                        | item | documented | here | our choice | tests |\n|---|---|---|---|---|\n\
                        | `HSE_REQ_CANCEL_IO` 1049<br>`HSE_IO_NODELAY` 0x1000 | It ends what waits. \
                        (ms1) | refused with 50 (`ERROR_NOT_SUPPORTED`): a \\| b | c | \
                        `d::e`<br>`f::g` |\n";
        assert!(page.ends_with(expected), "{page}");
    }
}
