//! How often a synchronous hello allocates: counted by a program with the service in it.

use std::process::Command;

use crate::workspace::output;

use super::super::Setup;
use super::super::cases::Case;
use super::super::figures::{Spread, Unit};
use super::super::report::Row;

pub(crate) fn measure(setup: &Setup, case: &Case) -> Result<Vec<Row>, String> {
    let said = output(&mut Command::new(&setup.programs.allocations))?;
    let mut rows = Vec::new();
    for line in said.lines() {
        let counted = parse(line).ok_or_else(|| format!("no counts: {line}"))?;
        let (name, allocations, bytes) = counted;
        let what = format!("allocations per request, {name}");
        rows.push(Row::new(
            case,
            &what,
            Unit::Count,
            Spread::exactly(allocations),
        ));
        let what = format!("bytes allocated per request, {name}");
        rows.push(Row::new(case, &what, Unit::Bytes, Spread::exactly(bytes)));
    }
    Ok(rows)
}

/// `NAME allocations N bytes N`.
fn parse(line: &str) -> Option<(&str, f64, f64)> {
    match *line.split_whitespace().collect::<Vec<_>>() {
        [name, "allocations", allocations, "bytes", bytes] => {
            Some((name, allocations.parse().ok()?, bytes.parse().ok()?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_line_of_counts_is_understood() {
        let line = "service allocations 12.00 bytes 3456";
        assert_eq!(parse(line), Some(("service", 12.0, 3456.0)));
        assert_eq!(parse("service 12"), None);
    }
}
