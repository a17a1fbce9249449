//! The step `windows-check`: do the crates that know Windows compile for it, with 64 and 32 bits?
//!
//! The layout of the interface is asserted in crate `isapi-abi` where constants are evaluated, so
//! that compiling it is the check of its layout with 32 bits.

use crate::tools::{self, MINGW_32, MINGW_64};
use crate::workspace::{Workspace, run};

use super::Layout;
use super::toolchain::{BUILT_TARGET, cargo_with_std, ensure_rust_for_windows};

/// One for each width of a pointer.
const TARGETS: [&str; 2] = [BUILT_TARGET, "i686-win7-windows-gnu"];

/// Type checks for Windows. It does so with Debian's compiler always: an installed standard library
/// for 32 bits is rare.
pub(crate) fn check(workspace: &Workspace) -> Result<(), String> {
    tools::ensure("windows-check", &[MINGW_64, MINGW_32])?;
    ensure_rust_for_windows("windows-check")?;
    for target in TARGETS {
        let mut command = cargo_with_std(workspace, "check", target);
        command.args(["--package", "isapi-abi", "--package", "isapi-win-backend"]);
        command.env("CARGO_TARGET_DIR", Layout::of(workspace).build());
        // Clippy has no standard library for these targets, so this is where warnings are errors.
        command.env("RUSTFLAGS", "-Dwarnings");
        run(&mut command)?;
    }
    Ok(())
}
