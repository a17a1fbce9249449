//! The parts of `cargo metadata` that the commands need.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// Every package that `Cargo.lock` pins, for every platform.
#[derive(Debug)]
pub(crate) struct Metadata {
    target_directory: PathBuf,
    packages: Vec<Package>,
}

/// One package.
#[derive(Debug)]
pub(crate) struct Package {
    /// As in its manifest.
    pub(crate) name: String,
    /// As in its manifest.
    pub(crate) version: String,
    /// The oldest compiler it says it builds with, where it says so.
    pub(crate) rust_version: Option<String>,
    /// It lies in this repository.
    pub(crate) is_member: bool,
    /// The names of what it depends on, without build and development dependencies.
    pub(crate) dependencies: Vec<String>,
    /// The name of its dynamic library, where it makes one.
    pub(crate) cdylib: Option<String>,
}

impl Metadata {
    /// Reads what `cargo metadata --format-version=1` printed.
    pub(crate) fn parse(json: &str) -> Result<Metadata, String> {
        let value: Value =
            serde_json::from_str(json).map_err(|error| format!("cargo metadata: {error}"))?;
        let packages = array(&value, "packages")?
            .iter()
            .map(package)
            .collect::<Result<_, _>>()?;
        Ok(Metadata {
            target_directory: PathBuf::from(text(&value, "target_directory")?),
            packages,
        })
    }

    pub(crate) fn target_directory(&self) -> &Path {
        &self.target_directory
    }

    pub(crate) fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// The packages that lie in this repository.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| package.is_member)
    }
}

fn package(value: &Value) -> Result<Package, String> {
    Ok(Package {
        name: text(value, "name")?.to_owned(),
        version: text(value, "version")?.to_owned(),
        rust_version: value["rust_version"].as_str().map(str::to_owned),
        is_member: value["source"].is_null(),
        dependencies: array(value, "dependencies")?
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
            .map(|dependency| text(dependency, "name").map(str::to_owned))
            .collect::<Result<_, _>>()?,
        cdylib: cdylib(value)?,
    })
}

fn cdylib(package: &Value) -> Result<Option<String>, String> {
    for target in array(package, "targets")? {
        if array(target, "crate_types")?
            .iter()
            .any(|kind| kind == "cdylib")
        {
            return text(target, "name").map(|name| Some(name.to_owned()));
        }
    }
    Ok(None)
}

fn array<'a>(value: &'a Value, key: &str) -> Result<&'a [Value], String> {
    value[key]
        .as_array()
        .map(Vec::as_slice)
        .ok_or_else(|| format!("cargo metadata: no {key}"))
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, String> {
    value[key]
        .as_str()
        .ok_or_else(|| format!("cargo metadata: no {key}"))
}
