//! The report for programs.

use serde_json::{Value, json};

use crate::entry_points::Presence;
use crate::report::{DependencyState, Report, Verdict};

impl Report {
    /// The report as JSON; `docs/inspect.md` describes its fields.
    ///
    /// Fields may be added; those that are there keep their names and meanings. What is not known
    /// is `null`.
    pub fn to_json(&self) -> Value {
        json!({
            "file": self.file.to_string_lossy(),
            "format": self.container.name(),
            "kind": self.kind.map(crate::Kind::name),
            "processor": self.processor,
            "bits": self.bits,
            "byte_order": self.is_little_endian.map(byte_order),
            "is_extension": self.is_extension(),
            "is_filter": self.is_filter(),
            "is_dotnet": self.is_dotnet,
            "description": self.description,
            "product_version": self.product_version,
            "entry_points": self.entry_points.iter().map(|(point, presence)| json!({
                "name": point.name(),
                "required": point.is_required(),
                "state": state(presence),
                "symbol": symbol(presence),
            })).collect::<Vec<_>>(),
            "dependencies": self.dependencies.iter().map(|dependency| json!({
                "name": dependency.name,
                "state": dependency_state(&dependency.state),
                "path": path(&dependency.state),
            })).collect::<Vec<_>>(),
            "problems": self.problems.iter().map(|problem| json!({
                "code": problem.code.name(),
                "certain": problem.is_certain,
                "cause": problem.cause,
                "cure": problem.cure,
            })).collect::<Vec<_>>(),
            "verdict": verdict(&self.verdict),
            "runs_on": match &self.verdict {
                Verdict::RunsElsewhere { platform } => Some(platform),
                _ => None,
            },
            "text": self.verdict_text(),
        })
    }
}

fn byte_order(is_little_endian: bool) -> &'static str {
    if is_little_endian { "little" } else { "big" }
}

fn state(presence: &Presence) -> &'static str {
    match presence {
        Presence::Decorated { .. } => "decorated",
        Presence::Exported => "exported",
        Presence::Hidden => "hidden",
        Presence::Missing => "missing",
    }
}

fn symbol(presence: &Presence) -> Option<&str> {
    match presence {
        Presence::Decorated { symbol, .. } => Some(symbol),
        _ => None,
    }
}

fn dependency_state(state: &DependencyState) -> &'static str {
    match state {
        DependencyState::Found(_) => "found",
        DependencyState::Missing => "missing",
        DependencyState::NotChecked => "not_checked",
        DependencyState::System => "system",
    }
}

fn path(state: &DependencyState) -> Option<String> {
    match state {
        DependencyState::Found(path) => Some(path.to_string_lossy().into_owned()),
        _ => None,
    }
}

fn verdict(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::DoesNotRun => "does_not_run",
        Verdict::RunsElsewhere { .. } => "runs_elsewhere",
        Verdict::RunsHere => "runs_here",
    }
}
