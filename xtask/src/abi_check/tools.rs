//! The compilers the check needs, and how to get them.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::workspace::{output, run};

/// A program and the Debian package that has it.
const TOOLS: [(&str, &str); 4] = [
    ("cc", "gcc"),
    ("c++", "g++"),
    ("x86_64-w64-mingw32-gcc", "gcc-mingw-w64-x86-64"),
    ("i686-w64-mingw32-gcc", "gcc-mingw-w64-i686"),
];

/// Installs what is missing where that is possible; otherwise the error names the packages.
pub(crate) fn ensure() -> Result<(), String> {
    let packages = missing();
    if packages.is_empty() {
        return Ok(());
    }
    let names = packages.join(" ");
    if !may_install() {
        return Err(format!(
            "abi-check needs these packages: apt-get install {names}"
        ));
    }
    println!("installing {names}");
    run(Command::new("apt-get").args(["update", "-qq"]))?;
    run(Command::new("apt-get")
        .args(["install", "-qq", "-y", "--no-install-recommends"])
        .args(&packages)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null()))?;
    match missing().as_slice() {
        [] => Ok(()),
        still => Err(format!(
            "still missing after the installation: {}",
            still.join(" ")
        )),
    }
}

fn missing() -> Vec<&'static str> {
    let runs = |program: &str| output(Command::new(program).arg("--version")).is_ok();
    TOOLS
        .iter()
        .filter(|(program, _)| !runs(program))
        .map(|&(_, package)| package)
        .collect()
}

/// Debian or a relative of it, and the user is root.
fn may_install() -> bool {
    let is_root = output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    is_root && Path::new("/usr/bin/apt-get").exists()
}
