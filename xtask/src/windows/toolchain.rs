//! The Rust toolchain that builds for Windows.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::tools::{self, DEBIAN_RUSTC, MINGW_32, MINGW_64, RUST_FOR_WINDOWS};
use crate::workspace::{Workspace, describe, output};

use super::Layout;

/// Targets whose standard library the toolchain in use may have; the first that is there is taken.
const INSTALLED_TARGETS: [&str; 2] = ["x86_64-pc-windows-gnu", "x86_64-win7-windows-gnu"];

/// What is built where no standard library is installed: this one runs on the old servers where
/// extensions live, and needs no `bcryptprimitives.dll`, which Wine 8 does not have.
pub(super) const BUILT_TARGET: &str = "x86_64-win7-windows-gnu";

/// What compiles for Windows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Toolchain {
    /// Debian's compiler, which builds the standard library too. Its features for that are
    /// unstable ones, and the variable that allows them is set for the one process that uses them.
    BuiltStd,
    /// The toolchain in use, with an installed standard library for this target.
    InstalledStd(&'static str),
}

impl Toolchain {
    /// The toolchain for `command`, installed where that is possible and necessary; an error names
    /// what is missing.
    pub(super) fn find(command: &str) -> Result<Toolchain, String> {
        if cfg!(windows) {
            return Err(format!(
                "{command} cross-builds for Windows from another system; here `cargo build --release` \
                 makes isapi.exe, `cargo xtask extensions` the modules, `cargo test` tests them"
            ));
        }
        let toolchain = choose(&installed_targets()?);
        match toolchain {
            Toolchain::BuiltStd => {
                tools::ensure(command, &[MINGW_64, MINGW_32])?;
                ensure_rust_for_windows(command)?;
            }
            Toolchain::InstalledStd(_) => tools::ensure(command, &[MINGW_64, MINGW_32])?,
        }
        Ok(toolchain)
    }

    /// The target it builds for.
    pub(super) fn target(&self) -> &'static str {
        match self {
            Toolchain::BuiltStd => BUILT_TARGET,
            Toolchain::InstalledStd(target) => target,
        }
    }

    /// Cargo's `subcommand` for Windows, in the target directory of the leg.
    pub(super) fn cargo(&self, workspace: &Workspace, subcommand: &str) -> Command {
        let mut command = match self {
            Toolchain::BuiltStd => cargo_with_std(workspace, subcommand, BUILT_TARGET),
            Toolchain::InstalledStd(target) => {
                workspace.cargo([subcommand, "--locked", "--target", target])
            }
        };
        command.env("CARGO_TARGET_DIR", Layout::of(workspace).build());
        // The line tables of a program with its standard library are several times its size.
        command.env("CARGO_PROFILE_RELEASE_DEBUG", "false");
        command.env("CARGO_PROFILE_DEV_DEBUG", "false");
        // Dozens of programs are built that are run once.
        command.env("CARGO_PROFILE_RELEASE_LTO", "false");
        command.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        command
    }
}

/// Cargo's `subcommand` for `target`, a target with mingw-w64's tools, with a standard library that
/// Debian's compiler builds.
pub(super) fn cargo_with_std(workspace: &Workspace, subcommand: &str, target: &str) -> Command {
    let std = "-Zbuild-std=std,panic_unwind";
    let mut command = workspace.cargo([subcommand, "--locked", std, "--target", target]);
    command
        .env("RUSTC", DEBIAN_RUSTC)
        .env("RUSTC_BOOTSTRAP", "1");
    // Build scripts with C code do not know the targets for Windows 7 and would take this machine's
    // compiler, without a word.
    let machine = target.split('-').next().unwrap_or_default();
    let variable = target.replace('-', "_");
    for (kind, tool) in [("CC", "gcc"), ("CXX", "g++"), ("AR", "ar")] {
        command.env(
            format!("{kind}_{variable}"),
            format!("{machine}-w64-mingw32-{tool}"),
        );
    }
    command
}

/// Installs Debian's compiler where that is possible. It must not become the one that builds all the
/// rest, as it would where `PATH` has `/usr/bin` before the toolchain in use.
pub(super) fn ensure_rust_for_windows(command: &str) -> Result<(), String> {
    let before = compiler_in_use(&["--version"])?;
    tools::ensure(command, &[RUST_FOR_WINDOWS])?;
    let after = compiler_in_use(&["--version"])?;
    if before == after {
        return Ok(());
    }
    Err(format!(
        "the installation made {} the compiler in use, which was {}: put the folder of that one before \
         /usr/bin in PATH",
        after.trim(),
        before.trim()
    ))
}

/// What the compiler of the toolchain in use answers.
fn compiler_in_use(arguments: &[&str]) -> Result<String, String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    output(Command::new(rustc).args(arguments))
}

fn choose(installed: &[String]) -> Toolchain {
    INSTALLED_TARGETS
        .into_iter()
        .find(|target| installed.iter().any(|name| name == target))
        .map_or(Toolchain::BuiltStd, Toolchain::InstalledStd)
}

/// The targets with a standard library in the toolchain in use.
fn installed_targets() -> Result<Vec<String>, String> {
    let sysroot = compiler_in_use(&["--print", "sysroot"])?;
    let folder = Path::new(sysroot.trim()).join("lib/rustlib");
    let entries = fs::read_dir(&folder).map_err(|error| describe(&folder, &error))?;
    let mut targets = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| describe(&folder, &error))?;
        if entry.path().join("lib").is_dir() {
            targets.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(targets)
}

#[cfg(test)]
mod tests {
    use super::{Toolchain, choose};

    fn chosen(installed: &[&str]) -> Toolchain {
        let installed: Vec<_> = installed.iter().map(|&name| name.to_owned()).collect();
        choose(&installed)
    }

    #[test]
    fn an_installed_standard_library_is_taken() {
        let ordinary = "x86_64-pc-windows-gnu";
        let old = "x86_64-win7-windows-gnu";
        let here = "x86_64-unknown-linux-gnu";
        assert_eq!(
            chosen(&[here, old, ordinary]),
            Toolchain::InstalledStd(ordinary)
        );
        assert_eq!(chosen(&[here, old]), Toolchain::InstalledStd(old));
    }

    #[test]
    fn without_one_it_is_built() {
        let others = ["x86_64-unknown-linux-gnu", "x86_64-pc-windows-msvc"];
        assert_eq!(chosen(&others), Toolchain::BuiltStd);
        assert_eq!(chosen(&[]).target(), "x86_64-win7-windows-gnu");
    }
}
