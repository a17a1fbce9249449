//! Which files a module's URL may stand for.

/// Endings of modules, this platform's first.
const ENDINGS: [&str; 3] = if cfg!(target_vendor = "apple") {
    [".dylib", ".so", ".dll"]
} else {
    [".so", ".dylib", ".dll"]
};

/// The file names to look for, best first, when a URL names the module `url_name`.
///
/// A URL may end in `.dll` on every platform, so that links need not change with the server; the
/// file beside it carries the ending its compiler gave it, with or without `lib` in front. Names
/// of other platforms come last: where only such a file is there, opening it says so.
///
/// Empty if `url_name` has no module ending (`.dll`, `.so`, `.dylib`, in any letter case).
pub(crate) fn module_file_names(url_name: &str) -> Vec<String> {
    let Some(stem) = stem(url_name) else {
        return Vec::new();
    };
    let mut names = Vec::with_capacity(2 * ENDINGS.len());
    for ending in ENDINGS {
        names.push(format!("{stem}{ending}"));
        // Windows linkers put nothing in front.
        if ending != ".dll" {
            names.push(format!("lib{stem}{ending}"));
        }
    }
    // The file that the URL spells letter by letter, should its ending be in upper case.
    if !names.iter().any(|name| name == url_name) {
        names.push(url_name.to_owned());
    }
    names
}

fn stem(url_name: &str) -> Option<&str> {
    ENDINGS.iter().find_map(|ending| {
        let split = url_name.len().checked_sub(ending.len())?;
        let (stem, rest) = url_name.split_at_checked(split)?;
        (!stem.is_empty() && rest.eq_ignore_ascii_case(ending)).then_some(stem)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_platforms_files_come_first() {
        let names = module_file_names("hello.dll");
        let own = if cfg!(target_vendor = "apple") {
            "dylib"
        } else {
            "so"
        };
        assert_eq!(
            names[..2],
            [format!("hello.{own}"), format!("libhello.{own}")]
        );
        assert_eq!(names.last().map(String::as_str), Some("hello.dll"));
    }

    #[test]
    fn every_module_ending_and_letter_case_means_the_same_module() {
        for url in ["hello.dll", "hello.so", "hello.dylib"] {
            assert_eq!(module_file_names(url), module_file_names("hello.dll"));
        }
        let upper = module_file_names("hello.DLL");
        assert_eq!(upper[..5], module_file_names("hello.dll")[..]);
        assert_eq!(upper[5], "hello.DLL");
    }

    #[test]
    fn other_names_are_no_modules() {
        for name in [
            "",
            "hello",
            ".dll",
            "hello.txt",
            "dll",
            "hello.dll.txt",
            "é.d",
        ] {
            assert!(module_file_names(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn a_name_outside_ascii_keeps_its_letters() {
        assert!(module_file_names("größe.dll").contains(&"größe.so".to_owned()));
    }
}
