//! Programs of other packages that the commands need, and how to get them.
//!
//! This is the one list of them: `.ci/run` installs no more than what builds this program.

use std::env;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::workspace::{output, run};

/// Something a command needs, and the Debian package that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tool {
    sign: Sign,
    package: &'static str,
}

/// How one sees that a tool is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    /// The file lies at this path.
    File(&'static str),
    /// The program can be run.
    Program(&'static str),
}

/// Compilers for this machine.
pub(crate) const COMPILERS: &[Tool] = &[program("cc", "gcc"), program("c++", "g++")];

/// The compiler for Windows with 32 bits.
pub(crate) const MINGW_32: &[Tool] = &[program("i686-w64-mingw32-gcc", "gcc-mingw-w64-i686")];

/// Compilers for Windows with 64 bits.
pub(crate) const MINGW_64: &[Tool] = &[
    program("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"),
    program("x86_64-w64-mingw32-g++", "g++-mingw-w64-x86-64"),
];

/// A Rust compiler that builds the standard library for Windows, and the sources of that library.
/// It does not take the place of the compiler that the rest is built with: it is run by its path.
pub(crate) const RUST_FOR_WINDOWS: &[Tool] = &[
    file(DEBIAN_RUSTC, "rustc-web"),
    file(
        "/usr/lib/rustlib/src/rust/library/std/Cargo.toml",
        "rust-web-src",
    ),
];

/// What runs Windows programs.
pub(crate) const WINE: &[Tool] = &[file(WINE_PROGRAM, "wine64")];

/// Load generators and servers that the benchmark compares with.
pub(crate) const BENCHMARKS: &[Tool] = &[
    file("/usr/bin/wrk", "wrk"),
    file(NGINX_PROGRAM, "nginx-light"),
    file(APACHE_PROGRAM, "apache2-bin"),
    file("/usr/bin/apxs2", "apache2-dev"),
];

/// What counts instructions.
pub(crate) const PROFILER: &[Tool] = &[program("valgrind", "valgrind")];

/// The program of Debian's nginx packages.
pub(crate) const NGINX_PROGRAM: &str = "/usr/sbin/nginx";

/// The program of Debian's package `apache2-bin`.
pub(crate) const APACHE_PROGRAM: &str = "/usr/sbin/apache2";

/// The compiler of Debian's package `rustc-web`.
pub(crate) const DEBIAN_RUSTC: &str = "/usr/bin/rustc";

/// The program of Debian's package `wine64` that runs others.
pub(crate) const WINE_PROGRAM: &str = "/usr/lib/wine/wine64";

const fn file(path: &'static str, package: &'static str) -> Tool {
    Tool {
        sign: Sign::File(path),
        package,
    }
}

const fn program(name: &'static str, package: &'static str) -> Tool {
    Tool {
        sign: Sign::Program(name),
        package,
    }
}

/// Installs what is missing where that is possible; otherwise the error names the packages that
/// `command` needs.
pub(crate) fn ensure(command: &str, tools: &[&[Tool]]) -> Result<(), String> {
    let packages = missing(tools);
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    let Some(administrator) = administrator() else {
        return Err(format!(
            "{command} needs these packages of Debian: apt-get install {names}"
        ));
    };
    println!("installing {names}");
    run(apt_get(administrator).args(["update", "-qq"]))?;
    run(apt_get(administrator)
        .args(["install", "-qq", "--yes", "--no-install-recommends"])
        .args(&packages)
        .stdout(Stdio::null()))?;
    match missing(tools).as_slice() {
        [] => Ok(()),
        still => Err(format!(
            "{command}: still missing after the installation: {}",
            still.join(" ")
        )),
    }
}

/// The packages of the tools that are not there.
fn missing(tools: &[&[Tool]]) -> Vec<&'static str> {
    tools
        .iter()
        .flat_map(|tools| tools.iter())
        .filter(|tool| !tool.is_there())
        .map(|tool| tool.package)
        .collect()
}

impl Tool {
    fn is_there(&self) -> bool {
        match self.sign {
            Sign::File(path) => Path::new(path).exists(),
            Sign::Program(name) => output(Command::new(name).arg("--version")).is_ok(),
        }
    }
}

/// The command in front of one that only root may run; `None` where nothing may be installed.
///
/// `sudo` is for continuous integration only: nobody's own machine is changed without a word.
fn administrator() -> Option<&'static [&'static str]> {
    if !Path::new("/usr/bin/apt-get").exists() {
        return None;
    }
    if is_root() {
        return Some(&["env"]);
    }
    let sudo = ["sudo", "--non-interactive"].as_slice();
    let may =
        env::var_os("CI").is_some() && output(Command::new("sudo").args(["-n", "true"])).is_ok();
    may.then_some(sudo)
}

/// Whether this process may do everything.
pub(crate) fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn apt_get(administrator: &[&str]) -> Command {
    let mut command = Command::new(administrator[0]);
    command
        .args(&administrator[1..])
        .args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"])
        .stdin(Stdio::null());
    command
}

#[cfg(test)]
mod tests {
    use super::{file, missing, program};

    #[test]
    fn the_packages_of_missing_tools_are_named_and_no_others() {
        let here = [file("/", "root-folder")];
        let gone = [
            file("/no/such/file", "first"),
            program("no-such-program", "second"),
        ];
        assert_eq!(missing(&[&here, &gone]), ["first", "second"]);
        assert!(missing(&[&here]).is_empty());
    }
}
