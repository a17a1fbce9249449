//! No dependency may ask for a newer compiler than the one the workspace declares.

use crate::metadata::Package;
use crate::workspace::Workspace;

/// Compares the `rust-version` of every locked package with the workspace's own.
pub(crate) fn check(workspace: &Workspace) -> Result<(), String> {
    let packages = workspace.metadata().packages();
    let declared = workspace
        .metadata()
        .members()
        .find_map(|member| member.rust_version.as_deref())
        .ok_or("no package of the workspace declares a rust-version")?;
    let offenders = newer_than(declared, packages)?;
    if !offenders.is_empty() {
        return Err(format!(
            "need a newer compiler than Rust {declared}:\n{}",
            offenders.join("\n")
        ));
    }
    let silent = packages
        .iter()
        .filter(|package| package.rust_version.is_none())
        .count();
    println!(
        "{} packages, none newer than Rust {declared} ({silent} do not say)",
        packages.len()
    );
    Ok(())
}

fn newer_than(declared: &str, packages: &[Package]) -> Result<Vec<String>, String> {
    let limit = parse(declared)?;
    let mut offenders = Vec::new();
    for package in packages {
        let Some(needed) = &package.rust_version else {
            continue;
        };
        if parse(needed)? > limit {
            offenders.push(format!(
                "  {} {} needs Rust {needed}",
                package.name, package.version
            ));
        }
    }
    Ok(offenders)
}

/// "1.88" or "1.88.0" as numbers that compare.
fn parse(version: &str) -> Result<[u32; 3], String> {
    let mut numbers = [0; 3];
    let mut parts = version.split('.');
    for (number, part) in numbers.iter_mut().zip(parts.by_ref()) {
        *number = part
            .parse()
            .map_err(|_| format!("{version:?} is not a Rust version"))?;
    }
    match parts.next() {
        None => Ok(numbers),
        Some(_) => Err(format!("{version:?} is not a Rust version")),
    }
}

#[cfg(test)]
mod tests {
    use super::{newer_than, parse};
    use crate::metadata::Package;

    fn package(name: &str, rust_version: Option<&str>) -> Package {
        Package {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            rust_version: rust_version.map(str::to_owned),
            is_member: false,
            dependencies: Vec::new(),
            cdylib: None,
        }
    }

    #[test]
    fn a_newer_dependency_is_named() {
        let packages = [
            package("old", Some("1.63")),
            package("same", Some("1.88.0")),
            package("silent", None),
            package("patch", Some("1.88.1")),
            package("new", Some("1.100")),
        ];
        let offenders = newer_than("1.88", &packages).expect("versions are well formed");
        assert_eq!(
            offenders,
            [
                "  patch 1.0.0 needs Rust 1.88.1",
                "  new 1.0.0 needs Rust 1.100"
            ]
        );
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "1.x", "1.2.3.4"] {
            assert!(parse(text).is_err(), "{text:?} was taken");
        }
    }
}
