//! What was measured, as lines on the terminal and as `docs/performance.md`.

use std::fs;
use std::process::Command;

use crate::generated_part::Marks;
use crate::tools::{APACHE_PROGRAM, NGINX_PROGRAM};
use crate::workspace::{Workspace, output, write as replace};

use super::cases::Case;
use super::figures::{Spread, Unit};
use super::goal::Goal;

/// The page; what people write on it stays.
const PAGE: &str = "docs/performance.md";

const BEGIN: &str = "<!-- benchmark:begin -->\n";
const END: &str = "<!-- benchmark:end -->";

/// A figure of the report.
#[derive(Debug)]
pub(super) struct Row {
    case: &'static str,
    title: &'static str,
    /// What is counted.
    what: String,
    /// The figures behind a ratio, with units; empty where there is none.
    pub(super) ours: String,
    pub(super) peer: String,
    unit: Unit,
    pub(super) measured: Spread,
    /// Ours and the peer's as multiples of the floor's.
    pub(super) floor: Option<(f64, f64)>,
    goal: Option<Goal>,
}

impl Row {
    pub(super) fn new(case: &Case, what: &str, unit: Unit, measured: Spread) -> Row {
        Row {
            case: case.name,
            title: case.title,
            what: what.to_owned(),
            ours: String::new(),
            peer: String::new(),
            unit,
            measured,
            floor: None,
            goal: None,
        }
    }

    pub(super) fn goal(self, goal: Option<Goal>) -> Row {
        Row { goal, ..self }
    }

    /// Names whose figure the peer's is.
    pub(super) fn peer_name(self, name: &str) -> Row {
        Row {
            peer: format!("{name} {}", self.peer),
            ..self
        }
    }

    /// `None` where nothing is to be reached.
    pub(super) fn is_reached(&self) -> Option<bool> {
        Some(self.goal?.is_reached(self.measured.median))
    }

    fn goal_text(&self) -> String {
        self.goal.map_or(String::new(), |goal| goal.show(self.unit))
    }

    fn verdict(&self) -> &'static str {
        match self.is_reached() {
            None => "",
            Some(true) => "reached",
            Some(false) => "**missed**",
        }
    }

    fn floor_text(&self) -> String {
        self.floor.map_or(String::new(), |(ours, peer)| {
            format!("{ours:.2}, {peer:.2}")
        })
    }

    /// For the terminal.
    pub(super) fn to_line(&self) -> String {
        let mut line = format!("   {}: {}", self.what, self.unit.show_spread(self.measured));
        if !self.ours.is_empty() {
            line += &format!("; ours {}, {}", self.ours, self.peer);
        }
        if self.floor.is_some() {
            line += &format!("; times the floor {}", self.floor_text());
        }
        if self.goal.is_some() {
            line += &format!("; {}: {}", self.goal_text(), self.verdict());
        }
        line
    }

    fn to_markdown(&self) -> String {
        let cells = [
            self.what.clone(),
            self.ours.clone(),
            self.peer.clone(),
            self.unit.show_spread(self.measured),
            self.floor_text(),
            self.goal_text(),
            self.verdict().to_owned(),
        ];
        format!("| {} |\n", cells.join(" | "))
    }
}

/// Replaces the page's generated part. What could not be measured is named there.
pub(super) fn write(workspace: &Workspace, rows: &[Row], failures: &[&str]) -> Result<(), String> {
    let mut text = format!("{}{}", circumstances(workspace)?, tables(rows));
    if !failures.is_empty() {
        text += &format!("**Could not be measured:** {}.\n\n", failures.join(", "));
    }
    let page = replace_part(&workspace.read(PAGE)?, &text)?;
    replace(&workspace.path(PAGE), &page)?;
    println!("{PAGE} is written");
    Ok(())
}

fn replace_part(page: &str, text: &str) -> Result<String, String> {
    let marks = Marks {
        page: PAGE,
        begin: BEGIN,
        end: END,
    };
    marks.replace(page, text)
}

/// One table for each case, in the order in which they were measured.
fn tables(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut last = "";
    for row in rows {
        if row.case != last {
            text += &format!("\n### `{}`\n\n{}\n\n", row.case, capitalised(row.title));
            text += "| figure | ours | peer | median (least to greatest) | times the floor: ours, peer \
                     | goal | |\n|---|---|---|---|---|---|---|\n";
            last = row.case;
        }
        text += &row.to_markdown();
    }
    text + "\n"
}

