//! The report for people.

use std::fmt;

use crate::entry_points::Presence;
use crate::format::Kind;
use crate::report::{DependencyState, Report, Verdict};

impl Report {
    /// The verdict in words, without its reasons.
    pub fn verdict_text(&self) -> String {
        match &self.verdict {
            Verdict::DoesNotRun => "does not run".to_owned(),
            Verdict::RunsElsewhere { platform } => format!("runs on {platform}; here not"),
            Verdict::RunsHere if self.problems.is_empty() => "runs here".to_owned(),
            Verdict::RunsHere => "may run here".to_owned(),
        }
    }

    /// Such as "ELF shared library for x86_64 (64 bit)"; `None` where nothing is known.
    fn file_type(&self) -> Option<String> {
        let format = match self.container {
            crate::Container::Elf => "ELF",
            crate::Container::Pe => "PE",
            crate::Container::MachO => "Mach-O",
            _ => return None,
        };
        let kind = match self.kind {
            Some(Kind::CoreDump) => "core dump",
            Some(Kind::ObjectFile) => "object file",
            Some(Kind::Program) => "program",
            Some(Kind::SharedLibrary) => "shared library",
            Some(Kind::StaticLibrary) => "static library",
            None => "file",
        };
        let mut text = format!("{format} {kind}");
        if let (Some(processor), Some(bits)) = (&self.processor, self.bits) {
            text += &format!(" for {processor} ({bits} bit)");
        }
        if self.is_dotnet {
            text += ", .NET assembly";
        }
        Some(text)
    }

    fn role(&self) -> Option<&'static str> {
        match (self.is_extension(), self.is_filter()) {
            (true, true) => Some("ISAPI extension and filter; isapi uses the extension"),
            (true, false) => Some("ISAPI extension"),
            (false, true) => Some("ISAPI filter"),
            (false, false) => None,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.to_string_lossy();
        writeln!(f, "{}: {}", printable(&file), self.verdict_text())?;
        for problem in &self.problems {
            let word = if problem.is_certain {
                "because"
            } else {
                "perhaps not"
            };
            writeln!(f, "  {word}: {}", printable(&problem.cause))?;
            writeln!(f, "  do this: {}", printable(&problem.cure))?;
        }
        let mut line = |title: &str, text: &str| writeln!(f, "  {title:<12} {}", printable(text));
        if let Some(text) = self.file_type() {
            line("type", &text)?;
        }
        if let Some(text) = self.role() {
            line("role", text)?;
        }
        if let Some(text) = &self.description {
            line("description", text)?;
        }
        if let Some(text) = &self.product_version {
            line("version", text)?;
        }
        let exported: Vec<&str> = self
            .entry_points
            .iter()
            .filter(|(_, presence)| *presence == Presence::Exported)
            .map(|(point, _)| point.name())
            .collect();
        if !exported.is_empty() {
            line("exports", &exported.join(", "))?;
        }
        for (point, presence) in &self.entry_points {
            match presence {
                Presence::Decorated { symbol, decoration } => line(
                    "has",
                    &format!(
                        "{} as {symbol} ({})",
                        point.name(),
                        decoration.explanation()
                    ),
                )?,
                Presence::Hidden => line("has", &format!("{}, hidden", point.name()))?,
                Presence::Exported | Presence::Missing => {}
            }
        }
        for dependency in &self.dependencies {
            let name = &dependency.name;
            let text = match &dependency.state {
                DependencyState::Found(path) => format!("{name} ({})", path.display()),
                DependencyState::Missing => format!("{name} (not found)"),
                DependencyState::NotChecked => name.clone(),
                DependencyState::System => format!("{name} (Windows)"),
            };
            line("needs", &text)?;
        }
        Ok(())
    }
}

/// Longest text of a file that is shown.
const LONGEST_TEXT: usize = 1024;

/// `text` without what would move a terminal's cursor: names in a file can be anything.
fn printable(text: &str) -> String {
    text.chars()
        .take(LONGEST_TEXT)
        .flat_map(|letter| {
            let escaped = letter.is_control();
            let plain = (!escaped).then_some(letter);
            plain.into_iter().chain(
                escaped
                    .then(|| letter.escape_default())
                    .into_iter()
                    .flatten(),
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_not_sent() {
        assert_eq!(printable("a\x1b[2Jb\nö"), "a\\u{1b}[2Jb\\nö");
    }
}
