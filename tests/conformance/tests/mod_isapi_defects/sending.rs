//! What is sent, and what is refused.

use isapi_test_support::{Build, Script, TempDir, TestServer, conformance};

conformance! {
    tests: [
        a_malformed_head_of_a_file_send_is_refused,
        the_first_bytes_written_are_no_headers,
        write_client_tells_its_count_and_refuses_what_it_cannot_do,
        an_offset_behind_the_end_is_refused,
    ],
}

/// It drops the head and sends the file.
fn a_malformed_head_of_a_file_send_is_refused(build: Build) {
    let directory = TempDir::new();
    let path = directory.file("secret.txt", "file");
    let server = TestServer::for_scripts(build);
    // HSE_IO_ASYNC and HSE_IO_SEND_HEADERS.
    let script = Script::new(&[
        &format!("open {}", path.display()),
        "io_completion",
        "transmit flags=10|status=200 OK|head=no colon\r\n\r\n",
        "header 1|404 Not Found|Content-Length: 0\r\n\r\n",
    ]);
    script.get(&server).expect(404, "");
    script.finished(&server).expect_line("transmit FALSE 87");
}

/// It parses them, and refuses the write and the request where they are none.
fn the_first_bytes_written_are_no_headers(build: Build) {
    let server = TestServer::for_scripts(build);
    let text = "Just text: no header.";
    let script = Script::new(&[&format!("write {text}")]);
    script.get(&server).expect(200, text);
    script
        .finished(&server)
        .expect(&[&format!("write TRUE {}", text.len())]);
}

/// It leaves the count alone, takes any flag, and writes synchronously where there is no callback.
fn write_client_tells_its_count_and_refuses_what_it_cannot_do(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&[
        "header 1|200 OK|A: b\r\n\r\n",
        "write four",
        "write_flags 32768|x",
        "write_async x",
    ])
    .run(&server)
    .expect(&[
        "header TRUE",
        "write TRUE 4",
        "write_flags FALSE 87",
        "write_async FALSE 87",
    ]);
}

/// It computes a negative length.
fn an_offset_behind_the_end_is_refused(build: Build) {
    let directory = TempDir::new();
    let path = directory.file("ten.txt", "0123456789");
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        &format!("open {}", path.display()),
        "io_completion",
        "header 1|200 OK|Content-Length: 2\r\n\r\n",
        "transmit offset=11",
        "write ok",
    ]);
    script.get(&server).expect(200, "ok");
    script.finished(&server).expect_line("transmit FALSE 10022");
}
