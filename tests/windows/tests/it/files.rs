//! How files are sent: with `TransmitFile` by a server Windows, by reads elsewhere.

use std::process::Command;

use crate::support::extensions::{self, ENDING};
use crate::support::{Directory, Server, program, without_settings};

/// More than what is read rather than sent by the kernel.
const SIZE: usize = 1 << 20;

/// An extension that sends a file as a broker does: `HSE_REQ_TRANSMIT_FILE`, with a head.
fn sender(file: &str) -> String {
    let file = file.replace('\\', "\\\\");
    format!(
        r#"#include <string.h>
#include <httpext.h>
BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {{
    version->dwExtensionVersion = MAKELONG(7, 1);
    strcpy(version->lpszExtensionDesc, "sends a file");
    return TRUE;
}}
static void WINAPI sent(EXTENSION_CONTROL_BLOCK *ecb, PVOID file, DWORD bytes, DWORD error) {{
    DWORD status = error ? HSE_STATUS_ERROR : HSE_STATUS_SUCCESS;
    (void)bytes;
    CloseHandle(file);
    ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_DONE_WITH_SESSION, &status, NULL, NULL);
}}
DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {{
    static char head[] = "Content-Type: text/plain\r\nContent-Length: {SIZE}\r\n\r\n";
    HSE_TF_INFO info;
    memset(&info, 0, sizeof info);
    info.hFile = CreateFileA("{file}", GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING,
                             FILE_FLAG_OVERLAPPED, NULL);
    if (info.hFile == INVALID_HANDLE_VALUE)
        return HSE_STATUS_ERROR;
    info.pfnHseIO = sent;
    info.pContext = info.hFile;
    info.dwFlags = HSE_IO_ASYNC | HSE_IO_SEND_HEADERS;
    info.pszStatusCode = "200 OK";
    info.pHead = head;
    info.HeadLength = sizeof head - 1;
    if (!ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_TRANSMIT_FILE, &info, NULL, NULL)) {{
        CloseHandle(info.hFile);
        return HSE_STATUS_ERROR;
    }}
    return HSE_STATUS_PENDING;
}}
"#
    )
}

/// Has Wine pretend to be `version` of Windows to a copy of the program under a name of its own.
/// Answers the command that runs it.
fn program_on(version: &str, directory: &Directory) -> Command {
    let runner = std::env::var_os("ISAPI_TEST_RUNNER").expect("Wine, which has many versions");
    let program = std::env::var_os("ISAPI_TEST_PROGRAM").expect("the program to copy");
    let name = format!("isapi-{version}.exe");
    let copy = directory.path().join(&name);
    std::fs::copy(program, &copy).unwrap();
    let key = format!(r"HKCU\Software\Wine\AppDefaults\{name}");
    let told = Command::new(&runner)
        .args(["reg", "add", &key, "/v", "Version", "/d", version, "/f"])
        .output()
        .unwrap();
    assert!(told.status.success(), "{told:?}");
    let mut command = Command::new(runner);
    command.arg(copy);
    command
}

/// Sends a file twice on a version of Windows, and answers what the log says of `TransmitFile`.
fn log_of(version: &str) -> Vec<String> {
    let directory = Directory::new();
    let content: Vec<u8> = (0..SIZE).map(|at| (at % 251).try_into().unwrap()).collect();
    let file = directory.write("content", &content);
    let source = sender(&program::shown(&file));
    let module = extensions::from_text(&directory, &source, &format!("sender.{ENDING}"));
    let mut command = program_on(version, &directory);
    command.args(["run", module.to_str().unwrap()]);
    command.args(["--listen", "127.0.0.1:0", "--log", "debug"]);
    without_settings(&mut command);
    let server = Server::spawn(command, 1);
    for _ in 0..2 {
        let answer = server.get("/sender.dll");
        assert_eq!(answer.status, 200);
        assert!(answer.body == content, "{} bytes", answer.body.len());
    }
    server.stop();
    let (_, _, mut log) = server.wait();
    log.retain(|line| line.contains("TransmitFile"));
    log
}

#[test]
fn a_server_windows_sends_files_with_transmit_file() {
    let log = log_of("win2008");
    let done = log.iter().filter(|line| line.contains("is done"));
    // Each of the files in a block of 256 KiB and the larger ones behind it.
    assert!(done.count() >= 4, "{log:#?}");
    assert!(
        !log.iter().any(|line| line.contains("are read")),
        "{log:#?}"
    );
}

#[test]
fn a_workstation_windows_reads_files_and_says_so_once() {
    let log = log_of("win10");
    let [line] = &log[..] else {
        panic!("not one line: {log:#?}");
    };
    let reason = "files are read and not sent with TransmitFile: a Windows that is no server";
    assert!(line.contains(reason), "{line}");
    assert!(line.contains("INFO"), "{line}");
}
