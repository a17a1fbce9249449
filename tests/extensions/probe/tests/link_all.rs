//! Every extension of the project in one program: none exports a symbol that clashes with another.

use isapi_sdk::abi::{Entry, HSE_STATUS_SUCCESS};
use isapi_sdk::testing::TestHost;

#[test]
fn all_extensions_live_in_one_program_and_answer_for_themselves() {
    let all: [(Entry, &str, &str); 6] = [
        (
            isapi_sdk::entry!(probe_extension::Probe),
            "/?sync",
            "sync\n",
        ),
        (
            isapi_sdk::entry!(sample_hello::Hello),
            "/",
            "Hello from ISAPI\n",
        ),
        (
            isapi_sdk::entry!(sample_image_server::ImageServer),
            "/none",
            "There is no such image.\n",
        ),
        (
            isapi_sdk::entry!(sample_upload_echo::UploadEcho),
            "/",
            "<title>Upload echo</title>",
        ),
        (
            isapi_sdk::entry!(sample_variables::Variables),
            "/",
            "SCRIPT_NAME=/test.dll\n",
        ),
        (
            isapi_sdk::entry!(sample_worker_thread::WorkerThread),
            "/",
            "by a worker thread\n",
        ),
    ];
    // All are loaded before the first is asked.
    let hosts =
        all.map(|(entry, target, expected)| (TestHost::load(entry).unwrap(), target, expected));
    for (host, target, expected) in &hosts {
        let exchange = host.get(target).start().finish();
        assert_eq!(
            exchange.ended(),
            Some(HSE_STATUS_SUCCESS),
            "{}",
            host.description()
        );
        assert!(
            exchange.body_text().contains(expected),
            "{}",
            exchange.body_text()
        );
    }
}
