//! Holding responses back: `response_buffer_limit` and `HSE_REQ_SET_FLUSH_FLAG`.

use isapi_core::session::SessionConfig;
use isapi_test_support::{Build, RawClient, Script, TestServer, conformance};

conformance! {
    tests: [
        with_a_limit_writes_are_held_back,
        what_exceeds_the_limit_goes_out,
        with_the_flag_every_write_goes_out_at_once,
        the_flag_sends_what_is_held_back,
        without_the_flag_writes_are_held_back_again,
        the_last_data_sends_what_is_held_back,
        an_asynchronous_write_is_held_back_and_completes,
        the_end_of_the_session_sends_what_is_held_back,
    ],
}

fn server(build: Build) -> TestServer {
    TestServer::builder()
        .scripts(build)
        .session_config(SessionConfig {
            response_buffer_limit: 1000,
            ..SessionConfig::default()
        })
        .start()
}

const HEAD: &str = "header 1|200 OK|Content-Length: 4\r\n\r\n";

/// Asserts that nothing of the response has come, however late it is.
///
/// A `HEAD` of the script's own connection cannot tell; a second request behind it could only be
/// answered after it. So this asks what the socket has, once the script has said that it wrote.
#[track_caller]
fn expect_nothing_yet(client: &mut RawClient) {
    assert_eq!(String::from_utf8_lossy(&client.received_so_far()), "");
}

fn with_a_limit_writes_are_held_back(build: Build) {
    let server = server(build);
    let script = Script::new(&[HEAD, "write ab", "mark written", "await go", "write cd"]);
    let mut client = script.start(&server);
    script.wait(&server, "written");
    expect_nothing_yet(&mut client);
    script.post(&server, "go");
    client.read_response().expect(200, "abcd");
}

fn what_exceeds_the_limit_goes_out(build: Build) {
    let server = server(build);
    let script = Script::new(&[
        "header 1|200 OK|Content-Length: 1202\r\n\r\n",
        "write_fill 1200",
        "mark written",
        "await go",
        "write ok",
    ]);
    let mut client = script.start(&server);
    assert_eq!(client.read_head().status, 200);
    assert_eq!(client.read_exact(1200), isapi_test_support::fill(1200));
    script.post(&server, "go");
    assert_eq!(client.read_exact(2), b"ok");
}

fn with_the_flag_every_write_goes_out_at_once(build: Build) {
    let server = server(build);
    let script = Script::new(&[
        "flush 1",
        HEAD,
        "write ab",
        "await first",
        "write cd",
        "await second",
    ]);
    let mut client = script.start(&server);
    assert_eq!(client.read_head().status, 200);
    assert_eq!(client.read_exact(2), b"ab");
    script.post(&server, "first");
    assert_eq!(client.read_exact(2), b"cd");
    script.post(&server, "second");
    script.finished(&server).expect_line("flush TRUE");
}

fn the_flag_sends_what_is_held_back(build: Build) {
    let server = server(build);
    let script = Script::new(&[HEAD, "write ab", "flush 1", "await go", "write cd"]);
    let mut client = script.start(&server);
    assert_eq!(client.read_head().status, 200);
    assert_eq!(client.read_exact(2), b"ab");
    script.post(&server, "go");
    assert_eq!(client.read_exact(2), b"cd");
}

fn without_the_flag_writes_are_held_back_again(build: Build) {
    let server = server(build);
    let script = Script::new(&[
        "flush 1",
        "flush 0",
        HEAD,
        "write abcd",
        "mark written",
        "await go",
    ]);
    let mut client = script.start(&server);
    script.wait(&server, "written");
    expect_nothing_yet(&mut client);
    script.post(&server, "go");
    client.read_response().expect(200, "abcd");
}

fn the_last_data_sends_what_is_held_back(build: Build) {
    let server = server(build);
    // HSE_IO_SYNC with HSE_IO_FINAL_SEND and with HSE_IO_DISCONNECT_AFTER_SEND.
    for flags in [0x11, 5] {
        let vector = format!("vector flags={flags}|memory=cd");
        let script = Script::new(&[HEAD, "write ab", &vector, "await go"]);
        let mut client = script.start(&server);
        client.read_response().expect(200, "abcd");
        script.post(&server, "go");
        script.finished(&server).expect_line("vector TRUE");
    }
}

/// The next one is started in the callback: it must not wait for the limit to be reached.
fn an_asynchronous_write_is_held_back_and_completes(build: Build) {
    let server = server(build);
    let script = Script::new(&[
        "io_completion",
        HEAD,
        "write_async ab",
        "return 3",
        "[completion]",
        "mark held back",
        "await go",
        "write_async cd",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = script.start(&server);
    script.wait(&server, "completion 1: held back");
    expect_nothing_yet(&mut client);
    script.post(&server, "go");
    client.read_response().expect(200, "abcd");
    let journal = script.settled(&server, "completion 2: end");
    journal.expect_line("completion 1: 2 0");
    journal.expect_line("completion 2: 2 0");
}

fn the_end_of_the_session_sends_what_is_held_back(build: Build) {
    let server = server(build);
    let script = Script::new(&[HEAD, "write abcd", "spawn", "return 3", "[thread]", "done"]);
    script.get(&server).expect(200, "abcd");
}
