//! `cargo xtask bench`: what a request costs, beside other servers on the same machine at the same
//! time, and whether that reaches the goals.

mod build;
mod cases;
mod duel;
mod figures;
mod goal;
mod load;
mod process;
mod report;
mod servers;
mod special;
mod tree;

use std::path::PathBuf;

use crate::tools;
use crate::workspace::Workspace;

use build::Programs;
use cases::{CASES, Case, Run};
use report::Row;

/// Measures the named cases, or all of them. A run of all of them writes `docs/performance.md`.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<(), String> {
    if arguments == ["--list"] {
        for case in CASES {
            println!("{:18} {}", case.name, case.title);
        }
        return Ok(());
    }
    if !cfg!(target_os = "linux") {
        return Err("bench measures on Linux: it reads /proc and uses sendfile(2)".to_owned());
    }
    let request = Request::parse(arguments)?;
    tools::ensure("bench", &[tools::COMPILERS, tools::BENCHMARKS])?;
    let setup = Setup::new(workspace, request.is_quick)?;

    let mut rows = Vec::new();
    let mut failures = Vec::new();
    for case in &request.cases {
        println!("== {}: {}", case.name, case.title);
        match measure(&setup, case) {
            Ok(measured) => {
                for row in &measured {
                    println!("{}", row.to_line());
                }
                rows.extend(measured);
            }
            Err(message) => {
                println!("{message}");
                failures.push(case.name);
            }
        }
    }
    let missed = rows.iter().filter(|row| row.is_reached() == Some(false));
    println!("{} figures, {} goals missed", rows.len(), missed.count());
    match request.is_complete() {
        true => report::write(workspace, &rows, &failures)?,
        false => println!("docs/performance.md is written by a run of all cases without --quick"),
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(format!("could not be measured: {}", failures.join(", ")))
}

fn measure(setup: &Setup, case: &Case) -> Result<Vec<Row>, String> {
    match case.run {
        Run::Duel(duel) => duel::rows(setup, case, duel),
        Run::Special(measure) => measure(setup, case),
    }
}

/// What the command line asks for.
struct Request {
    cases: Vec<&'static Case>,
    is_quick: bool,
}

impl Request {
    fn parse(arguments: &[&str]) -> Result<Request, String> {
        let (options, names): (Vec<&str>, Vec<&str>) = arguments
            .iter()
            .partition(|argument| argument.starts_with('-'));
        if let Some(unknown) = options.iter().find(|&&option| option != "--quick") {
            return Err(format!(
                "no option {unknown}; bench takes --quick, --list and names of cases"
            ));
        }
        let find = |name: &&str| {
            CASES.iter().find(|case| case.name == *name).ok_or_else(|| {
                let known: Vec<_> = CASES.iter().map(|case| case.name).collect();
                format!("no case {name:?}; there are: {}", known.join(" "))
            })
        };
        let cases = match names.is_empty() {
            true => CASES.iter().collect(),
            false => names.iter().map(find).collect::<Result<_, _>>()?,
        };
        Ok(Request {
            cases,
            is_quick: !options.is_empty(),
        })
    }

    /// Its figures may be quoted.
    fn is_complete(&self) -> bool {
        !self.is_quick && self.cases.len() == CASES.len()
    }
}

/// What all cases share.
struct Setup {
    programs: Programs,
    /// Where configurations, logs and files lie.
    folder: PathBuf,
    /// Servers that change their user when root starts them have to be told which.
    is_root: bool,
    /// One short pair of each, to see that it works. The figures are worth nothing.
    is_quick: bool,
}

impl Setup {
    fn new(workspace: &Workspace, is_quick: bool) -> Result<Setup, String> {
        let folder = workspace.target("bench");
        let programs = build::build(workspace, &folder)?;
        Ok(Setup {
            programs,
            folder,
            is_root: tools::is_root(),
            is_quick,
        })
    }

    /// How often something is repeated: `usual` times, or once.
    fn rounds(&self, usual: usize) -> usize {
        if self.is_quick { 1 } else { usual }
    }

    /// How many seconds each measurement takes.
    fn seconds(&self) -> u32 {
        if self.is_quick { 1 } else { 3 }
    }

    /// The folder with the files that servers send.
    fn files(&self) -> PathBuf {
        self.folder.join("files")
    }
}

#[cfg(test)]
mod tests {
    use super::{CASES, Request};

    #[test]
    fn without_names_every_case_is_measured() {
        let request = Request::parse(&[]).expect("nothing is wrong");
        assert_eq!(request.cases.len(), CASES.len());
        assert!(request.is_complete());
    }

    #[test]
    fn a_part_or_a_quick_run_is_not_complete() {
        let part = Request::parse(&["hello"]).expect("there is such a case");
        assert_eq!(part.cases[0].name, "hello");
        assert!(!part.is_complete());
        let quick = Request::parse(&["--quick"]).expect("there is such an option");
        assert!(!quick.is_complete());
    }

    #[test]
    fn what_there_is_not_is_named() {
        let error = |argument| Request::parse(&[argument]).err().unwrap_or_default();
        assert!(error("hallo").starts_with("no case \"hallo\"; there are: hello "));
        assert!(error("--fast").starts_with("no option --fast"));
    }
}
