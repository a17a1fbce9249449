//! Every request code of the header has its row in `docs/conformance.md`.

use crate::workspace::Workspace;

const SOURCE: &str = "abi/src/requests.rs";
const PAGE: &str = "docs/conformance.md";

/// Where the two ranges of codes begin; no requests themselves.
const BASES: [(&str, u32); 2] = [("HSE_REQ_BASE", 0), ("HSE_REQ_END_RESERVED", 1000)];

/// The codes without a row.
pub(super) fn faults(workspace: &Workspace) -> Result<Vec<String>, String> {
    let declared = declared(&workspace.read(SOURCE)?);
    if declared.is_empty() {
        return Err(format!("found no request code in {SOURCE}"));
    }
    Ok(missing(&declared, &workspace.read(PAGE)?))
}

/// Name and number of each `HSE_... : DWORD = BASE + NUMBER;`.
fn declared(source: &str) -> Vec<(String, u32)> {
    source.lines().filter_map(declaration).collect()
}

fn declaration(line: &str) -> Option<(String, u32)> {
    let line = line.trim().trim_start_matches("pub const ");
    let (name, value) = line.strip_suffix(';')?.split_once(": DWORD = ")?;
    let (base, offset) = value.split_once(" + ")?;
    let (_, base) = BASES.into_iter().find(|(known, _)| *known == base)?;
    let offset: u32 = offset.parse().ok()?;
    Some((name.to_owned(), base + offset))
}

fn missing(declared: &[(String, u32)], page: &str) -> Vec<String> {
    declared
        .iter()
        .map(|(name, code)| format!("| {code} | `{name}` |"))
        .filter(|row| !page.lines().any(|line| line.starts_with(row)))
        .map(|row| format!("{PAGE} has no row {row}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{declared, missing};

    #[test]
    fn a_code_without_a_row_is_named() {
        let source = "    /// Ends it.\n    HSE_REQ_DONE_WITH_SESSION: DWORD = HSE_REQ_BASE + 4;\n\
                      \x20   HSE_REQ_CANCEL_IO: DWORD = HSE_REQ_END_RESERVED + 49;\n\
                      \x20   HSE_REQ_END_RESERVED: DWORD = 1000;\n";
        let page = "| 4 | `HSE_REQ_DONE_WITH_SESSION` | ends the session |\n";
        assert_eq!(
            missing(&declared(source), page),
            ["docs/conformance.md has no row | 1049 | `HSE_REQ_CANCEL_IO` |"]
        );
    }
}
