//! Extensions that panic: their request fails, everything else goes on.

use isapi_test_support::{Build, Extension, TestServer, conformance};

conformance! {
    tests: [
        a_panic_in_a_call_is_500_and_the_extension_lives_on,
        however_often_it_panics_the_next_request_is_served,
    ],
    in_process: [a_panic_at_load_is_500_for_that_extension_only],
}

fn a_panic_in_a_call_is_500_and_the_extension_lives_on(build: Build) {
    let server = TestServer::with(build, Extension::Probe);
    let mut client = server.connect();
    client
        .expect_reusable("/probe.dll?panic")
        .expect_status(500);
    client
        .expect_reusable("/probe.dll?sync")
        .expect(200, "sync\n");
}

/// IIS takes an application pool out of service after five crashes in five minutes.
fn however_often_it_panics_the_next_request_is_served(build: Build) {
    let server = TestServer::with(build, Extension::Probe);
    for _ in 0..10 {
        server.get("/probe.dll?panic").expect_status(500);
        server.get("/probe.dll?sync").expect(200, "sync\n");
    }
}

/// The one that panics is linked in, beside another in each build.
fn a_panic_at_load_is_500_for_that_extension_only(build: Build) {
    let server = TestServer::builder()
        .extension("/hello.dll", build, Extension::Hello)
        .entry("/broken.dll", isapi_sdk::entry!(PanicsInLoad))
        .start();
    server.get("/broken.dll").expect_status(500);
    server.get("/hello.dll").expect_status(200);
}

struct PanicsInLoad;

impl isapi_sdk::Extension for PanicsInLoad {
    const DESCRIPTION: &'static str = "Panics when it is loaded";

    fn load() -> Result<PanicsInLoad, isapi_sdk::LoadFailure> {
        panic!("always")
    }

    fn handle(&self, _request: isapi_sdk::Request<'_>) -> isapi_sdk::Status {
        isapi_sdk::Status::Success
    }
}
