//! The project's own commands. `cargo xtask` without arguments lists them.

mod abi_check;
mod bench;
mod docs;
mod extensions;
mod generated_part;
mod instructions;
mod keys;
mod metadata;
mod msrv;
mod mutate;
mod purity;
mod steps;
mod test_programs;
mod tools;
mod windows;
mod workspace;

use std::env;
use std::process::ExitCode;

use workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  test [--without-windows] [STEP...]
                   everything CI runs, or only the named steps:
                   fmt msrv purity clippy rustdoc tests file-safety loom mutate abi-check docs
                   instructions windows-check windows
  windows-build    cross-build isapi.exe and the modules of the tests into target/windows
  windows-test [FILTER]
                   windows-build, then the tests against it under Wine
  extensions       build the extension modules that the tests load into target/extensions
  abi-check        compare the layout of crate isapi-abi with the C header
  mutate           break the session machine and the features around it on purpose; the tests must
                   notice each
  bench [--quick] [CASE...]
                   measure beside other servers, on Linux; all cases write docs/performance.md;
                   --list names them
  instructions [--accept]
                   count the instructions of a request with valgrind, and compare with the baseline,
                   or make them the baseline
  docs [--check]   write the generated parts of docs/, or say which are stale";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), String> {
    let workspace = Workspace::discover()?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["test", names @ ..] => steps::run(&workspace, names),
        ["extensions"] => extensions::build(&workspace),
        ["abi-check"] => abi_check::run(),
        ["windows-build"] => windows::build(&workspace),
        ["windows-test"] => windows::test(&workspace, ""),
        ["windows-test", filter] => windows::test(&workspace, filter),
        ["mutate"] => mutate::run(&workspace),
        ["bench", arguments @ ..] => bench::run(&workspace, arguments),
        ["instructions"] => instructions::check(&workspace),
        ["instructions", "--accept"] => instructions::accept(&workspace),
        ["docs"] => docs::write(&workspace),
        ["docs", "--check"] => docs::check(&workspace),
        _ => Err(USAGE.to_owned()),
    }
}
