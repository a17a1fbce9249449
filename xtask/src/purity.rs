//! What each crate may know: the session no I/O, the adapter no backend, a backend no other.

use crate::metadata::Package;
use crate::workspace::{Workspace, run};

/// The crate roots that must forbid unsafe code.
const SAFE_ROOTS: [&str; 4] = [
    "core/src/lib.rs",
    "axum-adapter/src/lib.rs",
    "host/src/main.rs",
    "inspect/src/lib.rs",
];

/// All that the session may depend on.
const SESSION_DEPENDENCIES: [&str; 4] = ["bytes", "http", "httparse", "percent-encoding"];

/// Which crates of the workspace each library may depend on. An arrow that is not here is an error.
const ARROWS: [(&str, &[&str]); 8] = [
    ("isapi-abi", &[]),
    ("isapi-core", &[]),
    ("isapi-inspect", &[]),
    ("isapi-sdk", &["isapi-abi"]),
    ("isapi-bridge", &["isapi-abi", "isapi-core"]),
    (
        "isapi-emu-loader",
        &["isapi-abi", "isapi-bridge", "isapi-core"],
    ),
    (
        "isapi-win-backend",
        &["isapi-abi", "isapi-bridge", "isapi-core", "isapi-inspect"],
    ),
    ("isapi-axum", &["isapi-abi", "isapi-bridge", "isapi-core"]),
];

/// Checks all three.
pub(crate) fn check(workspace: &Workspace) -> Result<(), String> {
    let mut faults = Vec::new();
    for root in SAFE_ROOTS {
        if !workspace.read(root)?.contains("#![forbid(unsafe_code)]") {
            faults.push(format!("{root} does not forbid unsafe code"));
        }
    }
    let members: Vec<&Package> = workspace.metadata().members().collect();
    faults.extend(wrong_arrows(&members));
    faults.extend(session_dependencies(&members));
    if !faults.is_empty() {
        return Err(faults.join("\n"));
    }
    session_lints(workspace)
}

/// Clippy on the session's library alone, with the list of what it may not call. The list lies
/// beside this crate, so that the session's tests may still read a clock.
fn session_lints(workspace: &Workspace) -> Result<(), String> {
    let arguments = [
        "clippy",
        "--locked",
        "--package",
        "isapi-core",
        "--lib",
        "--",
        "-Dwarnings",
        "-Dclippy::disallowed_macros",
        "-Dclippy::disallowed_methods",
        "-Dclippy::disallowed_types",
    ];
    run(workspace
        .cargo(arguments)
        .env("CLIPPY_CONF_DIR", workspace.path("xtask/purity")))
}

fn wrong_arrows(members: &[&Package]) -> Vec<String> {
    let is_member = |name: &String| members.iter().any(|member| member.name == *name);
    let mut faults = Vec::new();
    for (name, allowed) in ARROWS {
        let Some(package) = members.iter().find(|member| member.name == name) else {
            faults.push(format!("no package {name}: mend the list of arrows"));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|name| is_member(name)) {
            if !allowed.contains(&dependency.as_str()) {
                faults.push(format!("{name} may not depend on {dependency}"));
            }
        }
    }
    faults
}

fn session_dependencies(members: &[&Package]) -> Vec<String> {
    members
        .iter()
        .filter(|member| member.name == "isapi-core")
        .flat_map(|session| &session.dependencies)
        .filter(|dependency| !SESSION_DEPENDENCIES.contains(&dependency.as_str()))
        .map(|dependency| format!("isapi-core may not depend on {dependency}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{ARROWS, session_dependencies, wrong_arrows};
    use crate::metadata::Package;

    fn workspace_with(name: &str, dependencies: &[&str]) -> Vec<Package> {
        ARROWS
            .iter()
            .map(|(member, _)| Package {
                name: (*member).to_owned(),
                version: "0.1.0".to_owned(),
                rust_version: None,
                is_member: true,
                dependencies: if *member == name {
                    dependencies
                        .iter()
                        .map(|dependency| (*dependency).to_owned())
                        .collect()
                } else {
                    Vec::new()
                },
                cdylib: None,
            })
            .collect()
    }

    #[test]
    fn an_adapter_that_knows_a_backend_is_named() {
        let packages = workspace_with("isapi-axum", &["isapi-bridge", "isapi-emu-loader", "bytes"]);
        let members: Vec<&Package> = packages.iter().collect();
        assert_eq!(
            wrong_arrows(&members),
            ["isapi-axum may not depend on isapi-emu-loader"]
        );
    }

    #[test]
    fn a_session_that_knows_a_runtime_is_named() {
        let packages = workspace_with("isapi-core", &["bytes", "http", "tokio"]);
        let members: Vec<&Package> = packages.iter().collect();
        assert_eq!(
            session_dependencies(&members),
            ["isapi-core may not depend on tokio"]
        );
    }
}
