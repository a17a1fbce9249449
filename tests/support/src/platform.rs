//! The server under test: in this process, or a program; on which platform it runs.
//!
//! The environment chooses, so that the same tests serve for both:
//!
//! | variable | is |
//! |---|---|
//! | `ISAPI_TEST_PROGRAM` | the server program; without it the server runs in this process |
//! | `ISAPI_TEST_RUNNER` | what runs the program, such as Wine; without it, it is run directly |
//! | `ISAPI_TEST_EXTENSIONS` | the folder of its module files |

use std::env;
use std::path::{Path, PathBuf};

use crate::extension::target_dir;

/// The server program under test, if the server is not to run in this process.
pub(crate) fn program() -> Option<PathBuf> {
    path("ISAPI_TEST_PROGRAM")
}

/// What runs the program, if it is not run directly.
pub(crate) fn runner() -> Option<PathBuf> {
    path("ISAPI_TEST_RUNNER")
}

/// The folder of the module files.
pub(crate) fn extensions() -> PathBuf {
    path("ISAPI_TEST_EXTENSIONS").unwrap_or_else(|| target_dir().join("extensions"))
}

/// Whether the server runs in this process.
pub fn is_in_process() -> bool {
    program().is_none()
}

/// Whether the server under test is one for Windows: this process, or a program that ends in
/// `.exe`, which Wine may run.
pub fn is_windows() -> bool {
    match program() {
        None => cfg!(windows),
        Some(program) => program
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("exe")),
    }
}

/// The file name of a module on the server's platform: `hello.so`, `hello.dylib` or `hello.dll`.
pub fn module_name(stem: &str) -> String {
    let ending = match is_windows() {
        true => "dll",
        false => env::consts::DLL_EXTENSION,
    };
    format!("{stem}.{ending}")
}

/// A path of this machine as the server under test names it: for a Windows program under Wine,
/// where drive Z: is the root, `Z:\tmp\file` for `/tmp/file`.
///
/// # Panics
///
/// When the path is no text.
pub fn shown_path(path: &Path) -> String {
    let text = path.to_str().expect("a test's path is text");
    if is_windows() && !cfg!(windows) {
        return format!("Z:{}", text.replace('/', "\\"));
    }
    text.to_owned()
}

/// A text as an extension sees it in an 8-bit string: in UTF-8, on Windows in code page 1252, where `?`
/// stands for what that does not have.
///
/// # Panics
///
/// On Windows, when it has a character of two units in UTF-16: Windows says `??` for it, Wine `?`.
pub fn narrow(text: &str) -> Vec<u8> {
    if !is_windows() {
        return text.as_bytes().to_vec();
    }
    let in_code_page = |character: char| match u32::from(character) {
        code @ (0..=0x7f | 0xa0..=0xff) => u8::try_from(code).expect("it is below 256"),
        0x20ac => 0x80,
        0x1_0000.. => panic!("{character:?} has two units in UTF-16"),
        _ => b'?',
    };
    text.chars().map(in_code_page).collect()
}

fn path(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}
