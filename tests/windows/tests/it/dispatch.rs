//! Where calls run.

use crate::support::extensions::{self, ENDING};
use crate::support::{Directory, Server};

/// More than the server has threads for connections, one for each processor and another.
const WAITING: usize = 100;

/// Calls that wait, by means which no host sees, until another request lets them go.
const WAITS: &str = r#"#include <stdlib.h>
#include <string.h>
#include <httpext.h>
static HANDLE gate, everybody;
static volatile LONG waiting;
BOOL WINAPI GetExtensionVersion(HSE_VERSION_INFO *version) {
    version->dwExtensionVersion = MAKELONG(7, 1);
    strcpy(version->lpszExtensionDesc, "waits");
    gate = CreateEventA(NULL, TRUE, FALSE, NULL);
    everybody = CreateEventA(NULL, TRUE, FALSE, NULL);
    return gate && everybody;
}
DWORD WINAPI HttpExtensionProc(EXTENSION_CONTROL_BLOCK *ecb) {
    LONG count = atol(ecb->lpszQueryString);
    if (strncmp(ecb->lpszQueryString, "go", 2) == 0) {
        WaitForSingleObject(everybody, INFINITE);
        SetEvent(gate);
    } else {
        if (InterlockedIncrement(&waiting) == count)
            SetEvent(everybody);
        WaitForSingleObject(gate, INFINITE);
    }
    return ecb->ServerSupportFunction(ecb->ConnID, HSE_REQ_SEND_RESPONSE_HEADER, "200 OK", NULL, NULL)
               ? HSE_STATUS_SUCCESS
               : HSE_STATUS_ERROR;
}
BOOL WINAPI TerminateExtension(DWORD flags) {
    (void)flags;
    return TRUE;
}
"#;

#[test]
fn calls_run_on_worker_threads_even_if_the_mode_is_inline() {
    let directory = Directory::new();
    extensions::from_text(&directory, WAITS, &format!("waits.{ENDING}"));
    let server = Server::start(&["serve", directory.str(), "--dispatch", "inline"]);
    // Inline they would leave no thread that reads the last request.
    let mut waiting: Vec<_> = (0..WAITING).map(|_| server.connect()).collect();
    for client in &mut waiting {
        client.send(format!(
            "GET /waits.dll?{WAITING} HTTP/1.1\r\nHost: localhost\r\n\r\n"
        ));
    }
    assert_eq!(server.get("/waits.dll?go").status, 200);
    for client in &mut waiting {
        assert_eq!(client.receive().status, 200);
    }
}
