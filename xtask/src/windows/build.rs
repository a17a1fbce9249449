//! `cargo xtask windows-build`: `isapi.exe` and the modules that tests load.

use crate::extensions::{self, Recipe};
use crate::workspace::{Workspace, run};

use super::Layout;
use super::toolchain::Toolchain;

/// Fills `target/windows` with `isapi.exe` and `extensions/*.dll`.
pub(crate) fn build(workspace: &Workspace) -> Result<(), String> {
    let toolchain = Toolchain::find("windows-build")?;
    build_with(workspace, &toolchain)
}

/// The same with a toolchain that has been found.
///
/// It is an optimised build because users take it as it is, and because the tests show what users
/// get; next to the standard library it takes little longer than the other.
pub(super) fn build_with(workspace: &Workspace, toolchain: &Toolchain) -> Result<(), String> {
    let layout = Layout::of(workspace);
    let mut server = toolchain.cargo(workspace, "build");
    run(server.args(["--release", "--package", "isapi-host", "--bin", "isapi"]))?;
    let built = layout
        .build()
        .join(toolchain.target())
        .join("release/isapi.exe");

    let mut cargo = toolchain.cargo(workspace, "build");
    cargo.arg("--release");
    extensions::build_with(
        workspace,
        Recipe {
            cargo,
            sources: extensions::of_mingw(),
            ending: "dll",
            folder: layout.extensions(),
        },
    )?;
    extensions::copy(&built, &layout.program())?;
    println!("{}", layout.program().display());
    Ok(())
}
