use std::path::{Path, PathBuf};

/// A path as extensions are told it. On Windows it is without the `\\?\` of canonical paths, which
/// programs do not expect in front of PATH_TRANSLATED.
pub(super) fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    if cfg!(windows) { ordinary(text) } else { text }
}

/// A canonical path as people write it. On Windows it is without `\\?\`, where it names the same file so
/// too: a name that ends in a dot, or is that of a device, does not.
pub(super) fn as_written(canonical: PathBuf) -> PathBuf {
    if !cfg!(windows) {
        return canonical;
    }
    let written = canonical.to_str().map(|text| ordinary(text.to_owned()));
    written
        .map(PathBuf::from)
        .filter(|written| written.canonicalize().is_ok_and(|path| path == canonical))
        .unwrap_or(canonical)
}

/// A Windows path in its ordinary form, where it has one. See
/// [Win32 file namespaces](https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file#win32-file-namespaces).
fn ordinary(path: String) -> String {
    let Some(rest) = path.strip_prefix(r"\\?\") else {
        return path;
    };
    if let Some(share) = rest.strip_prefix(r"UNC\") {
        return format!(r"\\{share}");
    }
    match rest.as_bytes() {
        [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic() => rest.to_owned(),
        // A volume without a letter, say.
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_an_ordinary_form_loses_its_prefix() {
        for (path, expected) in [
            (r"\\?\C:\site\a.txt", r"C:\site\a.txt"),
            (r"\\?\c:\", r"c:\"),
            (r"\\?\UNC\server\share\a", r"\\server\share\a"),
            (r"\\?\Volume{0}\a", r"\\?\Volume{0}\a"),
            (r"\\?\C:", r"\\?\C:"),
            (r"C:\site", r"C:\site"),
            (r"\\server\share", r"\\server\share"),
            ("", ""),
        ] {
            assert_eq!(ordinary(path.to_owned()), expected, "{path}");
        }
    }

    #[test]
    fn elsewhere_a_path_is_shown_as_it_is() {
        let expected = if cfg!(windows) { r"C:\a" } else { r"\\?\C:\a" };
        assert_eq!(shown(Path::new(r"\\?\C:\a")), expected);
    }
}
