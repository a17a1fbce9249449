//! `cargo xtask docs`: what in `docs/` follows from the code, written or checked.

mod conformance;
mod links;
mod misuse;
mod platforms;
mod transitions;

use crate::workspace::{Workspace, write as replace};

/// Writes the generated parts, then checks the rest.
pub(crate) fn write(workspace: &Workspace) -> Result<(), String> {
    for (page, text) in generated(workspace)? {
        replace(&workspace.path(page), &text)?;
    }
    check_prose(workspace)
}

/// Fails when a generated part is stale, the prose lacks or invents something, or a test that the
/// prose names does not run.
pub(crate) fn check(workspace: &Workspace) -> Result<(), String> {
    check_prose(workspace)?;
    for (page, text) in generated(workspace)? {
        if workspace.read(page)? != text {
            return Err(format!("{page} is stale: run `cargo xtask docs`"));
        }
    }
    fail_with(&conformance::test_faults(workspace)?)
}

/// The pages that follow from the code or from tables, with the text they should have.
fn generated(workspace: &Workspace) -> Result<[(&'static str, String); 2], String> {
    Ok([
        (transitions::PAGE, transitions::with_fresh_table(workspace)?),
        (conformance::PAGE, conformance::fresh_page(workspace)?),
    ])
}

fn check_prose(workspace: &Workspace) -> Result<(), String> {
    let mut faults = misuse::faults(workspace)?;
    faults.extend(conformance::faults(workspace)?);
    faults.extend(links::faults(workspace)?);
    faults.extend(platforms::faults(workspace)?);
    fail_with(&faults)
}

fn fail_with(faults: &[String]) -> Result<(), String> {
    if faults.is_empty() {
        return Ok(());
    }
    Err(faults.join("\n"))
}
