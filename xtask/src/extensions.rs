//! Builds the extension modules that tests load: the Rust ones and the C ones.

use std::env::{self, consts::DLL_EXTENSION};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::workspace::{Workspace, describe, output, run};

/// Where C extensions lie.
const C_FOLDERS: [&str; 2] = ["samples/c", "tests/extensions/c"];

/// How the modules of one platform are made, and where they go.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// A `cargo build` for the platform; the packages are added to it.
    pub(crate) cargo: Command,
    /// The C compiler, and what makes it build a module.
    pub(crate) compiler: OsString,
    pub(crate) compiler_arguments: &'static [&'static str],
    /// How the names of modules end there, without a dot.
    pub(crate) ending: &'static str,
    /// The folder that is to have the modules and nothing else.
    pub(crate) folder: PathBuf,
}

/// Fills `target/extensions` with the modules of this platform.
pub(crate) fn build(workspace: &Workspace) -> Result<(), String> {
    // Code for Windows can lie anywhere, and its compiler warns of the flag.
    let compiler_arguments: &[&str] = if cfg!(windows) {
        &["-shared", "-static"]
    } else {
        &["-shared", "-fPIC"]
    };
    build_with(
        workspace,
        Recipe {
            cargo: workspace.cargo(["build", "--locked"]),
            compiler: env::var_os("CC").unwrap_or_else(|| "cc".into()),
            compiler_arguments,
            ending: DLL_EXTENSION,
            folder: workspace.target("extensions"),
        },
    )
}

/// Fills the folder with `NAME.so` for every Rust extension and `c-NAME.so` for every C one
/// (`.dylib`, `.dll` on other platforms), and removes what else is there.
pub(crate) fn build_with(workspace: &Workspace, mut recipe: Recipe) -> Result<(), String> {
    let folder = &recipe.folder;
    fs::create_dir_all(folder).map_err(|error| describe(folder, &error))?;
    let mut modules = build_rust(workspace, &mut recipe)?;
    modules.extend(build_c(workspace, &recipe)?);
    modules.sort();
    if let Some(twice) = modules.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!(
            "two extensions would become {}",
            twice[0].display()
        ));
    }
    remove_others(&recipe.folder, &modules)?;
    println!(
        "{} extensions in {}",
        modules.len(),
        recipe.folder.display()
    );
    Ok(())
}

fn build_rust(workspace: &Workspace, recipe: &mut Recipe) -> Result<Vec<PathBuf>, String> {
    let packages: Vec<_> = workspace
        .metadata()
        .members()
        .filter(|package| package.cdylib.is_some())
        .collect();
    let command = recipe.cargo.arg("--message-format=json-render-diagnostics");
    for package in &packages {
        command.args(["--package", &package.name]);
    }
    let messages = output(command.stderr(Stdio::inherit()))?;
    let mut modules = Vec::new();
    for name in packages
        .iter()
        .filter_map(|package| package.cdylib.as_deref())
    {
        let built = artifact(&messages, name, recipe.ending)
            .ok_or_else(|| format!("cargo built no dynamic library {name}"))?;
        let module = recipe.folder.join(name).with_extension(recipe.ending);
        copy(&built, &module)?;
        modules.push(module);
    }
    Ok(modules)
}

/// The file of the dynamic library `name` among cargo's messages, which are one JSON value a line.
fn artifact(messages: &str, name: &str, ending: &str) -> Option<PathBuf> {
    let values = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    for value in values {
        let is_cdylib = value["target"]["crate_types"]
            .as_array()
            .is_some_and(|kinds| kinds.iter().any(|kind| kind == "cdylib"));
        if value["reason"] != "compiler-artifact" || value["target"]["name"] != name || !is_cdylib {
            continue;
        }
        return value["filenames"]
            .as_array()?
            .iter()
            .filter_map(Value::as_str)
            .map(PathBuf::from)
            .find(|file| file.extension().is_some_and(|its| its == ending));
    }
    None
}

/// An author's way to build one: the headers are those of `sdk/include`, for Windows too, where its
/// `windows.h` gives way to the compiler's own.
fn build_c(workspace: &Workspace, recipe: &Recipe) -> Result<Vec<PathBuf>, String> {
    let mut modules = Vec::new();
    for sources in C_FOLDERS {
        for source in workspace.files(sources, "c")? {
            let name = source
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let module = recipe
                .folder
                .join(format!("c-{name}"))
                .with_extension(recipe.ending);
            replace(&module, |fresh| {
                let mut command = Command::new(&recipe.compiler);
                command.args(recipe.compiler_arguments);
                command.args(["-Wall", "-Wextra"]);
                // A newer compiler's new warning must not keep a user from running the tests.
                if env::var_os("CI").is_some() {
                    command.arg("-Werror");
                }
                command.arg("-I").arg(workspace.path("sdk/include"));
                run(command.arg(&source).arg("-o").arg(fresh))
            })?;
            modules.push(module);
        }
    }
    Ok(modules)
}

/// Copies a file so that a process that has the old one mapped keeps the old one.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    replace(to, |fresh| {
        fs::copy(from, fresh).map_err(|error| describe(from, &error))?;
        Ok(())
    })
}

/// Makes a file under another name and moves it into place: a process that has the old one mapped
/// keeps the old one.
fn replace(path: &Path, make: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
    let fresh = path.with_extension("new");
    make(&fresh)?;
    fs::rename(&fresh, path).map_err(|error| describe(path, &error))
}

fn remove_others(folder: &Path, modules: &[PathBuf]) -> Result<(), String> {
    for entry in fs::read_dir(folder).map_err(|error| describe(folder, &error))? {
        let path = entry.map_err(|error| describe(folder, &error))?.path();
        if !modules.contains(&path) {
            fs::remove_file(&path).map_err(|error| describe(&path, &error))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::artifact;
    use std::env::consts::DLL_EXTENSION;
    use std::path::PathBuf;

    #[test]
    fn the_dynamic_library_is_picked_among_the_artifacts() {
        let messages = format!(
            r#"not json
{{"reason":"compiler-artifact","target":{{"name":"hello","crate_types":["lib"]}},"filenames":["a/libhello.rlib"]}}
{{"reason":"compiler-artifact","target":{{"name":"probe","crate_types":["cdylib"]}},"filenames":["a/libprobe.{DLL_EXTENSION}"]}}
{{"reason":"compiler-artifact","target":{{"name":"hello","crate_types":["cdylib"]}},"filenames":["a/hello.d","a/libhello.{DLL_EXTENSION}"]}}
"#
        );
        let found = artifact(&messages, "hello", DLL_EXTENSION);
        assert_eq!(
            found,
            Some(PathBuf::from(format!("a/libhello.{DLL_EXTENSION}")))
        );
        assert_eq!(artifact(&messages, "variables", DLL_EXTENSION), None);
    }
}
