//! `cargo xtask windows-test`: the conformance tests against `isapi.exe`, and the tests that need
//! Windows, both under Wine.

use std::collections::BTreeSet;
use std::process::Command;

use crate::test_programs::{self, TestProgram};
use crate::workspace::{Workspace, output};

use super::Layout;
use super::build::build_with;
use super::differences::{Differences, FILE};
use super::prefix::Wine;
use super::results::Results;
use super::toolchain::Toolchain;

/// Packages whose tests start a server program and speak HTTP with it. They run on this machine,
/// the server under Wine.
const OVER_HTTP: [&str; 3] = ["isapi-conformance", "isapi-host", "isapi-windows-tests"];

/// Turns on the tests that cannot run without this leg.
const FEATURE: &str = "isapi-windows-tests/leg";

/// Packages whose own tests run under Wine.
const UNDER_WINE: [&str; 1] = ["isapi-win-backend"];

/// The module of tests on extensions that are linked in. `isapi.exe` has none of those; each such
/// test has its twin on a module file.
const LINKED: &str = "linked";

/// How many tests run at once.
const THREADS: usize = 4;

/// Builds everything and runs every test whose name contains `filter`, less those that
/// `tests/conformance/wine.toml` names.
pub(crate) fn test(workspace: &Workspace, filter: &str) -> Result<(), String> {
    let toolchain = Toolchain::find("windows-test")?;
    let differences = Differences::parse(&workspace.read(FILE)?)?;
    build_with(workspace, &toolchain)?;
    let over_http = build_over_http(workspace)?;
    let under_wine = build_under_wine(workspace, &toolchain)?;

    let wine = Wine::start(workspace)?;
    ensure_starts(workspace, &toolchain, &wine)?;
    let over_http = over_http.iter().map(|program| Run {
        program,
        command: Box::new(|| server_command(workspace, &wine, program)),
    });
    let under_wine = under_wine.iter().map(|program| Run {
        program,
        command: Box::new(|| wine_command(workspace, &wine, program)),
    });
    let runs: Vec<_> = over_http.chain(under_wine).collect();
    run_all(&runs, &differences, filter)
}

/// Fails where Wine lacks what the program needs to start: each test would fail without saying so.
fn ensure_starts(workspace: &Workspace, toolchain: &Toolchain, wine: &Wine) -> Result<(), String> {
    let mut command = Command::new(wine.program());
    command
        .arg(Layout::of(workspace).program())
        .arg("--version");
    let started = output(wine.apply(&mut command));
    started.map(drop).map_err(|error| match toolchain {
        Toolchain::BuiltStd => error,
        Toolchain::InstalledStd(target) => format!(
            "{error}\nThe standard library for {target} needs a newer Wine than this one. Install that, \
             or remove the library (`rustup target remove {target}`): then one is built that does not."
        ),
    })
}

/// A test program and how it is run.
struct Run<'a> {
    program: &'a TestProgram,
    command: Box<dyn Fn() -> Command + 'a>,
}

fn build_over_http(workspace: &Workspace) -> Result<Vec<TestProgram>, String> {
    let mut command = workspace.cargo(["test", "--locked", "--tests", "--features", FEATURE]);
    for package in OVER_HTTP {
        command.args(["--package", package]);
    }
    let programs = test_programs::build(workspace, &mut command)?;
    // A package's own unit tests start no server.
    Ok(programs
        .into_iter()
        .filter(|program| program.is_integration_test)
        .collect())
}

fn build_under_wine(
    workspace: &Workspace,
    toolchain: &Toolchain,
) -> Result<Vec<TestProgram>, String> {
    let mut command = toolchain.cargo(workspace, "test");
    command.args(["--release", "--lib", "--tests"]);
    for package in UNDER_WINE {
        command.args(["--package", package]);
    }
    test_programs::build(workspace, &mut command)
}

