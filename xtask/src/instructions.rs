//! `cargo xtask instructions`: how many instructions the session machine and one request need,
//! against a number that was found good.
//!
//! Instructions are counted by valgrind, so the numbers do not depend on what else the machine does.
//! They do depend on the compiler, so the baseline names its own; where another one is in use, the
//! numbers are told and nothing fails.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use toml::de::DeValue;

use crate::workspace::{Workspace, line, output, read, run, write};
use crate::{keys, tools};

/// The numbers that were found good.
const BASELINE: &str = "tests/bench/instructions.toml";

/// How many percent more than the baseline is too much.
const TOLERANCE: i64 = 5;

/// What is counted: the argument of the program, and how often it is done in two runs, whose
/// difference is free of the program's start.
const SUBJECTS: [(&str, [u64; 2]); 3] = [
    ("session", [1_000, 11_000]),
    ("hello", [500, 2_500]),
    ("async-hello", [500, 2_500]),
];

/// How often each number is counted; the median is taken. Which of two threads is first still differs
/// now and then.
const RUNS: usize = 3;

/// Counts, and compares with the baseline.
pub(crate) fn check(workspace: &Workspace) -> Result<(), String> {
    let Some(counts) = count(workspace)? else {
        return Ok(());
    };
    let baseline = Baseline::parse(&workspace.read(BASELINE)?)?;
    let compiler = compiler()?;
    if baseline.compiler != compiler {
        for (name, count) in counts {
            println!("{name}: {count} instructions");
        }
        println!(
            "NOT COMPARED: {BASELINE} is of {:?}, and this is {compiler:?}",
            baseline.compiler
        );
        return Ok(());
    }
    let mut faults = Vec::new();
    for (name, count) in counts {
        match baseline.compare(name, count)? {
            Verdict::Better(percent) => println!(
                "{name}: {count} instructions, {percent} % fewer than the baseline; \
                 `cargo xtask instructions --accept` makes that the baseline"
            ),
            Verdict::Same => println!("{name}: {count} instructions, as the baseline"),
            Verdict::Worse(percent) => faults.push(format!(
                "{name}: {count} instructions, {percent} % more than the baseline; if that is what \
                 it takes, `cargo xtask instructions --accept` makes it the baseline"
            )),
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(faults.join("\n"))
}

/// Counts, and makes that the baseline.
pub(crate) fn accept(workspace: &Workspace) -> Result<(), String> {
    let counts = count(workspace)?.ok_or("the baseline is of Linux")?;
    let mut text = format!(
        "# Instructions of each, counted and written by `cargo xtask instructions --accept`.\n\
         compiler = {:?}\n",
        compiler()?
    );
    for (name, count) in counts {
        println!("{name}: {count} instructions");
        text += &format!("{name} = {count}\n");
    }
    write(&workspace.path(BASELINE), &text)
}

/// What each subject needs; `None`, with a word on why, where it cannot be counted.
fn count(workspace: &Workspace) -> Result<Option<Vec<(&'static str, u64)>>, String> {
    if !cfg!(target_os = "linux") {
        println!("NOT COUNTED: valgrind counts instructions on Linux");
        return Ok(None);
    }
    tools::ensure("instructions", &[tools::PROFILER])?;
    let name = "isapi-bench-instructions";
    let arguments = ["build", "--release", "--locked", "--bin", name];
    let package = ["--package", "isapi-bench-service"];
    // Flags that a user has for his own processor would make other instructions.
    run(workspace
        .cargo(arguments.into_iter().chain(package))
        .env_remove("RUSTFLAGS"))?;
    let program = workspace.target("release").join(name);
    let mut counts = Vec::new();
    for (subject, [few, many]) in SUBJECTS {
        let counted = |times: u64| -> Result<u64, String> {
            let mut numbers = Vec::new();
            for _ in 0..RUNS {
                let mut command = valgrind()?;
                command.arg(&program).args([subject, &times.to_string()]);
                numbers.push(collected(&mut command)?);
            }
            numbers.sort_unstable();
            Ok(numbers[RUNS / 2])
        };
        counts.push((subject, (counted(many)? - counted(few)?) / (many - few)));
    }
    Ok(Some(counts))
}

/// Valgrind on one processor, where a thread that wakes another goes on until it waits itself. So
/// threads that hand a request to each other do it in the same order each time.
fn valgrind() -> Result<Command, String> {
    let status = read(Path::new("/proc/self/status"))?;
    let processor = status
        .lines()
        .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
        .and_then(|list| list.trim().split(['-', ',']).next())
        .ok_or("/proc/self/status names no processor")?;
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", processor, "chrt", "--batch", "0"]);
    command.args(["valgrind", "--tool=callgrind", "--fair-sched=try"]);
    command.arg("--callgrind-out-file=/dev/null");
    Ok(command)
}

/// Runs a program under valgrind; returns how many instructions it was.
fn collected(command: &mut Command) -> Result<u64, String> {
    let said = command
        .output()
        .map_err(|error| format!("{}: {error}", line(command)))?;
    let text = String::from_utf8_lossy(&said.stderr);
    if !said.status.success() {
        return Err(format!(
            "{} ended with {}\n{text}",
            line(command),
            said.status
        ));
    }
    parse(&text).ok_or_else(|| format!("{} tells no number:\n{text}", line(command)))
}

/// The number in valgrind's line `==PID== Collected : N`.
fn parse(said: &str) -> Option<u64> {
    let (_, rest) = said.split_once("Collected :")?;
    rest.split_whitespace().next()?.parse().ok()
}

/// The compiler in use and what it builds for.
fn compiler() -> Result<String, String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = output(Command::new(rustc).arg("-vV"))?;
    let mut lines = said.lines();
    let version = lines.next().unwrap_or_default();
    let host = lines
        .find_map(|line| line.strip_prefix("host: "))
        .ok_or("rustc -vV tells no host")?;
    Ok(format!("{version} for {host}"))
}

/// The content of the baseline's file.
struct Baseline {
    compiler: String,
    counts: BTreeMap<String, u64>,
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Better(i64),
    Same,
    Worse(i64),
}

impl Baseline {
    fn parse(text: &str) -> Result<Baseline, String> {
        let table = keys::parse(text).map_err(|fault| format!("{BASELINE}:{fault}"))?;
        let mut compiler = None;
        let mut counts = BTreeMap::new();
        for (key, value) in table.get_ref() {
            match value.get_ref() {
                DeValue::String(text) if key.get_ref() == "compiler" => {
                    compiler = Some(text.to_string());
                }
                DeValue::Integer(number) => {
                    let number = number
                        .as_str()
                        .parse()
                        .map_err(|error| format!("{BASELINE}: {}: {error}", key.get_ref()))?;
                    counts.insert(key.get_ref().to_string(), number);
                }
                _ => return Err(format!("{BASELINE}: {} is no number", key.get_ref())),
            }
        }
        Ok(Baseline {
            compiler: compiler.ok_or_else(|| format!("{BASELINE} names no compiler"))?,
            counts,
        })
    }

    /// The percentage is rounded towards nothing.
    fn compare(&self, name: &str, count: u64) -> Result<Verdict, String> {
        let signed = |number: u64| i64::try_from(number).map_err(|error| error.to_string());
        let usual = match self.counts.get(name) {
            Some(&usual) if usual > 0 => signed(usual)?,
            _ => return Err(format!("{BASELINE} has no number for {name}")),
        };
        let difference = signed(count)? - usual;
        let percent = difference * 100 / usual;
        Ok(if difference * 100 > usual * TOLERANCE {
            Verdict::Worse(percent)
        } else if difference * 100 < -usual * TOLERANCE {
            Verdict::Better(-percent)
        } else {
            Verdict::Same
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Baseline, Verdict, parse};

    #[test]
    fn the_number_is_found_in_what_valgrind_says() {
        let said = "==7== Events    : Ir\n==7== Collected : 123456\n==7== \n";
        assert_eq!(parse(said), Some(123_456));
        assert_eq!(parse("==7== Events    : Ir\n"), None);
    }

    #[test]
    fn five_percent_more_pass_and_anything_above_does_not() {
        let text = "compiler = \"rustc 1.95.0 for x86_64-unknown-linux-gnu\"\nhello = 1000\n";
        let baseline = Baseline::parse(text).expect("it is one");
        let verdict = |count| baseline.compare("hello", count);
        assert_eq!(verdict(1050), Ok(Verdict::Same));
        assert_eq!(verdict(1051), Ok(Verdict::Worse(5)));
        assert_eq!(verdict(950), Ok(Verdict::Same));
        assert_eq!(verdict(800), Ok(Verdict::Better(20)));
        assert!(baseline.compare("session", 1).is_err());
        assert!(Baseline::parse("hello = 1000\n").is_err());
    }
}
