//! Extensions that panic: their request fails, everything else goes on.

use isapi_sdk::{Extension, LoadFailure, Request, Status};
use isapi_test_support::TestServer;

struct PanicsInHandle;

impl Extension for PanicsInHandle {
    const DESCRIPTION: &'static str = "Panics when it is asked to";

    fn load() -> Result<PanicsInHandle, LoadFailure> {
        Ok(PanicsInHandle)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        assert!(request.query() != "panic", "as the query says");
        Status::Success
    }
}

struct PanicsInLoad;

impl Extension for PanicsInLoad {
    const DESCRIPTION: &'static str = "Panics when it is loaded";

    fn load() -> Result<PanicsInLoad, LoadFailure> {
        panic!("always")
    }

    fn handle(&self, _request: Request<'_>) -> Status {
        Status::Success
    }
}

#[test]
fn a_panic_in_a_call_is_500_and_the_extension_lives_on() {
    let entry = isapi_sdk::entry!(PanicsInHandle);
    let server = TestServer::builder().entry("/panics.dll", entry).start();
    let mut client = server.connect();
    client
        .expect_reusable("/panics.dll?panic")
        .expect_status(500);
    client.expect_reusable("/panics.dll").expect_status(200);
}

/// IIS takes an application pool out of service after five crashes in five minutes.
#[test]
fn however_often_it_panics_the_next_request_is_served() {
    let server = TestServer::builder()
        .entry("/panics.dll", isapi_sdk::entry!(PanicsInHandle))
        .start();
    for _ in 0..10 {
        server.get("/panics.dll?panic").expect_status(500);
        server.get("/panics.dll").expect_status(200);
    }
}

#[test]
fn a_panic_at_load_is_500_for_that_extension_only() {
    let server = TestServer::builder()
        .entry("/panics.dll", isapi_sdk::entry!(PanicsInHandle))
        .entry("/broken.dll", isapi_sdk::entry!(PanicsInLoad))
        .start();
    server.get("/broken.dll").expect_status(500);
    server.get("/panics.dll").expect_status(200);
}