/// A test program of this machine whose servers run under Wine.
fn server_command(workspace: &Workspace, wine: &Wine, program: &TestProgram) -> Command {
    let layout = Layout::of(workspace);
    let mut command = program.command();
    wine.apply(&mut command)
        .env("ISAPI_TEST_PROGRAM", layout.program())
        .env("ISAPI_TEST_RUNNER", wine.program())
        .env("ISAPI_TEST_EXTENSIONS", layout.extensions());
    command
}

/// A test program of Windows.
fn wine_command(workspace: &Workspace, wine: &Wine, program: &TestProgram) -> Command {
    let mut command = Command::new(wine.program());
    command
        .arg(&program.executable)
        .current_dir(&program.folder);
    wine.apply(&mut command)
        .env("ISAPI_TEST_EXTENSIONS", Layout::of(workspace).extensions());
    command
}

fn run_all(runs: &[Run<'_>], differences: &Differences, filter: &str) -> Result<(), String> {
    let mut chosen = Vec::new();
    let mut names = BTreeSet::new();
    for run in runs {
        let all = test_programs::names((run.command)(), &[])?;
        names.extend(all.iter().map(|name| run.program.full_name(name)));
        chosen.push(choose(run.program, all, differences, filter));
    }
    differences.check(&names)?;

    let mut results = Results::default();
    for (run, choice) in runs.iter().zip(&chosen) {
        if choice.tests.is_empty() {
            continue;
        }
        let mut command = (run.command)();
        command.arg(format!("--test-threads={THREADS}"));
        if !choice.is_all {
            command.arg("--exact").args(&choice.tests);
        }
        let title = run.program.title();
        println!("-- {title}");
        results.run(title, &mut command, |name| {
            let mut alone = (run.command)();
            alone.args(["--exact", name]);
            alone
        })?;
    }
    for name in &results.repeated {
        println!("windows-test: passed when run again: {name}");
    }
    println!(
        "windows-test: {} passed ({} of them when run again), {} failed, {} ignored, {} left out by \
         {FILE}",
        results.passed,
        results.repeated.len(),
        results.failed,
        results.ignored,
        differences.count()
    );
    if results.faults.is_empty() {
        return Ok(());
    }
    Err(results.faults.join("\n"))
}

/// The tests of a program that are to run.
#[derive(Debug, PartialEq, Eq)]
struct Choice {
    tests: Vec<String>,
    /// They are all it has, and need not be named.
    is_all: bool,
}

fn choose(
    program: &TestProgram,
    all: Vec<String>,
    differences: &Differences,
    filter: &str,
) -> Choice {
    let count = all.len();
    let tests: Vec<_> = all
        .into_iter()
        .filter(|name| !name.split("::").any(|part| part == LINKED))
        .filter(|name| {
            let name = program.full_name(name);
            name.contains(filter) && !differences.contain(&name)
        })
        .collect();
    Choice {
        is_all: tests.len() == count,
        tests,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::differences::Differences;
    use super::{Choice, TestProgram, choose};

    fn chosen(filter: &str) -> Choice {
        let program = TestProgram {
            executable: PathBuf::from("/t/calls"),
            folder: PathBuf::from("/w/tests/conformance"),
            is_integration_test: true,
            prefix: "calls::".to_owned(),
        };
        let text = "[[difference]]\ntest = \"calls::flush::so::b\"\nreason = \"c\"\n";
        let differences = Differences::parse(text).expect("it is well-formed");
        let all = [
            "flush::linked::a",
            "flush::so::a",
            "flush::so::b",
            "flush::so::bb",
        ];
        choose(
            &program,
            all.map(str::to_owned).to_vec(),
            &differences,
            filter,
        )
    }

    #[test]
    fn twins_that_are_linked_in_and_differences_are_left_out_and_nothing_else() {
        let choice = chosen("");
        assert_eq!(choice.tests, ["flush::so::a", "flush::so::bb"]);
        assert!(!choice.is_all);
    }

    #[test]
    fn a_filter_sees_the_full_name() {
        assert_eq!(chosen("calls::flush::so::bb").tests, ["flush::so::bb"]);
        assert!(chosen("responses").tests.is_empty());
    }
}
