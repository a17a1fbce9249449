//! What may happen to a file while `HSE_REQ_TRANSMIT_FILE` sends it.

use std::fs;
use std::path::Path;

use isapi_test_support::{
    Build, RawClient, ReadError, Script, TempDir, TestServer, conformance, describe, fill,
};

conformance! {
    tests: [
        files_of_every_size_come_whole,
        files_of_every_size_come_whole_without_mappings,
        a_deleted_file_is_sent_to_its_end,
        a_renamed_file_is_sent_to_its_end,
        the_file_stays_open_and_its_position_untouched,
        a_closed_file_is_sent_to_its_end,
        a_truncated_file_is_never_a_complete_response,
        a_truncated_file_is_never_a_complete_response_without_mappings,
        a_replaced_file_is_sent_anew,
    ],
}

/// More than sockets hold: the send is under way while the client does not read.
const LARGE: usize = 16 * 1024 * 1024;

/// Starts to send `file` and waits until its first bytes are there.
fn start(server: &TestServer, script: &Script) -> RawClient {
    let mut client = script.start(server);
    assert_eq!(client.read_head().status, 200);
    script.wait(server, "return 3");
    client
}

fn large(path: &Path) -> Script {
    Script::new(&[
        &format!("open {}", path.display()),
        "seek 5",
        &format!("transmit own=1|flags=10|status=200 OK|head=Content-Length: {LARGE}\r\n\r\n"),
        "return 3",
        "[completion]",
        "position",
        "read_file 3",
        "done",
        "mark end",
    ])
}

#[track_caller]
fn expect_whole(server: &TestServer, script: &Script, client: &mut RawClient, contents: &[u8]) {
    assert!(
        client.read_exact(LARGE) == contents,
        "other bytes than the file's"
    );
    let journal = script.settled(server, "completion 1: end");
    journal.expect_line(&format!("completion 1: {LARGE} 0"));
}

/// A server that takes files as a foreign listener, TLS or HTTP/2 does: by reading them.
fn without_mappings(build: Build) -> TestServer {
    let server = TestServer::builder().without_mapped_files();
    server.scripts(build).start()
}

fn files_of_every_size_come_whole(build: Build) {
    send_every_size(&TestServer::for_scripts(build));
}

fn files_of_every_size_come_whole_without_mappings(build: Build) {
    send_every_size(&without_mappings(build));
}

#[track_caller]
fn send_every_size(server: &TestServer) {
    let directory = TempDir::new();
    let mut client = server.connect();
    for size in [0, 1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 1_000_003] {
        let contents = fill(size);
        let file = directory.file(&format!("{size}.bin"), &contents);
        let script = Script::new(&[
            &format!("open {}", file.display()),
            &format!("transmit own=1|flags=10|status=200 OK|head=Content-Length: {size}\r\n\r\n"),
            "return 3",
            "[completion]",
            "done",
            "mark end",
        ]);
        let response = client.expect_reusable(script.target()).expect_status(200);
        assert_eq!(describe(&response.body), describe(&contents), "{size}");
        script
            .settled(server, "completion 1: end")
            .expect_line(&format!("completion 1: {size} 0"));
    }
}

fn a_deleted_file_is_sent_to_its_end(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let contents = fill(LARGE);
    let file = directory.file("deleted", &contents);
    let script = large(&file);
    let mut client = start(&server, &script);
    fs::remove_file(&file).expect("the file can be deleted");
    expect_whole(&server, &script, &mut client, &contents);
}

fn a_renamed_file_is_sent_to_its_end(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let contents = fill(LARGE);
    let file = directory.file("old", &contents);
    let script = large(&file);
    let mut client = start(&server, &script);
    fs::rename(&file, directory.path().join("new")).expect("the file can be renamed");
    directory.file("old", "another file under the old name");
    expect_whole(&server, &script, &mut client, &contents);
}

fn the_file_stays_open_and_its_position_untouched(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    // Both a small file, which is read, and a large one, which is mapped.
    for size in [100, 1_000_000] {
        let file = directory.file(&size.to_string(), vec![b'a'; size]);
        let script = Script::new(&[
            &format!("open {}", file.display()),
            "seek 5",
            "transmit own=1|flags=10|status=200 OK|head=A: b\r\n\r\n",
            "return 3",
            "[completion]",
            "position",
            "read_file 3",
            "done",
            "mark end",
        ]);
        script.get(&server).expect(200, vec![b'a'; size]);
        let journal = script.settled(&server, "completion 1: end");
        journal.expect_line("completion 1: position 5");
        journal.expect_line("completion 1: read_file aaa");
    }
}

fn a_closed_file_is_sent_to_its_end(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let contents = fill(LARGE);
    let file = directory.file("closed", &contents);
    let other = directory.file("other", "something else");
    // The second `open` closes the first file while it is being sent, which is an error of the
    // extension's; the host sends what the descriptor named when the call was made.
    let script = Script::new(&[
        &format!("open {}", file.display()),
        &format!("transmit own=1|flags=10|status=200 OK|head=Content-Length: {LARGE}\r\n\r\n"),
        &format!("open {}", other.display()),
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = start(&server, &script);
    expect_whole(&server, &script, &mut client, &contents);
}

fn a_truncated_file_is_never_a_complete_response(build: Build) {
    truncate(&TestServer::for_scripts(build));
}

fn a_truncated_file_is_never_a_complete_response_without_mappings(build: Build) {
    truncate(&without_mappings(build));
}

#[track_caller]
fn truncate(server: &TestServer) {
    let directory = TempDir::new();
    let file = directory.file("truncated", fill(LARGE));
    let script = Script::new(&[
        &format!("open {}", file.display()),
        &format!("transmit own=1|flags=10|status=200 OK|head=Content-Length: {LARGE}\r\n\r\n"),
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = script.start(server);
    let head = client.read_head();
    script.wait(server, "return 3");
    let writable = fs::File::options()
        .write(true)
        .open(&file)
        .expect("the file can be opened");
    writable.set_len(10).expect("the file can be cut");
    match client.try_read_body(head) {
        Err(ReadError::BodyCut(_) | ReadError::Closed) => (),
        other => panic!("not cut: {other:?}"),
    }
    let journal = script.settled(server, "completion 1: end");
    let report = journal
        .lines()
        .iter()
        .find_map(|line| line.strip_prefix("completion 1: "));
    assert!(
        report.is_some_and(|report| report.ends_with(" 38")),
        "{journal:#?}"
    );
    // And the process lives.
    server.get("/script.dll").expect_status(200);
}

fn a_replaced_file_is_sent_anew(build: Build) {
    let server = TestServer::for_scripts(build);
    let directory = TempDir::new();
    let send = |contents: &[u8]| {
        let file = directory.file("same name", contents);
        let script = Script::new(&[
            &format!("open {}", file.display()),
            "transmit own=1|flags=10|status=200 OK|head=A: b\r\n\r\n",
            "return 3",
            "[completion]",
            "done",
        ]);
        let response = script.get(&server).expect_status(200);
        assert_eq!(describe(&response.body), describe(contents));
        fs::remove_file(file).expect("the file can be deleted");
    };
    send(&fill(200_000));
    send(&vec![b'x'; 200_000]);
    send(&vec![b'y'; 300_000]);
}
