//! What a file's name says about it, in any letter case.

const MODULE_ENDINGS: [&str; 3] = [".dll", ".so", ".dylib"];

/// Whether a file name ends like an extension module: `.dll`, `.so` or `.dylib`.
///
/// ```
/// use isapi_core::url_map::has_module_ending;
///
/// assert!(has_module_ending("Hello.DLL"));
/// assert!(!has_module_ending("hello.dll.txt"));
/// ```
pub fn has_module_ending(name: &str) -> bool {
    MODULE_ENDINGS.iter().any(|ending| has_ending(name, ending))
}

/// Whether a file of this name is never sent to a client: modules and programs (`.dll`, `.so`,
/// `.so.1`, `.dylib`, `.exe`), the host's configuration (`isapi.toml`), and names that begin with
/// a dot.
///
/// Ask for every segment of a path: nothing beneath `.git` is sent either.
///
/// ```
/// use isapi_core::url_map::is_never_served;
///
/// assert!(is_never_served("libhello.so.1.2"));
/// assert!(is_never_served(".htpasswd"));
/// assert!(!is_never_served("index.html"));
/// ```
pub fn is_never_served(name: &str) -> bool {
    // Windows opens the same file under a name with dots and spaces behind it, or a stream's name.
    let name = name
        .split(':')
        .next()
        .unwrap_or(name)
        .trim_end_matches(['.', ' ']);
    name.is_empty()
        || name.starts_with('.')
        || name.eq_ignore_ascii_case("isapi.toml")
        || MODULE_ENDINGS.iter().any(|ending| ends_with(name, ending))
        || ends_with(name, ".exe")
        || has_numbered_so_ending(name)
}

/// An ending with a name before it.
fn has_ending(name: &str, ending: &str) -> bool {
    name.len() > ending.len() && ends_with(name, ending)
}

fn ends_with(name: &str, ending: &str) -> bool {
    let start = name.len().checked_sub(ending.len());
    start
        .and_then(|start| name.get(start..))
        .is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

/// `libhello.so.1` and `libhello.so.1.2.3`.
fn has_numbered_so_ending(name: &str) -> bool {
    let stem =
        name.trim_end_matches(|character: char| character == '.' || character.is_ascii_digit());
    let number = &name[stem.len()..];
    ends_with(stem, ".so") && number.starts_with('.')
}
