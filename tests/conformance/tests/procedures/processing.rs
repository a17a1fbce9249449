//! P: the processing sequence of an extension.

use isapi_test_support::{Build, Extension, Instance, Script, TestServer, conformance};

conformance! {
    tests: [
        p1_the_module_is_loaded_once_and_not_per_request,
        p2_the_request_is_checked_before_the_extension_runs,
        p3_every_request_has_a_control_block_of_its_own,
        p4_http_extension_proc_is_called_exactly_once,
        p5_the_extension_reads_a_body_and_writes_head_and_data,
        p6_success_ends_the_request_and_pending_does_not,
        p7_the_connection_is_kept_or_closed_as_the_client_asks,
        p8_terminate_extension_is_called_when_the_server_stops,
    ],
    also_in_c: [
        p6_a_synchronous_extension_answers,
        p6_an_asynchronous_extension_answers_later,
        p_server_variables_are_there_for_the_asking,
    ],
}

fn p1_the_module_is_loaded_once_and_not_per_request(build: Build) {
    let instance = Instance::<1>::new(build);
    let server = instance.start();
    assert_eq!(
        instance.lifecycle(&server, "/script.dll"),
        ["GetExtensionVersion"]
    );
    for _ in 0..20 {
        server.get("/script.dll").expect_status(200);
    }
    assert_eq!(
        instance.lifecycle(&server, "/script.dll"),
        ["GetExtensionVersion"]
    );
}

fn p2_the_request_is_checked_before_the_extension_runs(build: Build) {
    let server = TestServer::for_scripts(build);
    let refused = Script::new(&["mark must not run"]);
    let mut client = server.connect();
    client.send(format!("GET {} HTTP/1.1\r\n\r\n", refused.target()));
    client.read_response().expect_status(400);

    refused.post(&server, "asked");
    assert_eq!(refused.wait(&server, "asked").lines(), ["asked"]);
}

fn p3_every_request_has_a_control_block_of_its_own(build: Build) {
    let server = TestServer::for_scripts(build);
    let steps = [
        "field address",
        "field ConnID",
        "field cbSize",
        "field lpszMethod",
        "await go",
    ];
    let one = Script::new(&steps);
    let other = Script::new(&steps);
    let (mut one_client, mut other_client) = (one.start(&server), other.start(&server));
    let while_both_run = |script: &Script| script.wait(&server, "lpszMethod \"GET\"");
    let (one_block, other_block) = (while_both_run(&one), while_both_run(&other));
    for field in ["address ", "ConnID "] {
        assert_ne!(one_block.value(field), other_block.value(field), "{field}");
    }
    let size = if cfg!(target_pointer_width = "64") {
        "192"
    } else {
        "144"
    };
    assert_eq!(one_block.value("cbSize "), size);
    one.post(&server, "go");
    other.post(&server, "go");
    one_client.read_response().expect_status(200);
    other_client.read_response().expect_status(200);
}

fn p4_http_extension_proc_is_called_exactly_once(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|200 OK|Content-Length: 4\r\n\r\n", "write once"]);
    script.get(&server).expect(200, "once");
    let journal = script.finished(&server);
    let calls = journal
        .lines()
        .iter()
        .filter(|line| *line == "HttpExtensionProc")
        .count();
    assert_eq!(calls, 1, "{journal:#?}");
}

fn p5_the_extension_reads_a_body_and_writes_head_and_data(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "field lpszMethod",
        "field lpbData",
        "header 1|201 Created|Content-Length: 5\r\nX-Sample: yes\r\n\r\n",
        "write hello",
    ]);
    let response = server
        .post(script.target(), "the body")
        .expect(201, "hello");
    assert_eq!(response.head.reason, "Created");
    assert_eq!(response.field("x-sample").as_deref(), Some("yes"));
    script.finished(&server).expect(&[
        "lpszMethod \"POST\"",
        "lpbData the body",
        "header TRUE",
        "write TRUE 5",
    ]);
}

fn p6_success_ends_the_request_and_pending_does_not(build: Build) {
    let server = TestServer::for_scripts(build);
    let success = Script::new(&[
        "header 1|200 OK|Content-Length: 1\r\n\r\n",
        "write s",
        "return 1",
    ]);
    success.get(&server).expect(200, "s");

    let pending = Script::new(&[
        "spawn",
        "return 3",
        "[thread]",
        "await go",
        "header 1|200 OK|Content-Length: 1\r\n\r\n",
        "write p",
        "done",
    ]);
    let mut client = pending.start(&server);
    pending.wait(&server, "return 3");
    pending.post(&server, "go");
    client.read_response().expect(200, "p");
}

fn p6_a_synchronous_extension_answers(build: Build) {
    let server = TestServer::with(build, Extension::Hello);
    let response = server.get("/hello.dll").expect_status(200);
    assert!(response.text().contains("ISAPI"), "{response:?}");
    assert_eq!(
        response.field("content-type").as_deref(),
        Some("text/plain; charset=utf-8")
    );
}

fn p6_an_asynchronous_extension_answers_later(build: Build) {
    let server = TestServer::with(build, Extension::WorkerThread);
    let mut client = server.connect();
    for _ in 0..3 {
        let response = client
            .expect_reusable("/workerthread.dll")
            .expect_status(200);
        assert!(response.text().contains("worker thread"), "{response:?}");
    }
}

fn p_server_variables_are_there_for_the_asking(build: Build) {
    let server = TestServer::with(build, Extension::Variables);
    let mut client = server.connect();
    let port = client.local_address().port();
    let response = client
        .expect_reusable("/variables.dll/extra%20path?a=%41")
        .expect_status(200);
    for line in [
        "QUERY_STRING=a=%41",
        "PATH_INFO=/extra path",
        "SCRIPT_NAME=/variables.dll",
        "REQUEST_METHOD=GET",
        "REMOTE_ADDR=127.0.0.1",
        &format!("REMOTE_PORT={port}"),
        &format!("SERVER_PORT={}", server.address().port()),
        "SERVER_PROTOCOL=HTTP/1.1",
    ] {
        assert!(
            response.text().lines().any(|have| have == line),
            "no {line} in {response:?}"
        );
    }
}

fn p7_the_connection_is_kept_or_closed_as_the_client_asks(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["header 1|200 OK|Content-Length: 2\r\n\r\n", "write ok"]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "ok");
    client.expect_reusable(script.target()).expect(200, "ok");
    client.send(format!(
        "GET {} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n",
        script.target()
    ));
    client.read_response().expect(200, "ok");
    client.expect_closed();
}

fn p8_terminate_extension_is_called_when_the_server_stops(build: Build) {
    let instance = Instance::<2>::new(build);
    let server = instance.start();
    server.get("/script.dll").expect_status(200);
    server.stop().expect("nothing is busy");

    // The image stays mapped, so a new server finds the journal of the old one in it.
    let server = instance.start();
    let lifecycle = instance.lifecycle(&server, "/script.dll");
    let must_unload = "TerminateExtension 2";
    assert_eq!(
        lifecycle,
        ["GetExtensionVersion", must_unload, "GetExtensionVersion"]
    );
}
