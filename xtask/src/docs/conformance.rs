//! Every request code of the header and every server variable has its row in `docs/conformance.md`.

use crate::workspace::Workspace;

const REQUESTS: &str = "abi/src/requests.rs";
const VARIABLES: &str = "core/src/variables/table.rs";
const PAGE: &str = "docs/conformance.md";

/// Where the two ranges of codes begin; no requests themselves.
const BASES: [(&str, u32); 2] = [("HSE_REQ_BASE", 0), ("HSE_REQ_END_RESERVED", 1000)];

/// The rows that are missing.
pub(super) fn faults(workspace: &Workspace) -> Result<Vec<String>, String> {
    let requests = requests(&workspace.read(REQUESTS)?);
    let variables = variables(&workspace.read(VARIABLES)?);
    for (source, rows) in [(REQUESTS, &requests), (VARIABLES, &variables)] {
        if rows.is_empty() {
            return Err(format!("found nothing to document in {source}"));
        }
    }
    let page = workspace.read(PAGE)?;
    Ok(missing(requests.iter().chain(&variables), &page))
}

/// How the row of each `HSE_... : DWORD = BASE + NUMBER;` begins.
fn requests(source: &str) -> Vec<String> {
    source
        .lines()
        .filter_map(declaration)
        .map(|(name, code)| format!("| {code} | `{name}` |"))
        .collect()
}

/// How the row of each `("NAME", rule)` begins.
fn variables(source: &str) -> Vec<String> {
    source
        .lines()
        .filter_map(|line| line.trim().strip_prefix("(\"")?.split_once("\", "))
        .map(|(name, _)| format!("| `{name}` |"))
        .collect()
}

fn declaration(line: &str) -> Option<(String, u32)> {
    let line = line.trim().trim_start_matches("pub const ");
    let (name, value) = line.strip_suffix(';')?.split_once(": DWORD = ")?;
    let (base, offset) = value.split_once(" + ")?;
    let (_, base) = BASES.into_iter().find(|(known, _)| *known == base)?;
    let offset: u32 = offset.parse().ok()?;
    Some((name.to_owned(), base + offset))
}

fn missing<'a>(rows: impl Iterator<Item = &'a String>, page: &str) -> Vec<String> {
    rows.filter(|row| !page.lines().any(|line| line.starts_with(row.as_str())))
        .map(|row| format!("{PAGE} has no row {row}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{missing, requests, variables};

    #[test]
    fn a_request_without_a_row_is_named() {
        let source = "    /// Ends it.\n    HSE_REQ_DONE_WITH_SESSION: DWORD = HSE_REQ_BASE + 4;\n\
                      \x20   HSE_REQ_CANCEL_IO: DWORD = HSE_REQ_END_RESERVED + 49;\n\
                      \x20   HSE_REQ_END_RESERVED: DWORD = 1000;\n";
        let page = "| 4 | `HSE_REQ_DONE_WITH_SESSION` | ends the session |\n";
        assert_eq!(
            missing(requests(source).iter(), page),
            ["docs/conformance.md has no row | 1049 | `HSE_REQ_CANCEL_IO` |"]
        );
    }

    #[test]
    fn a_variable_without_a_row_is_named() {
        let source = "    (\"URL\", |head, _| text(&head.script().url)),\n\
                      \x20   (\"ALL_RAW\", |head, _| {\n";
        assert_eq!(
            missing(variables(source).iter(), "| `URL` | the path |\n"),
            ["docs/conformance.md has no row | `ALL_RAW` |"]
        );
    }
}
