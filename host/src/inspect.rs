//! `isapi inspect FILE`: what a module is and whether it can be hosted here.

use std::fmt::Display;
use std::path::Path;

use crate::console;
use crate::failure::{StartFailure, Stop};

/// Writes the report to standard output. Programs find an object there even if there is no report.
///
/// # Errors
///
/// The file cannot be read, or standard output cannot be written.
pub(crate) fn run(file: &Path, as_json: bool) -> Result<Stop, StartFailure> {
    let report = match isapi_inspect::inspect(file) {
        Ok(report) => report,
        Err(unreadable) => {
            if as_json {
                show(format_args!("{:#}", unreadable.to_json()))?;
            }
            let shown = file.display();
            return Err(StartFailure::new(format!(
                "cannot inspect {shown}: {unreadable}"
            )));
        }
    };
    if as_json {
        show(format_args!("{:#}", report.to_json()))?;
    } else {
        show(report.to_string().trim_end())?;
    }
    Ok(if report.runs_here() {
        Stop::Clean
    } else {
        Stop::Unfit
    })
}

fn show(text: impl Display) -> Result<(), StartFailure> {
    console::show(text)
        .map_err(|error| StartFailure::new(format!("cannot write the report: {error}")))
}
