//! Extensions in C, built with the system's compiler at test time.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::Directory;

/// An extension that answers 200 with the text `hello`.
pub(crate) const HELLO: &str = "hello.c";

/// The ending of a module on this platform.
pub(crate) const ENDING: &str = if cfg!(target_os = "macos") {
    "dylib"
} else {
    "so"
};

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
    let output = Command::new("cc")
        .args(["-shared", "-fPIC", "-Wall", "-Werror"])
        .arg(format!("-I{}", workspace().join("sdk/include").display()))
        .arg(source)
        .arg("-o")
        .arg(module)
        .output()
        .expect("a C compiler named cc");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    module.to_owned()
}

fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
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
