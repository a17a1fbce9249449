//! Builds the extension modules that tests load: the Rust ones and the C ones.

mod native;

pub(crate) use native::{Sources, of_mingw};

use std::env::consts::DLL_EXTENSION;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::workspace::{Workspace, describe, output};

/// How the modules of one platform are made, and where they go.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// A `cargo build` for the platform; the packages are added to it.
    pub(crate) cargo: Command,
    /// What builds the ones in C and C++, folder by folder.
    pub(crate) sources: Vec<Sources>,
    /// How the names of modules end there, without a dot.
    pub(crate) ending: &'static str,
    /// The folder that is to have the modules and nothing else.
    pub(crate) folder: PathBuf,
}

/// Fills `target/extensions` with the modules of this platform.
pub(crate) fn build(workspace: &Workspace) -> Result<(), String> {
    build_with(
        workspace,
        Recipe {
            cargo: workspace.cargo(["build", "--locked"]),
            sources: native::of_this_machine(),
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
    for sources in &recipe.sources {
        modules.extend(native::build(workspace, &recipe, sources)?);
    }
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

/// Copies a file so that a process that has the old one mapped keeps the old one.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    replace(to, |fresh| {
        fs::copy(from, fresh).map_err(|error| describe(from, &error))?;
        Ok(())
    })
}

/// Makes a file in another folder and moves it into place: a process that has the old one mapped keeps
/// the old one. Under its own name, since a linker writes that into a DLL.
fn replace(path: &Path, make: impl FnOnce(&Path) -> Result<(), String>) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path).with_extension("new");
    let fresh = folder.join(path.file_name().unwrap_or_default());
    fs::create_dir_all(&folder).map_err(|error| describe(&folder, &error))?;
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