fn capitalised(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).chain(['.']).collect()
}

/// Where, when and of what.
fn circumstances(workspace: &Workspace) -> Result<String, String> {
    let say = |program: &str, arguments: &[&str]| -> Result<String, String> {
        let mut command = Command::new(program);
        command.current_dir(workspace.path("")).args(arguments);
        Ok(output(&mut command)?.trim().to_owned())
    };
    let mut commit = say("git", &["rev-parse", "--short=12", "HEAD"])?;
    let changes = say("git", &["status", "--porcelain", "--untracked-files=no"])?;
    // The page itself was changed by the run before.
    if changes.lines().any(|line| !line.ends_with(PAGE)) {
        commit += ", with changes";
    }
    let nginx = combined(Command::new(NGINX_PROGRAM).arg("-v"))?;
    let nginx = nginx.trim().trim_start_matches("nginx version: ");
    let apache = combined(Command::new(APACHE_PROGRAM).arg("-v"))?;
    let apache = apache.lines().next().unwrap_or_default();
    let apache = apache.trim_start_matches("Server version: ");
    let lines = [
        ("machine", machine()?),
        ("system", system(&say("uname", &["-sr"])?)),
        ("date", say("date", &["-u", "+%F"])?),
        ("commit", commit),
        ("command", "`cargo xtask bench`".to_owned()),
        ("compiler", say("rustc", &["--version"])?),
        ("peers", format!("{nginx}, {apache}")),
    ];
    let mut text = "| | |\n|---|---|\n".to_owned();
    for (name, value) in lines {
        text += &format!("| {name} | {value} |\n");
    }
    Ok(text)
}

/// A system and its version, without what its packager calls it.
fn system(name: &str) -> String {
    name.split('-').next().unwrap_or_default().to_owned()
}

/// What a program says on either of its outputs.
fn combined(command: &mut Command) -> Result<String, String> {
    let said = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    let text = [said.stdout, said.stderr].concat();
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn machine() -> Result<String, String> {
    let read = |path: &str| fs::read_to_string(path).map_err(|error| format!("{path}: {error}"));
    let processors = read("/proc/cpuinfo")?;
    let models: Vec<&str> = processors
        .lines()
        .filter_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map(|(_, model)| model)
        .collect();
    let memory = read("/proc/meminfo")?;
    let kilobytes: u64 = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:"))
        .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .ok_or("/proc/meminfo has no MemTotal")?;
    Ok(format!(
        "{} × {}, {} GiB",
        models.len(),
        models.first().unwrap_or(&"processor of unknown kind"),
        (kilobytes + (1 << 19)) >> 20
    ))
}

#[cfg(test)]
mod tests {
    use super::{Row, replace_part, system, tables};
    use crate::bench::cases::CASES;
    use crate::bench::figures::{Spread, Unit};
    use crate::bench::goal::Goal;

    fn row(median: f64) -> Row {
        let measured = Spread {
            median,
            min: 1.0,
            max: 2.0,
        };
        Row::new(&CASES[0], "CPU per request", Unit::Ratio, measured).goal(Some(Goal::AtMost(1.25)))
    }

    #[test]
    fn a_row_says_whether_its_goal_is_reached() {
        let text = tables(&[row(1.2), row(1.5)]);
        let lines: Vec<&str> = text.lines().filter(|line| line.contains("CPU")).collect();
        assert_eq!(
            lines,
            [
                "| CPU per request |  |  | 1.20 (1.00 to 2.00) |  | at most 1.25 | reached |",
                "| CPU per request |  |  | 1.50 (1.00 to 2.00) |  | at most 1.25 | **missed** |",
            ]
        );
        assert_eq!(text.matches("### ").count(), 1);
    }

    #[test]
    fn a_system_goes_by_its_version() {
        assert_eq!(system("Linux 6.1.0-18-amd64"), "Linux 6.1.0");
    }

    #[test]
    fn what_people_wrote_stays() {
        let page = "a\n<!-- benchmark:begin -->\nold\n<!-- benchmark:end -->\nb\n";
        let fresh = "a\n<!-- benchmark:begin -->\nnew\n<!-- benchmark:end -->\nb\n";
        assert_eq!(replace_part(page, "new\n").as_deref(), Ok(fresh));
        assert!(replace_part("a\n", "new\n").is_err());
    }
}
