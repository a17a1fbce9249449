//! Which files a module's URL may stand for.

/// A format of modules, known by the ending of their files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ModuleFormat {
    /// Windows.
    Dll,
    /// macOS.
    Dylib,
    /// Linux and other Unix systems.
    So,
}

impl ModuleFormat {
    /// The ending, with its dot.
    const fn ending(self) -> &'static str {
        match self {
            Self::Dll => ".dll",
            Self::Dylib => ".dylib",
            Self::So => ".so",
        }
    }

    /// The formats in the order in which files of them are looked for.
    const fn preference(self) -> [Self; 3] {
        match self {
            Self::Dll => [Self::Dll, Self::So, Self::Dylib],
            Self::Dylib => [Self::Dylib, Self::So, Self::Dll],
            Self::So => [Self::So, Self::Dylib, Self::Dll],
        }
    }

    /// The file names to look for, best first, when a URL names the module `url_name` on a platform
    /// of this format.
    ///
    /// A URL may end in `.dll` on every platform, so that links need not change with the server; the
    /// file beside it carries the ending its compiler gave it, with or without `lib` in front. Names
    /// of other platforms come last: where only such a file is there, opening it says so.
    ///
    /// Empty if `url_name` has no module ending (`.dll`, `.so`, `.dylib`, in any letter case).
    ///
    /// ```
    /// use isapi_bridge::ModuleFormat;
    ///
    /// let names = ModuleFormat::So.file_names("hello.dll");
    /// assert_eq!(names[..2], ["hello.so", "libhello.so"]);
    /// assert_eq!(ModuleFormat::Dll.file_names("hello.dll")[0], "hello.dll");
    /// ```
    #[must_use]
    pub fn file_names(self, url_name: &str) -> Vec<String> {
        let formats = self.preference();
        let Some(stem) = formats.iter().find_map(|format| format.stem(url_name)) else {
            return Vec::new();
        };
        let mut names = Vec::with_capacity(2 * formats.len());
        for format in formats {
            let ending = format.ending();
            names.push(format!("{stem}{ending}"));
            // Windows linkers put nothing in front.
            if format != Self::Dll {
                names.push(format!("lib{stem}{ending}"));
            }
        }
        // The file that the URL spells letter by letter, should its ending be in upper case.
        if !names.iter().any(|name| name == url_name) {
            names.push(url_name.to_owned());
        }
        names
    }

    fn stem(self, url_name: &str) -> Option<&str> {
        let ending = self.ending();
        let split = url_name.len().checked_sub(ending.len())?;
        let (stem, rest) = url_name.split_at_checked(split)?;
        (!stem.is_empty() && rest.eq_ignore_ascii_case(ending)).then_some(stem)
    }
}

#[cfg(test)]
mod tests {
    use super::ModuleFormat::{Dll, Dylib, So};

    #[test]
    fn this_platforms_files_come_first() {
        for (format, own) in [(So, "so"), (Dylib, "dylib")] {
            let names = format.file_names("hello.dll");
            assert_eq!(
                names[..2],
                [format!("hello.{own}"), format!("libhello.{own}")]
            );
            assert_eq!(names.last().map(String::as_str), Some("hello.dll"));
        }
        let names = Dll.file_names("hello.so");
        assert_eq!(names[..3], ["hello.dll", "hello.so", "libhello.so"]);
    }

    #[test]
    fn every_module_ending_and_letter_case_means_the_same_module() {
        for url in ["hello.dll", "hello.so", "hello.dylib"] {
            assert_eq!(So.file_names(url), So.file_names("hello.dll"));
        }
        let upper = So.file_names("hello.DLL");
        assert_eq!(upper[..5], So.file_names("hello.dll")[..]);
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
            assert!(So.file_names(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn a_name_outside_ascii_keeps_its_letters() {
        assert!(So.file_names("größe.dll").contains(&"größe.so".to_owned()));
    }
}
