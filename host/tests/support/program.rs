//! The program that is tested: the one cargo has just built, or another that the environment names.
//!
//! `ISAPI_TEST_PROGRAM` is its absolute path, `ISAPI_TEST_RUNNER` what it runs in, such as Wine. A
//! program that ends in `.exe` is one for Windows: its modules are DLLs, and it shows paths as
//! Windows writes them.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

/// A command line of the program, without arguments.
pub(crate) fn command() -> Command {
    match std::env::var_os("ISAPI_TEST_RUNNER") {
        Some(runner) => {
            let mut command = Command::new(runner);
            command.arg(path());
            command
        }
        None => Command::new(path()),
    }
}

fn path() -> OsString {
    let built = option_env!("CARGO_BIN_EXE_isapi").map(OsString::from);
    std::env::var_os("ISAPI_TEST_PROGRAM").or(built).expect(
        "ISAPI_TEST_PROGRAM names the isapi.exe to test; `cargo xtask windows-test` sets it",
    )
}

/// Whether the program is one for Windows.
pub(crate) fn is_windows() -> bool {
    Path::new(&path())
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("exe"))
}

/// What the names of the program's modules end in, behind the dot.
pub(crate) fn module_ending() -> &'static str {
    match is_windows() {
        true => "dll",
        false if cfg!(target_os = "macos") => "dylib",
        false => "so",
    }
}

/// An absolute path as the program shows it. Under Wine `Z:` is the root of the tests' own system.
pub(crate) fn shown(path: &Path) -> String {
    let path = path.to_str().expect("a path in UTF-8");
    match is_windows() && !cfg!(windows) {
        true => format!("Z:{}", path.replace('/', "\\")),
        false => path.to_owned(),
    }
}
