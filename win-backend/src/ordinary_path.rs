//! Paths as programs expect them.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf, Prefix};

/// The canonical path of a file, in the form that programs expect (`C:\site\hello.dll`).
///
/// [`fs::canonicalize`] puts `\\?\` in front, and modules that look for their configuration beside
/// their own file, or split their path at `:` or `\`, do not expect that. Where the form with it is
/// the only one that names the file (longer than `MAX_PATH`, a name ending in a dot), it stays.
///
/// # Errors
///
/// When there is no such file.
pub(crate) fn canonical(path: &Path) -> io::Result<PathBuf> {
    let canonical = fs::canonicalize(path)?;
    Ok(ordinary(&canonical)
        // The system reads the ordinary form in its own way (dots, spaces and devices), so it is asked.
        .filter(|ordinary| fs::canonicalize(ordinary).is_ok_and(|again| again == canonical))
        .unwrap_or(canonical))
}

/// `path` without `\\?\`, where that is in front and the rest short enough.
fn ordinary(path: &Path) -> Option<PathBuf> {
    let mut components = path.components();
    let Some(Component::Prefix(prefix)) = components.next() else {
        return None;
    };
    let start = match prefix.kind() {
        Prefix::VerbatimDisk(letter) => OsString::from(format!("{}:", char::from(letter))),
        Prefix::VerbatimUNC(server, share) => {
            let mut start = OsString::from(r"\\");
            start.push(server);
            start.push(r"\");
            start.push(share);
            start
        }
        _ => return None,
    };
    let mut ordinary = start;
    ordinary.push(components.as_path());
    let is_short = ordinary.len() < MAX_PATH;
    is_short.then(|| PathBuf::from(ordinary))
}

/// Longest path of the ordinary form, its terminator included:
/// <https://learn.microsoft.com/windows/win32/fileio/maximum-file-path-limitation>.
const MAX_PATH: usize = 260;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_an_ordinary_form_gets_it() {
        let long = format!(r"\\?\C:\{}", "a".repeat(MAX_PATH));
        for (path, expected) in [
            (r"\\?\C:\site\hello.dll", Some(r"C:\site\hello.dll")),
            (
                r"\\?\UNC\server\share\hello.dll",
                Some(r"\\server\share\hello.dll"),
            ),
            (r"\\?\Volume{0}\hello.dll", None),
            (r"C:\site\hello.dll", None),
            (&long, None),
        ] {
            let found = ordinary(Path::new(path));
            assert_eq!(found.as_deref(), expected.map(Path::new), "{path}");
        }
    }
}
