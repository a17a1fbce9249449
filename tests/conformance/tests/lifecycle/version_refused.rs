//! `GetExtensionVersion` answers FALSE: the request gets 500 and `HttpExtensionProc` is never
//! called.

use isapi_test_support::{TestServer, logs, module_file};

mod linked {
    use std::sync::atomic::{AtomicU32, Ordering};

    use isapi_abi::{
        BOOL, DWORD, EXTENSION_CONTROL_BLOCK, Entry, FALSE, HSE_STATUS_SUCCESS, HSE_VERSION_INFO,
    };
    use isapi_test_support::TestServer;

    static VERSIONS: AtomicU32 = AtomicU32::new(0);
    static PROCS: AtomicU32 = AtomicU32::new(0);

    /// Refuses, and leaves no last error behind, which made Apache's mod_isapi call the extension it
    /// had just unloaded.
    unsafe extern "system" fn refuse(_version: *mut HSE_VERSION_INFO) -> BOOL {
        VERSIONS.fetch_add(1, Ordering::SeqCst);
        FALSE
    }

    unsafe extern "system" fn count(_control: *mut EXTENSION_CONTROL_BLOCK) -> DWORD {
        PROCS.fetch_add(1, Ordering::SeqCst);
        HSE_STATUS_SUCCESS
    }

    /// Also shows that a failure is remembered, and that a second request does not wait behind it,
    /// as it did behind the lock that Apache's mod_isapi left held.
    #[test]
    fn linked_in_it_is_asked_once_and_never_called() {
        // SAFETY: the functions follow the contract and live as long as the process.
        let entry = unsafe { Entry::new(refuse, count, None) };
        let server = TestServer::builder().entry("/refused.dll", entry).start();
        for _ in 0..3 {
            server.get("/refused.dll").expect_status(500);
        }
        assert_eq!(VERSIONS.load(Ordering::SeqCst), 1);
        assert_eq!(PROCS.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn as_a_module_it_is_never_called_and_the_code_is_told() {
    let server = TestServer::builder()
        .module("/refused.dll", &module_file("c-version_false"))
        .start();
    for _ in 0..3 {
        let response = server.get("/refused.dll").expect_status(500);
        assert!(!response.text().contains("called although"), "{response:?}");
        assert!(
            response.text().contains("GetExtensionVersion"),
            "{response:?}"
        );
    }
    // ERROR_ACCESS_DENIED, which the module has set.
    logs::expect_line(&["version_false", "GetExtensionVersion", "5"]);
}
