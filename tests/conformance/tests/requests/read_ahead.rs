//! The part of the body that comes with the control block.

use isapi_core::session::SessionConfig;
use isapi_test_support::{Build, RawClient, Script, TestServer, conformance, describe, fill};

conformance! {
    tests: [
        a_small_body_comes_whole_and_with_a_terminator,
        a_request_without_a_body_has_none,
        a_content_length_of_0_is_no_body,
        a_body_of_exactly_the_read_ahead_comes_whole,
        a_longer_body_comes_up_to_the_read_ahead,
        without_a_read_ahead_all_is_read_with_read_client,
        a_length_that_no_dword_holds_is_told_as_unknown,
        a_chunked_body_has_a_consistent_length,
    ],
}

fn a_small_body_comes_whole_and_with_a_terminator(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "field cbTotalBytes",
        "field cbAvailable",
        "field lpbData",
        "field lpbData_terminator",
        "read 10",
    ]);
    server
        .post(script.target(), "ten bytes!")
        .expect_status(200);
    script.finished(&server).expect(&[
        "cbTotalBytes 10",
        "cbAvailable 10",
        "lpbData ten bytes!",
        "lpbData_terminator 0",
        "read TRUE 0 ",
    ]);
}

fn a_request_without_a_body_has_none(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["field cbTotalBytes", "field cbAvailable", "read 10"])
        .run(&server)
        .expect(&["cbTotalBytes 0", "cbAvailable 0", "read TRUE 0 "]);
}

fn a_content_length_of_0_is_no_body(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["field cbTotalBytes", "field cbAvailable", "read 10"]);
    server.post(script.target(), "").expect_status(200);
    script
        .finished(&server)
        .expect(&["cbTotalBytes 0", "cbAvailable 0", "read TRUE 0 "]);
}

fn a_body_of_exactly_the_read_ahead_comes_whole(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["field cbTotalBytes", "field cbAvailable", "read_all 1000"]);
    let body = fill(49_152);
    server.post(script.target(), &body).expect_status(200);
    let all = format!("read_all 49152+0 {}", describe(&body));
    script
        .finished(&server)
        .expect(&["cbTotalBytes 49152", "cbAvailable 49152", &all]);
}

fn a_longer_body_comes_up_to_the_read_ahead(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&["field cbTotalBytes", "field cbAvailable", "read_all 1000"]);
    let body = fill(100_000);
    server.post(script.target(), &body).expect_status(200);
    let all = format!("read_all 49152+50848 {}", describe(&body));
    script
        .finished(&server)
        .expect(&["cbTotalBytes 100000", "cbAvailable 49152", &all]);
}

fn without_a_read_ahead_all_is_read_with_read_client(build: Build) {
    let config = SessionConfig {
        read_ahead: 0,
        ..SessionConfig::default()
    };
    let server = TestServer::builder()
        .session_config(config)
        .scripts(build)
        .start();
    let script = Script::new(&["field cbTotalBytes", "field cbAvailable", "read_all 1000"]);
    server.post(script.target(), "the body").expect_status(200);
    let all = "read_all 0+8 the body";
    script
        .finished(&server)
        .expect(&["cbTotalBytes 8", "cbAvailable 0", all]);
}

fn a_length_that_no_dword_holds_is_told_as_unknown(build: Build) {
    let limits = isapi_axum::Limits {
        max_allowed_content_length: 1 << 40,
        max_url: 32_768,
        max_query_string: 32_768,
    };
    let server = TestServer::builder().scripts(build).limits(limits).start();
    for (length, told) in [
        (4_294_967_294_u64, 4_294_967_294_u64),
        (4_294_967_295, 4_294_967_295),
        (4_294_967_296, 4_294_967_295),
        (5_368_709_120, 4_294_967_295),
    ] {
        let script = Script::new(&[
            "field cbTotalBytes",
            "field cbAvailable",
            "variable CONTENT_LENGTH",
        ]);
        let mut client = server.connect();
        client.send(format!(
            "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\
             Expect: 100-continue\r\n\r\n",
            script.target()
        ));
        let text = length.to_string();
        script.finished(&server).expect(&[
            &format!("cbTotalBytes {told}"),
            "cbAvailable 0",
            &format!("CONTENT_LENGTH {} {text:?}", text.len() + 1),
        ]);
    }
}

fn a_chunked_body_has_a_consistent_length(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "field cbTotalBytes",
        "field cbAvailable",
        "variable CONTENT_LENGTH",
        "read_all 10",
    ]);
    let mut client = server.connect();
    send_chunked(&mut client, script.target(), &["some", " text"]);
    client.read_response().expect_status(200);
    let journal = script.finished(&server);
    let available = journal.value("cbAvailable ");
    match journal.value("cbTotalBytes ") {
        // Not known: there is no length to tell.
        "4294967295" => assert_eq!(journal.value("CONTENT_LENGTH "), "1 \"\""),
        total => {
            assert_eq!(total, available, "an exact total means that all is there");
            let length = format!("{} {total:?}", total.len() + 1);
            assert_eq!(journal.value("CONTENT_LENGTH "), length);
        }
    }
    assert!(
        journal.value("read_all ").ends_with(" some text"),
        "{journal:#?}"
    );
}

fn send_chunked(client: &mut RawClient, target: &str, chunks: &[&str]) {
    client.send(format!(
        "POST {target} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
    ));
    for chunk in chunks {
        client.send_chunk(chunk);
    }
    client.send_chunk("");
}
