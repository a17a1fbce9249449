//! Extensions in C, built at test time for the platform of the program that is tested: with the
//! system's compiler, or with mingw for Windows.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Directory, program};

/// An extension that answers 200 with the text `hello`.
pub(crate) const HELLO: &str = "hello.c";

/// The ending of a module of the program that is tested.
pub(crate) struct Ending;

pub(crate) const ENDING: Ending = Ending;

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(program::module_ending())
    }
}

/// Builds a sample of `samples/c` into `directory`, under `name`.
pub(crate) fn sample(directory: &Directory, source: &str, name: &str) -> PathBuf {
    build(
        &workspace().join("samples/c").join(source),
        &directory.path().join(name),
    )
}

/// Builds an extension from its text into `directory`, under `name`.
pub(crate) fn from_text(directory: &Directory, text: &str, name: &str) -> PathBuf {
    let sources = Directory::new();
    build(
        &sources.write("extension.c", text),
        &directory.path().join(name),
    )
}

fn build(source: &Path, module: &Path) -> PathBuf {
    let (name, mut compiler) = compiler();
    let output = compiler
        .args(["-shared", "-Wall", "-Werror"])
        .arg(source)
        .arg("-o")
        .arg(module)
        .output()
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    module.to_owned()
}

/// The compiler's name, and a command line of it. For Windows it has headers of its own.
fn compiler() -> (&'static str, Command) {
    if program::is_windows() {
        let name = "x86_64-w64-mingw32-gcc";
        return (name, Command::new(name));
    }
    let mut command = Command::new("cc");
    let headers = workspace().join("sdk/include");
    command.arg("-fPIC").arg("-I").arg(headers);
    ("cc", command)
}

fn workspace() -> &'static Path {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let mut folders = packages.filter(|folder| folder.join("Cargo.lock").is_file());
    folders.next().expect("the package is in a workspace")
}

/// The text of an extension whose `HttpExtensionProc` has this body.
pub(crate) fn with_proc(body: &str) -> String {
    format!(
        r#"#include <string.h>
#include <httpext.h>
BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {{
    version->dwExtensionVersion = MAKELONG(7, 1);
    strcpy(version->lpszExtensionDesc, "test extension");
    return TRUE;
}}
DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {{ {body} }}
"#
    )
}

/// An extension that answers `text` and returns `HSE_STATUS_SUCCESS`.
pub(crate) fn saying(text: &str) -> String {
    with_proc(&format!(
        r#"
    static char head[] = "Content-Type: text/plain\r\n\r\n";
    DWORD size = sizeof head - 1;
    ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER, "200 OK", &size,
                               (LPDWORD)head);
    DWORD length = {length};
    ecb->WriteClient(ecb->ConnID, "{text}", &length, HSE_IO_SYNC);
    return HSE_STATUS_SUCCESS;
"#,
        length = text.len()
    ))
}

/// An extension that says that it works on, and never ends a request.
pub(crate) fn never_done() -> String {
    with_proc(
        r#"
    static char head[] = "Content-Type: text/plain\r\n\r\nbegun";
    DWORD size = sizeof head - 1;
    ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER, "200 OK", &size,
                               (LPDWORD)head);
    return HSE_STATUS_PENDING;
"#,
    )
}

/// An extension that does not want to run.
pub(crate) const UNWILLING: &str = r#"#include <httpext.h>
BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) { (void)version; return FALSE; }
DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) { (void)ecb; return HSE_STATUS_ERROR; }
"#;

/// A library that is no extension.
pub(crate) const NO_EXTENSION: &str = "int nothing(void) { return 0; }";

/// To be put in front of an extension's text: `say`, which writes a line to standard error, and
/// `hang`, which never returns.
pub(crate) const TO_HANG: &str = r#"#include <stdio.h>
#ifdef _WIN32
#include <windows.h>
static void hang(void) { Sleep(INFINITE); }
#else
#include <unistd.h>
static void hang(void) { for (;;) pause(); }
#endif
static void say(const char *line) { fprintf(stderr, "%s\n", line); fflush(stderr); }
"#;
