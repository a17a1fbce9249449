use std::fs;
use std::path::{Component, Path, PathBuf};

use isapi_core::url_map::eq_ignore_case;

/// Whether each name of `path` below `root` is the name that its folder lists, letter case apart.
/// `path` leads to `canonical`.
///
/// On Windows a file may have a second name, its
/// [8.3 name](https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file#short-vs-long-names).
/// It has another ending (`PAGE~1.SHT` of `page.shtml`), so it would lead around all that is said of
/// the first, such as a handler for `*.shtml`. Elsewhere a file has such names only as links, which
/// are names of their own.
pub(super) fn has_own_names(root: &Path, path: &Path, canonical: &Path) -> bool {
    !cfg!(windows) || are_own(root, path, canonical)
}

fn are_own(root: &Path, path: &Path, canonical: &Path) -> bool {
    let Ok(below) = path.strip_prefix(root) else {
        return false;
    };
    are_last_names_of(canonical, below) || are_listed(root, below)
}

/// Whether `canonical`, in which no name is a second one, ends with these names.
fn are_last_names_of(canonical: &Path, below: &Path) -> bool {
    let mut names = canonical.components();
    below
        .components()
        .rev()
        .all(|name| names.next_back().is_some_and(|other| is_same(name, other)))
}

/// Whether each name is listed in its folder, as that of a link is.
fn are_listed(root: &Path, below: &Path) -> bool {
    let mut folder = PathBuf::from(root);
    below.components().all(|name| {
        let is_listed = fs::read_dir(&folder).is_ok_and(|mut entries| {
            entries.any(|entry| {
                entry.is_ok_and(|entry| is_same(name, Component::Normal(&entry.file_name())))
            })
        });
        folder.push(name);
        is_listed
    })
}

fn is_same(one: Component<'_>, other: Component<'_>) -> bool {
    match (one.as_os_str().to_str(), other.as_os_str().to_str()) {
        (Some(one), Some(other)) => eq_ignore_case(one, other),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_no_folder_lists_is_a_second_one() {
        let root = std::env::temp_dir().join(format!("isapi-own-name-{}", std::process::id()));
        fs::create_dir_all(root.join("folder")).unwrap();
        fs::write(root.join("folder/page.shtml"), "").unwrap();
        let canonical = root.join("folder/page.shtml");
        let elsewhere = Path::new("/elsewhere/target.shtml");
        let are_own = |path: &str, canonical: &Path| are_own(&root, &root.join(path), canonical);
        let outcomes = [
            are_own("folder/page.shtml", &canonical),
            are_own("FOLDER/Page.SHTML", &canonical),
            // A link of this name.
            are_own("folder/page.shtml", elsewhere),
            are_own("folder/PAGE~1.SHT", &canonical),
            are_own("FOLD~1/page.shtml", &canonical),
            are_own("folder/PAGE~1.SHT", elsewhere),
            are_own("", &root),
        ];
        fs::remove_dir_all(&root).unwrap();
        assert_eq!(outcomes, [true, true, true, false, false, false, true]);
    }
}
