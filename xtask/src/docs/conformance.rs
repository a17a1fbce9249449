//! `docs/conformance.md`: what Microsoft documents, what is done here, and the test that shows it.
//!
//! The rows lie in `docs/conformance/`, one file for each table of the page.

mod coverage;
mod listing;
mod page;
mod row;

use crate::workspace::{Workspace, read};

use listing::Listing;
use row::Group;

/// The generated page.
pub(super) const PAGE: &str = "docs/conformance.md";

/// The folder of the rows. The page follows the order of the files' names.
const ROWS: &str = "docs/conformance";

/// The page's text from the rows there are now.
pub(super) fn fresh_page(workspace: &Workspace) -> Result<String, String> {
    Ok(page::render(&groups(workspace)?))
}

/// Items of the interface without a row, and rows for what does not exist.
pub(super) fn faults(workspace: &Workspace) -> Result<Vec<String>, String> {
    Ok(coverage::faults(&groups(workspace)?))
}

/// Named tests that do not exist or do not run. Compiles the tests to ask them.
pub(super) fn test_faults(workspace: &Workspace) -> Result<Vec<String>, String> {
    let listing = Listing::of(workspace)?;
    Ok(listing.faults(&groups(workspace)?))
}

fn groups(workspace: &Workspace) -> Result<Vec<Group>, String> {
    let files = workspace.files(ROWS, "toml")?;
    if files.is_empty() {
        return Err(format!("found no rows in {ROWS}"));
    }
    files
        .iter()
        .map(|file| {
            Group::parse(&read(file)?).map_err(|error| format!("{}:{error}", file.display()))
        })
        .collect()
}
