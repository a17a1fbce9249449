//! `isapi inspect FILE`: what a module is and whether it can be hosted here.

use std::path::Path;

use crate::console;
use crate::failure::{StartFailure, Stop};

/// Writes the report to standard output.
///
/// # Errors
///
/// The file cannot be read, or standard output cannot be written.
pub(crate) fn run(file: &Path, as_json: bool) -> Result<Stop, StartFailure> {
    let report = isapi_inspect::inspect(file).map_err(|error| {
        let shown = file.display();
        StartFailure::new(format!("cannot inspect {shown}: {error}"))
    })?;
    let written = if as_json {
        console::show(format_args!("{:#}", report.to_json()))
    } else {
        console::show(report.to_string().trim_end())
    };
    written.map_err(|error| StartFailure::new(format!("cannot write the report: {error}")))?;
    Ok(if report.runs_here() {
        Stop::Clean
    } else {
        Stop::Unfit
    })
}
