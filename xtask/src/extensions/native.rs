//! The modules in C and C++.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::workspace::{Workspace, describe, run};

use super::{Recipe, replace};

/// Folders of sources of which each file makes a module, and what compiles them.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) folders: &'static [&'static str],
    /// The compiler of the files that end in `.c`.
    pub(crate) c: OsString,
    /// The compiler of the files that end in `.cpp`.
    pub(crate) cpp: OsString,
    /// What makes an import library of a list of names. Off Windows there are none.
    pub(crate) dlltool: OsString,
    /// What makes the compilers build a module.
    pub(crate) arguments: &'static [&'static str],
}

/// Sources that every platform compiles.
const PORTABLE: &[&str] = &["samples/c", "tests/extensions/c"];

/// Sources that only Windows has a use for.
const FOR_WINDOWS: &[&str] = &[
    "samples/c",
    "tests/extensions/c",
    "tests/extensions/c/windows",
];

/// Sources that make modules of 32 bits.
const FOR_WINDOWS_32: &[&str] = &["tests/extensions/c/windows/x86"];

/// A module for Windows brings its C runtime along: the server's folder has none.
const WINDOWS_ARGUMENTS: &[&str] = &["-shared", "-static"];

/// What the compilers of this machine build for it.
pub(super) fn of_this_machine() -> Vec<Sources> {
    let compiler =
        |variable, default: &str| env::var_os(variable).unwrap_or_else(|| default.into());
    let arguments: &[&str] = if cfg!(windows) {
        WINDOWS_ARGUMENTS
    } else {
        &["-shared", "-fPIC"]
    };
    vec![Sources {
        folders: if cfg!(windows) { FOR_WINDOWS } else { PORTABLE },
        c: compiler("CC", "cc"),
        cpp: compiler("CXX", "c++"),
        dlltool: compiler("DLLTOOL", "dlltool"),
        arguments,
    }]
}

/// What mingw-w64 builds for Windows.
pub(crate) fn of_mingw() -> Vec<Sources> {
    let sources = |folders, machine: &str| Sources {
        folders,
        c: format!("{machine}-w64-mingw32-gcc").into(),
        cpp: format!("{machine}-w64-mingw32-g++").into(),
        dlltool: format!("{machine}-w64-mingw32-dlltool").into(),
        arguments: WINDOWS_ARGUMENTS,
    };
    vec![
        sources(FOR_WINDOWS, "x86_64"),
        sources(FOR_WINDOWS_32, "i686"),
    ]
}

/// Builds them all as `c-NAME`.
pub(super) fn build(
    workspace: &Workspace,
    recipe: &Recipe,
    sources: &Sources,
) -> Result<Vec<PathBuf>, String> {
    let mut modules = Vec::new();
    for folder in sources.folders {
        for (ending, compiler) in [("c", &sources.c), ("cpp", &sources.cpp)] {
            for source in workspace.files(folder, ending)? {
                let module = recipe
                    .folder
                    .join(format!("c-{}", stem(&source)))
                    .with_extension(recipe.ending);
                replace(&module, |fresh| {
                    let mut command = Command::new(compiler);
                    command.args(sources.arguments);
                    compile(workspace, sources, &mut command, &source, fresh)
                })?;
                modules.push(module);
            }
        }
    }
    Ok(modules)
}

/// An author's way to build one: the headers are those of `sdk/include`, for Windows too, where its
/// `windows.h` gives way to the compiler's own.
fn compile(
    workspace: &Workspace,
    sources: &Sources,
    command: &mut Command,
    source: &Path,
    module: &Path,
) -> Result<(), String> {
    command.args(["-Wall", "-Wextra"]);
    // A newer compiler's new warning must not keep a user from running the tests.
    if env::var_os("CI").is_some() {
        command.arg("-Werror");
    }
    command.arg("-I").arg(workspace.path("sdk/include"));
    command.arg(source).arg("-o").arg(module);
    // What it takes from another DLL is listed beside it: that DLL may not exist when it is linked.
    let names = source.with_extension("def");
    if names.is_file() {
        let folder = workspace.target("import-libraries");
        fs::create_dir_all(&folder).map_err(|error| describe(&folder, &error))?;
        let library = folder.join(format!("lib{}.a", stem(source)));
        run(Command::new(&sources.dlltool)
            .arg("--input-def")
            .arg(&names)
            .arg("--output-lib")
            .arg(&library))?;
        command.arg(library);
    }
    run(command)
}

/// The name of a source without its ending.
fn stem(source: &Path) -> String {
    source
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
