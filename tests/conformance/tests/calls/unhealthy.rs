//! `HSE_REQ_REPORT_UNHEALTHY`.

use isapi_axum::IsapiService;
use isapi_test_support::{Build, Instance, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        the_reason_is_told_and_requests_go_on,
        no_reason_is_needed,
    ],
}

fn the_reason_is_told_and_requests_go_on(build: Build) {
    let server = TestServer::for_scripts(build);
    let unhealthy = || server.service().map(IsapiService::unhealthy);
    assert!(unhealthy().is_none_or(|unhealthy| unhealthy.is_empty()));
    let reason = format!("the pool of {build:?} is used up");
    let script = Script::new(&[
        &format!("report_unhealthy {reason}"),
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "write ok",
    ]);
    script.get(&server).expect(200, "ok");
    script
        .finished(&server)
        .expect_line("report_unhealthy TRUE");

    if let Some(unhealthy) = unhealthy() {
        assert_eq!(unhealthy.len(), 1, "{unhealthy:?}");
        assert!(unhealthy[0].extension.contains("script"), "{unhealthy:?}");
        assert_eq!(unhealthy[0].reason.as_deref(), Some(reason.as_str()));
    }
    logs::expect_line(&["not well", "script", &reason]);
    server.get("/script.dll").expect_status(200);
}

fn no_reason_is_needed(build: Build) {
    // A name that nobody else has in the log.
    let name = format!("silent-{build:?}").to_lowercase();
    let url = format!("/{name}.dll");
    let instance = Instance::<1>::new(build);
    let server = instance.add_as(TestServer::builder(), &url, &name).start();
    let script = Script::new(&["report_unhealthy NULL"]);
    let target = script.target().replace("/script.dll", &url);
    server.get(&target).expect_status(200);
    script
        .finished_at(&server, &url)
        .expect(&["report_unhealthy TRUE"]);
    if let Some(service) = server.service() {
        let unhealthy = service.unhealthy();
        assert_eq!(unhealthy.len(), 1, "{unhealthy:?}");
        assert_eq!(unhealthy[0].reason, None);
    }
    let line = logs::expect_line(&["not well", &name]);
    assert!(!line.contains("reason="), "{line}");
}
