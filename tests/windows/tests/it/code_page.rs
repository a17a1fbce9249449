//! Text in the ANSI code page, and in UTF-16. Wine's code page is 1252.

use crate::site;
use crate::support::extensions::{self, ENDING};
use crate::support::{Directory, Server, program};

/// A server with an extension at `/text.dll` that answers the bytes of the variable that its query
/// names.
fn server() -> (Directory, Server) {
    let directory = Directory::new();
    let text = extensions::with_proc(
        r#"
    static char value[4096];
    DWORD size = sizeof value;
    if (!ecb->GetServerVariable(ecb->ConnID, ecb->lpszQueryString, value, &size))
        return HSE_STATUS_ERROR;
    ecb->WriteClient(ecb->ConnID, value, &size, HSE_IO_SYNC);
    return HSE_STATUS_SUCCESS;
"#,
    );
    extensions::from_text(&directory, &text, &format!("text.{ENDING}"));
    directory.write("ä.txt", "umlaut");
    let server = site::serve(&directory);
    (directory, server)
}

fn utf_16(text: &str) -> Vec<u8> {
    let units = text.encode_utf16().chain([0]);
    units.flat_map(u16::to_le_bytes).collect()
}

#[test]
fn narrow_text_is_in_the_code_page() {
    let (_directory, server) = server();
    let path_info = server.get("/text.dll/%C3%A4%E2%82%AC?PATH_INFO").body;
    assert_eq!(path_info, b"/\xe4\x80\0");
}

#[test]
fn what_the_code_page_lacks_is_a_question_mark() {
    let (_directory, server) = server();
    let path_info = server.get("/text.dll/%D0%B6?PATH_INFO").body;
    assert_eq!(path_info, b"/?\0");
}

#[test]
fn wide_text_is_in_utf_16() {
    let (_directory, server) = server();
    let path_info = server.get("/text.dll/%C3%A4%D0%B6?UNICODE_PATH_INFO").body;
    assert_eq!(path_info, utf_16("/äж"));
}

#[test]
fn a_file_with_a_name_outside_of_ascii_is_sent() {
    let (_directory, server) = server();
    assert_eq!(server.get("/%C3%A4.txt").text(), "umlaut");
}

#[test]
fn physical_paths_have_a_drive_and_backslashes() {
    let (directory, server) = server();
    let folder = program::shown(directory.path());
    for (name, expected) in [
        ("APPL_PHYSICAL_PATH", format!("{folder}\\\0")),
        ("PATH_TRANSLATED", format!("{folder}\\a\\b\0")),
        // As IIS gives it: without a limit on its length.
        ("SCRIPT_TRANSLATED", format!("\\\\?\\{folder}\\text.dll\0")),
    ] {
        let answer = server.get(&format!("/text.dll/a/b?{name}"));
        assert_eq!(answer.text(), expected, "{name}");
    }
}
