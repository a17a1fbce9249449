//! Builds the extension modules that tests load: the Rust ones and the C ones.

use std::env::{self, consts::DLL_EXTENSION};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::workspace::{Workspace, describe, output, run};

/// Where C extensions lie.
const C_FOLDERS: [&str; 2] = ["samples/c", "tests/extensions/c"];

/// Fills `target/extensions` with `NAME.so` for every Rust extension and `c-NAME.so` for every C
/// one (`.dylib`, `.dll` on other platforms), and removes what else is there.
pub(crate) fn build(workspace: &Workspace) -> Result<(), String> {
    let folder = workspace.target("extensions");
    fs::create_dir_all(&folder).map_err(|error| describe(&folder, &error))?;
    let mut modules = build_rust(workspace, &folder)?;
    modules.extend(build_c(workspace, &folder)?);
    modules.sort();
    if let Some(twice) = modules.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(format!(
            "two extensions would become {}",
            twice[0].display()
        ));
    }
    remove_others(&folder, &modules)?;
    println!("{} extensions in {}", modules.len(), folder.display());
    Ok(())
}

fn build_rust(workspace: &Workspace, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let mut command = workspace.cargo([
        "build",
        "--locked",
        "--message-format=json-render-diagnostics",
    ]);
    let packages: Vec<_> = workspace
        .metadata()
        .members()
        .filter(|package| package.cdylib.is_some())
        .collect();
    for package in &packages {
        command.args(["--package", &package.name]);
    }
    let messages = output(command.stderr(Stdio::inherit()))?;
    let mut modules = Vec::new();
    for name in packages
        .iter()
        .filter_map(|package| package.cdylib.as_deref())
    {
        let built = artifact(&messages, name)
            .ok_or_else(|| format!("cargo built no dynamic library {name}"))?;
        let module = folder.join(name).with_extension(DLL_EXTENSION);
        replace(&module, |fresh| {
            fs::copy(&built, fresh).map_err(|error| describe(&built, &error))?;
            Ok(())
        })?;
        modules.push(module);
    }
    Ok(modules)
}

/// The file of the dynamic library `name` among cargo's messages, which are one JSON value a line.
fn artifact(messages: &str, name: &str) -> Option<PathBuf> {
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
            .find(|file| {
                file.extension()
                    .is_some_and(|ending| ending == DLL_EXTENSION)
            });
    }
    None
}

fn build_c(workspace: &Workspace, folder: &Path) -> Result<Vec<PathBuf>, String> {
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let mut modules = Vec::new();
    for sources in C_FOLDERS {
        for source in workspace.files(sources, "c")? {
            let name = source
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let module = folder
                .join(format!("c-{name}"))
                .with_extension(DLL_EXTENSION);
            replace(&module, |fresh| {
                let mut command = Command::new(&compiler);
                command.args(["-shared", "-fPIC", "-Wall", "-Wextra"]);
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
        let found = artifact(&messages, "hello");
        assert_eq!(
            found,
            Some(PathBuf::from(format!("a/libhello.{DLL_EXTENSION}")))
        );
        assert_eq!(artifact(&messages, "variables"), None);
    }
}
