//! `cargo xtask docs`: what in `docs/` follows from the code, written or checked.

mod conformance;
mod links;
mod misuse;
mod transitions;

use crate::workspace::{Workspace, write as replace};

/// Writes the generated parts, then checks the rest.
pub(crate) fn write(workspace: &Workspace) -> Result<(), String> {
    let page = workspace.path(transitions::PAGE);
    replace(&page, &transitions::with_fresh_table(workspace)?)?;
    check_prose(workspace)
}

/// Fails when a generated part is stale, or the prose lacks or invents something.
pub(crate) fn check(workspace: &Workspace) -> Result<(), String> {
    check_prose(workspace)?;
    if workspace.read(transitions::PAGE)? != transitions::with_fresh_table(workspace)? {
        return Err(format!(
            "{} is stale: run `cargo xtask docs`",
            transitions::PAGE
        ));
    }
    Ok(())
}

fn check_prose(workspace: &Workspace) -> Result<(), String> {
    let mut faults = misuse::faults(workspace)?;
    faults.extend(conformance::faults(workspace)?);
    faults.extend(links::faults(workspace)?);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n"))
    }
}
