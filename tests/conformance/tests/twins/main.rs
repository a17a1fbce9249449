//! The same extension in safe Rust, linked in and as a module, and in C: nothing differs.

use isapi_test_support::{Build, Extension, Framing, TempDir, TestServer, conformance, fill};

conformance! {
    tests: [],
    also_in_c: [
        the_control_block_is_the_same,
        a_synchronous_write_arrives,
        synchronous_writes_arrive_in_order,
        asynchronous_writes_arrive_in_order,
        a_body_is_read_synchronously,
        a_body_is_read_asynchronously,
        a_file_is_sent_with_head_and_tail,
        a_part_of_a_file_is_sent,
        an_offset_behind_the_end_of_a_file_is_refused,
        a_request_may_be_ended_before_its_call_has_returned,
        every_status_of_done_with_session,
        every_status_of_the_call,
        the_last_error_of_refused_calls,
    ],
}

fn server(build: Build) -> TestServer {
    TestServer::with(build, Extension::Probe)
}

/// What `read` and `async-read` answer.
fn summary(body: &[u8], available: usize) -> String {
    let sum = body
        .iter()
        .fold(0_u32, |sum, byte| sum.wrapping_add(u32::from(*byte)));
    let total = body.len();
    format!("total={total} available={available} read={total} sum={sum}\n")
}

fn the_control_block_is_the_same(build: Build) {
    let response = server(build)
        .get("/probe.dll/some%20path?ecb")
        .expect_status(200);
    for line in [
        "lpszMethod=GET",
        "lpszQueryString=ecb",
        "lpszPathInfo=/some path",
        "lpszContentType=",
        "dwVersion=00060000",
        "dwHttpStatusCode=200",
        "lpszLogData=",
        "cbTotalBytes=0",
        "cbAvailable=0",
    ] {
        assert!(
            response.text().lines().any(|have| have == line),
            "no {line} in {response:?}"
        );
    }
}

fn a_synchronous_write_arrives(build: Build) {
    let server = server(build);
    let mut client = server.connect();
    client
        .expect_reusable("/probe.dll?sync")
        .expect(200, "sync\n");
    client
        .expect_reusable("/probe.dll?sync")
        .expect(200, "sync\n");
}

fn chunks(count: u32) -> String {
    (0..count)
        .map(|number| format!("chunk {number}\n"))
        .collect()
}

fn synchronous_writes_arrive_in_order(build: Build) {
    let response = server(build)
        .get("/probe.dll?chunks=300")
        .expect(200, chunks(300));
    assert_eq!(response.framing, Framing::Chunked);
}

fn asynchronous_writes_arrive_in_order(build: Build) {
    let response = server(build)
        .get("/probe.dll?async=300")
        .expect(200, chunks(300));
    assert_eq!(response.framing, Framing::Chunked);
}

fn a_body_is_read_synchronously(build: Build) {
    let server = server(build);
    for length in [0, 1, 49_152, 49_153, 500_000] {
        let body = fill(length);
        let expected = summary(&body, length.min(49_152));
        server.post("/probe.dll?read", &body).expect(200, expected);
    }
}

fn a_body_is_read_asynchronously(build: Build) {
    let server = server(build);
    for length in [0, 1, 49_152, 49_153, 500_000] {
        let body = fill(length);
        let expected = summary(&body, length.min(49_152));
        server
            .post("/probe.dll?async-read", &body)
            .expect(200, expected);
    }
}

fn a_file_is_sent_with_head_and_tail(build: Build) {
    let server = server(build);
    let directory = TempDir::new();
    for size in [0, 10, 100_000, 1_000_000] {
        let contents = fill(size);
        let file = directory.file(&size.to_string(), &contents);
        let target = format!("/probe.dll?file={}", file.display());
        server
            .get(&target)
            .expect(200, [&contents[..], b"tail\n"].concat());
    }
}

fn a_part_of_a_file_is_sent(build: Build) {
    let server = server(build);
    let directory = TempDir::new();
    let file = directory.file("a.txt", "0123456789");
    let target = format!("/probe.dll?file={}&offset=3&bytes=4", file.display());
    server.get(&target).expect(200, "3456tail\n");
}

fn an_offset_behind_the_end_of_a_file_is_refused(build: Build) {
    let server = server(build);
    let directory = TempDir::new();
    let file = directory.file("a.txt", "0123456789");
    let target = format!("/probe.dll?file={}&offset=11", file.display());
    server.get(&target).expect(200, "refused 10022\n");
}

fn a_request_may_be_ended_before_its_call_has_returned(build: Build) {
    let server = server(build);
    let mut client = server.connect();
    client
        .expect_reusable("/probe.dll?done-early")
        .expect(200, "done early\n");
    client
        .expect_reusable("/probe.dll?done-early")
        .expect(200, "done early\n");
}

fn every_status_of_done_with_session(build: Build) {
    let server = server(build);
    let mut client = server.connect();
    client.expect_reusable("/probe.dll?done=1").expect(200, "");
    client.expect_reusable("/probe.dll?done=2").expect(200, "");
    server.get("/probe.dll?done=4").expect_status(500);
}

fn every_status_of_the_call(build: Build) {
    let server = server(build);
    for status in [1, 2] {
        server
            .get(&format!("/probe.dll?status={status}"))
            .expect(200, "");
        server
            .get(&format!("/probe.dll?status={status}&send"))
            .expect(200, "sent\n");
    }
    server.get("/probe.dll?status=1&http=403").expect(403, "");
    server.get("/probe.dll?status=4").expect_status(500);
}

fn the_last_error_of_refused_calls(build: Build) {
    let response = server(build)
        .get("/probe.dll?last-error")
        .expect_status(200);
    for line in [
        "unknown-variable 1413",
        "small-buffer 122",
        "needed-size 4",
        "forged-connection 87",
        "unknown-request 87",
        "write-without-callback 87",
        "read-without-callback 87",
        "read-not-async 87",
    ] {
        assert!(
            response.text().lines().any(|have| have == line),
            "no {line} in {response:?}"
        );
    }
}
