//! `docs/platforms.md`: every row of its tables names the tests that show it, and they exist.
//!
//! A test is a link whose text is its name in code marks and whose target is its file. So the ones
//! that only Windows can run are checked as well, without being compiled.

use crate::workspace::Workspace;

const PAGE: &str = "docs/platforms.md";

/// The heading of the column with the tests.
const COLUMN: &str = "| tests |";

/// Rows without a test, and tests that are not where the page says.
pub(super) fn faults(workspace: &Workspace) -> Result<Vec<String>, String> {
    let page = workspace.read(PAGE)?;
    let rows = rows(&page);
    if rows.is_empty() {
        return Err(format!("found no rows in {PAGE}"));
    }
    let mut faults = Vec::new();
    for row in rows {
        let tests = tests(row.text);
        if tests.is_empty() {
            faults.push(format!("{PAGE}:{}: the row names no test", row.line));
        }
        for (name, target) in tests {
            // A file that is missing is a link that leads nowhere, which is told elsewhere.
            let source = workspace
                .read(&format!("docs/{target}"))
                .unwrap_or_default();
            if !source.contains(&format!("fn {name}(")) {
                let line = row.line;
                faults.push(format!("{PAGE}:{line}: {target} has no test {name}"));
            }
        }
    }
    Ok(faults)
}

#[derive(Debug, PartialEq, Eq)]
struct Row<'a> {
    line: usize,
    text: &'a str,
}

/// The rows of the tables that have a column for tests.
fn rows(page: &str) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    let mut is_inside = false;
    for (number, text) in page.lines().enumerate() {
        let is_heading = text.ends_with(COLUMN);
        is_inside = is_heading || (is_inside && text.starts_with('|'));
        if is_inside && !is_heading && !text.starts_with("|---") {
            rows.push(Row {
                line: number + 1,
                text,
            });
        }
    }
    rows
}

/// The `name` and `file` of each [`name`](file).
fn tests(row: &str) -> Vec<(&str, &str)> {
    row.split("[`")
        .skip(1)
        .filter_map(|rest| rest.split_once("`]("))
        .filter_map(|(name, rest)| Some((name, rest.split_once(')')?.0)))
        .filter(|(_, target)| target.ends_with(".rs"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Row, rows, tests};

    #[test]
    fn rows_are_those_of_tables_with_tests() {
        let page =
            "# P\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n| a | tests |\n|---|---|\n| x | y |\ntext\n";
        let text = "| x | y |";
        assert_eq!(rows(page), [Row { line: 9, text }]);
    }

    #[test]
    fn tests_are_links_to_sources() {
        let row = "| [x](y.md) | [`a_b`](../t/a.rs)<br>[`c`](../t/c.rs) | [`d`](d.md) |";
        assert_eq!(tests(row), [("a_b", "../t/a.rs"), ("c", "../t/c.rs")]);
    }
}
