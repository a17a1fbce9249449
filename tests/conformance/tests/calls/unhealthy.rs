//! `HSE_REQ_REPORT_UNHEALTHY`.

use isapi_test_support::{Build, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        the_reason_is_told_and_requests_go_on,
        no_reason_is_needed,
    ],
}

fn the_reason_is_told_and_requests_go_on(build: Build) {
    let server = TestServer::for_scripts(build);
    assert!(server.service().unhealthy().is_empty());
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

    let unhealthy = server.service().unhealthy();
    assert_eq!(unhealthy.len(), 1, "{unhealthy:?}");
    assert!(unhealthy[0].extension.contains("script"), "{unhealthy:?}");
    assert_eq!(unhealthy[0].reason.as_deref(), Some(reason.as_str()));
    logs::expect_line(&["script", &reason]);
    server.get("/script.dll").expect_status(200);
}

fn no_reason_is_needed(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["report_unhealthy NULL"])
        .run(&server)
        .expect(&["report_unhealthy TRUE"]);
    let unhealthy = server.service().unhealthy();
    assert_eq!(unhealthy.len(), 1, "{unhealthy:?}");
    assert_eq!(unhealthy[0].reason, None);
}
