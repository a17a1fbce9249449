//! Which DLLs a module needs, and which of them Windows does not bring along.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use super::image::Needed;
use crate::problem::{Problem, ProblemCode};
use crate::report::{Dependency, DependencyState, Report};

/// Lists the DLLs a module needs, and those that are neither beside it nor a part of Windows.
///
/// They may still be found on the machine where the module runs, so none is certain to be missing.
pub(super) fn examine(report: &mut Report, needed: &[Needed]) {
    let beside = files_beside(&report.file);
    for Needed { name, is_delayed } in needed {
        let state = state_of(name, &beside);
        if state == DependencyState::Missing && !is_delayed {
            report.problems.push(missing(name));
        }
        let name = name.clone();
        report.dependencies.push(Dependency { name, state });
    }
}

fn state_of(name: &str, beside: &HashMap<String, PathBuf>) -> DependencyState {
    let lower = name.to_ascii_lowercase();
    if let Some(path) = beside.get(&lower) {
        return DependencyState::Found(path.clone());
    }
    if is_system(&lower) {
        return DependencyState::System;
    }
    on_this_windows(name).map_or(DependencyState::Missing, DependencyState::Found)
}

/// The files in a module's folder, by their names in lower case: Windows does not tell letter case
/// apart.
fn files_beside(module: &Path) -> HashMap<String, PathBuf> {
    let folder = match module.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let Ok(entries) = fs::read_dir(folder) else {
        return HashMap::new();
    };
    entries
        .filter_map(Result::ok)
        .filter_map(|entry| {
            let name = entry.file_name().to_str()?.to_ascii_lowercase();
            Some((name, entry.path()))
        })
        .collect()
}

/// Where this machine runs Windows: the file that would be found in `PATH`, which the folders of
/// the system are in.
fn on_this_windows(name: &str) -> Option<PathBuf> {
    if !cfg!(windows) {
        return None;
    }
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

/// Whether every Windows has the DLL of this name, in lower case.
fn is_system(name: &str) -> bool {
    let stem = name.strip_suffix(".dll").unwrap_or(name);
    stem.starts_with("api-ms-win-") || stem.starts_with("ext-ms-") || SYSTEM.contains(&stem)
}

/// DLLs of Windows that modules use, without their ending.
#[rustfmt::skip]
const SYSTEM: [&str; 77] = [
    "activeds", "advapi32", "authz", "avrt", "bcrypt", "bcryptprimitives", "cabinet", "cfgmgr32",
    "clusapi", "combase", "comctl32", "comdlg32", "comsvcs", "credui", "crypt32", "cryptbase",
    "dbghelp", "dhcpcsvc", "dnsapi", "dwmapi", "esent", "fltlib", "fwpuclnt", "gdi32", "gdiplus",
    "httpapi", "imagehlp", "imm32", "iphlpapi", "kernel32", "kernelbase", "ktmw32", "logoncli",
    "mpr", "mscoree", "msvcrt", "mswsock", "msxml6", "ncrypt", "netapi32", "normaliz", "ntdll",
    "ntdsapi", "odbc32", "odbccp32", "ole32", "oleacc", "oleaut32", "oledlg", "pdh", "powrprof",
    "propsys", "psapi", "rpcrt4", "samcli", "secur32", "setupapi", "shell32", "shlwapi", "sspicli",
    "tdh", "ucrtbase", "user32", "userenv", "usp10", "uxtheme", "version", "wevtapi", "winhttp",
    "wininet", "winmm", "winspool.drv", "wintrust", "wldap32", "ws2_32", "wsock32", "wtsapi32",
];

fn missing(name: &str) -> Problem {
    Problem::new(
        ProblemCode::MissingLibrary,
        format!("it needs {name}, which is neither beside it nor a part of Windows"),
        cure(name),
    )
    .perhaps()
}

fn cure(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| lower.starts_with(prefix));
    if begins(&["vcruntime", "msvcp", "concrt", "vcomp", "mfc"]) {
        "install the Visual C++ Redistributable where it runs, or link it with /MT".to_owned()
    } else if begins(&["msvcr"]) {
        "install the Visual C++ Redistributable of that version where it runs".to_owned()
    } else if begins(&["libgcc", "libstdc++", "libwinpthread"]) {
        "link it with -static".to_owned()
    } else if lower.ends_with(".bpl") {
        format!("put {name} beside it, or build it without run-time packages")
    } else {
        format!("put {name} beside it or into a folder of PATH where it runs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_windows_are_known_in_any_letter_case() {
        let nothing = HashMap::new();
        for name in [
            "KERNEL32.dll",
            "WS2_32.DLL",
            "api-ms-win-crt-heap-l1-1-0.dll",
        ] {
            assert_eq!(state_of(name, &nothing), DependencyState::System, "{name}");
        }
    }

    #[test]
    fn what_compilers_bring_has_a_cure_of_its_own() {
        assert!(cure("VCRUNTIME140.dll").contains("Redistributable"));
        assert!(cure("libgcc_s_seh-1.dll").contains("-static"));
        assert!(cure("rtl290.bpl").contains("packages"));
        assert!(cure("own.dll").contains("beside it"));
    }
}
