//! What is known of a file once it was looked into.

use std::path::{Path, PathBuf};

use crate::entry_points::{EntryPoint, Presence, Symbols};
use crate::format::{Container, Kind};
use crate::host::Host;
use crate::problem::{self, Problem, ProblemCode};

/// What [`inspect`](crate::inspect) found out. Displayed as lines for people; [`Report::to_json`] is
/// for programs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// The file, as it was named.
    pub file: PathBuf,
    /// Its format.
    pub container: Container,
    /// What it is for; `None` where that cannot be told.
    pub kind: Option<Kind>,
    /// The processor it is for, as `std::env::consts::ARCH` names it; `None` where that cannot be
    /// told.
    pub processor: Option<String>,
    /// The width of its addresses, 32 or 64.
    pub bits: Option<u8>,
    /// Whether the least significant byte of a number comes first.
    pub is_little_endian: Option<bool>,
    /// The entry points of extensions and filters; empty where the exports cannot be read.
    pub entry_points: Vec<(EntryPoint, Presence)>,
    /// The libraries it needs, in its order, then those that these need.
    pub dependencies: Vec<Dependency>,
    /// Whether it holds code for the .NET runtime.
    pub is_dotnet: bool,
    /// What the file says of itself (`FileDescription`).
    pub description: Option<String>,
    /// The version the file says it has (`ProductVersion`).
    pub product_version: Option<String>,
    /// What keeps it from running here, or may.
    pub problems: Vec<Problem>,
    /// Where it runs.
    pub verdict: Verdict,
}

/// Where a module runs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// Nowhere.
    DoesNotRun,
    /// On another platform, and not on this one.
    RunsElsewhere {
        /// Such as "64-bit Windows".
        platform: String,
    },
    /// Here, as far as can be told without loading it.
    RunsHere,
}

/// A library that a module needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// Its name, as the module has it.
    pub name: String,
    /// Whether there is one.
    pub state: DependencyState,
}

/// Whether a library is there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DependencyState {
    /// In this file.
    Found(PathBuf),
    /// In no place where it would be looked for.
    Missing,
    /// Not looked for: the module is for another platform.
    NotChecked,
    /// A part of the operating system.
    System,
}

impl Report {
    pub(crate) fn new(file: &Path, container: Container) -> Self {
        Self {
            file: file.to_owned(),
            container,
            kind: None,
            processor: None,
            bits: None,
            is_little_endian: None,
            entry_points: Vec::new(),
            dependencies: Vec::new(),
            is_dotnet: false,
            description: None,
            product_version: None,
            problems: Vec::new(),
            verdict: Verdict::DoesNotRun,
        }
    }

    /// Whether `isapi` on this machine can host the module, as far as can be told without loading
    /// it.
    pub fn runs_here(&self) -> bool {
        self.verdict == Verdict::RunsHere
    }

    /// Whether the module has the required entry points of an extension, under their plain names.
    pub fn is_extension(&self) -> bool {
        self.exports(EntryPoint::GetExtensionVersion) && self.exports(EntryPoint::HttpExtensionProc)
    }

    /// Whether the module has the entry points of an ISAPI filter, under their plain names.
    pub fn is_filter(&self) -> bool {
        self.exports(EntryPoint::GetFilterVersion)
    }

    fn exports(&self, point: EntryPoint) -> bool {
        self.entry_points.contains(&(point, Presence::Exported))
    }

    /// Notes what the symbol tables say of the entry points, and what is wrong with that.
    pub(crate) fn judge_entry_points(&mut self, symbols: &Symbols) {
        self.entry_points = EntryPoint::ALL
            .map(|point| (point, symbols.presence(point)))
            .to_vec();
        let required = || {
            self.entry_points
                .iter()
                .filter(|(point, _)| point.is_required())
        };
        let has_neither = required().all(|(_, presence)| *presence == Presence::Missing);
        let problems = if has_neither && self.is_filter() {
            vec![Problem::new(
                ProblemCode::Filter,
                "it is an ISAPI filter (it exports GetFilterVersion), not an extension",
                "isapi hosts extensions and no filters; ask its maker for an extension",
            )]
        } else if has_neither && self.is_dotnet {
            vec![Problem::new(
                ProblemCode::DotNet,
                "it is a .NET assembly without native exports",
                "run it with ASP.NET, or write the extension in a language that makes native \
                 libraries",
            )]
        } else {
            required().filter_map(missing_export).collect()
        };
        self.problems.extend(problems);
    }

    /// Says where the module runs, after all that could be wrong was looked at. `platform` is where
    /// it belongs.
    pub(crate) fn conclude(&mut self, platform: Option<String>) {
        let is_broken = self
            .problems
            .iter()
            .any(|problem| problem.is_certain && problem.code != ProblemCode::OtherPlatform);
        self.verdict = match platform {
            Some(platform) if !is_broken => {
                if self.has(ProblemCode::OtherPlatform) {
                    Verdict::RunsElsewhere { platform }
                } else {
                    Verdict::RunsHere
                }
            }
            _ => Verdict::DoesNotRun,
        };
    }

    fn has(&self, code: ProblemCode) -> bool {
        self.problems.iter().any(|problem| problem.code == code)
    }
}

/// What is wrong with a required entry point, in the words of the loader's errors.
fn missing_export((point, presence): &(EntryPoint, Presence)) -> Option<Problem> {
    let name = point.name();
    let problem = match presence {
        Presence::Exported => return None,
        Presence::Decorated { symbol, decoration } => Problem::new(
            ProblemCode::DecoratedExport,
            format!(
                "{name} is not exported; it is there as {symbol} ({})",
                decoration.explanation()
            ),
            decoration.cure(),
        ),
        Presence::Hidden => Problem::new(
            ProblemCode::HiddenExport,
            format!("{name} is not exported; it is there, but hidden"),
            "it must not be static, nor hidden by -fvisibility=hidden or a version script",
        ),
        Presence::Missing => Problem::new(
            ProblemCode::MissingExport,
            format!("{name} is not exported"),
            "every extension has to define it",
        ),
    };
    Some(problem)
}

/// The problem of a module that was built for others. `found` is what it is, such as "a Windows
/// DLL".
pub(crate) fn other_platform(found: &str, host: &Host) -> Problem {
    Problem::new(
        ProblemCode::OtherPlatform,
        format!("{found}, but this server loads modules of {}", host.name()),
        problem::build_for_this_host(),
    )
}
