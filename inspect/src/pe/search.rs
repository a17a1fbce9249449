//! Where the DLLs that a module needs are looked for: where the loader of `isapi` does.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::report::DependencyState;

/// The places for one module and all that it needs: its own folder, then Windows. Neither the working
/// directory nor `PATH` is among them.
pub(super) struct Search {
    /// The files in the module's folder, by their names in lower case: Windows does not tell letter
    /// case apart.
    beside: HashMap<String, PathBuf>,
    /// The folder of Windows itself, where this machine runs it.
    system: Option<PathBuf>,
}

impl Search {
    /// The places for the module at this path. `is_here` says that it would be loaded on this machine.
    pub(super) fn new(module: &Path, is_here: bool) -> Self {
        Self {
            beside: files_in(&folder(module)),
            system: is_here.then(system_folder).flatten(),
        }
    }

    pub(super) fn find(&self, name: &str) -> DependencyState {
        let lower = name.to_ascii_lowercase();
        if let Some(path) = self.beside.get(&lower) {
            return DependencyState::Found(path.clone());
        }
        if is_system(&lower) {
            return DependencyState::System;
        }
        self.in_system(name)
            .map_or(DependencyState::Missing, DependencyState::Found)
    }

    /// The file of a DLL that Windows has, where this is Windows. Names that stand for others
    /// (`api-ms-win-...`) have none.
    pub(super) fn in_system(&self, name: &str) -> Option<PathBuf> {
        let path = self.system.as_ref()?.join(name);
        path.is_file().then_some(path)
    }
}

/// The folder a module lies in. A link is followed: it is the file itself that is loaded.
fn folder(module: &Path) -> PathBuf {
    let is_link = fs::symlink_metadata(module).is_ok_and(|metadata| metadata.is_symlink());
    let target = is_link.then(|| fs::canonicalize(module).ok()).flatten();
    match target.as_deref().unwrap_or(module).parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn files_in(folder: &Path) -> HashMap<String, PathBuf> {
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

/// For a 32-bit program on a 64-bit system the file system itself puts the folder with the 32-bit
/// DLLs in the place of this one.
fn system_folder() -> Option<PathBuf> {
    Some(PathBuf::from(env::var_os("SystemRoot")?).join("System32"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_windows_are_known_in_any_letter_case() {
        let nowhere = Search {
            beside: HashMap::new(),
            system: None,
        };
        for name in [
            "KERNEL32.dll",
            "WS2_32.DLL",
            "api-ms-win-crt-heap-l1-1-0.dll",
        ] {
            assert_eq!(nowhere.find(name), DependencyState::System, "{name}");
        }
        assert_eq!(nowhere.find("own.dll"), DependencyState::Missing);
    }
}
