//! `HSE_REQ_EXEC_URL`: children, their order and their ends.

use isapi_test_support::{Build, Script, TempDir, TestServer, conformance};

conformance! {
    tests: [
        both_forms_run_another_extension,
        a_static_file_is_served,
        a_url_that_lies_nowhere_is_the_childs_404,
        without_a_callback_it_is_refused,
        a_child_beside_a_pending_operation_is_refused,
        children_may_follow_one_another,
        the_parent_may_write_around_its_child,
        the_status_of_a_child_that_fails_is_told,
        without_a_child_there_is_no_status,
        children_are_nested_twelve_deep,
        a_client_that_leaves_aborts_the_child,
    ],
}

fn both_forms_run_another_extension(build: Build) {
    let server = TestServer::for_scripts(build);
    for call in ["exec_url", "exec_unicode_url"] {
        let child = Script::new(&[
            "header 1|202 Taken|X-Child: yes\r\nContent-Length: 5\r\n\r\n",
            "write child",
        ]);
        let parent = Script::new(&[
            "io_completion",
            &format!("{call} url={}", child.target()),
            "return 3",
            "[completion]",
            "exec_url_status",
            "done",
            "mark end",
        ]);
        let response = parent.get(&server).expect(202, "child");
        assert_eq!(response.field("X-Child").as_deref(), Some("yes"));
        let journal = parent.settled(&server, "completion 1: end");
        journal.expect_line(&format!("{call} TRUE"));
        journal.expect_completion(
            1,
            &["5 0", "exec_url_status TRUE 202 0 0", "done TRUE", "end"],
        );
        child
            .finished(&server)
            .expect(&["header TRUE", "write TRUE 5"]);
    }
}

fn a_static_file_is_served(build: Build) {
    let site = TempDir::new();
    site.file("page.txt", "a static page");
    let server = TestServer::builder()
        .scripts(build)
        .static_files(site.path())
        .start();
    let parent = Script::new(&[
        "io_completion",
        "exec_url url=/page.txt",
        "return 3",
        "[completion]",
        "exec_url_status",
        "done",
        "mark end",
    ]);
    let response = parent.get(&server).expect(200, "a static page");
    assert_eq!(
        response.field("Content-Type").as_deref(),
        Some("text/plain")
    );
    parent
        .settled(&server, "completion 1: end")
        .expect_completion(
            1,
            &["13 0", "exec_url_status TRUE 200 0 0", "done TRUE", "end"],
        );
}

fn a_url_that_lies_nowhere_is_the_childs_404(build: Build) {
    let server = TestServer::for_scripts(build);
    let parent = Script::new(&[
        "io_completion",
        "exec_url url=/nowhere",
        "return 3",
        "[completion]",
        "exec_url_status",
        "done",
        "mark end",
    ]);
    parent.get(&server).expect_status(404);
    let journal = parent.settled(&server, "completion 1: end");
    let status = journal.value("completion 1: exec_url_status ");
    assert!(status.starts_with("TRUE 404 "), "{status}");
}

fn without_a_callback_it_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&["mark ran"]);
    let parent = Script::new(&[
        &format!("exec_url url={}", child.target()),
        "io_completion",
        "io_completion NULL",
        &format!("exec_unicode_url url={}", child.target()),
    ]);
    parent.run(&server).expect(&[
        "exec_url FALSE 87",
        "io_completion TRUE",
        "io_completion TRUE",
        "exec_unicode_url FALSE 87",
    ]);
    child.post(&server, "asked");
    assert_eq!(child.wait(&server, "asked").lines(), ["asked"]);
}

fn a_child_beside_a_pending_operation_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&["mark inside", "await go"]);
    let parent = Script::new(&[
        "io_completion",
        &format!("exec_url url={}", child.target()),
        "exec_url url=/script.dll",
        "write x",
        "write_async x",
        "mark tried",
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let mut client = parent.start(&server);
    parent.wait(&server, "tried");
    child.wait(&server, "inside");
    child.post(&server, "go");
    client.read_response().expect(200, "");
    let journal = parent.settled(&server, "completion 1: end");
    for line in [
        "exec_url FALSE 87",
        "write FALSE 87",
        "write_async FALSE 87",
    ] {
        journal.expect_line(line);
    }
    journal.expect_completion(1, &["0 0", "done TRUE", "end"]);
    journal.expect_completion(2, &[]);
}

fn children_may_follow_one_another(build: Build) {
    let server = TestServer::for_scripts(build);
    let first = Script::new(&["header 1|200 OK|A: 1\r\n\r\n", "write one "]);
    let second = Script::new(&["header 1|404 Not Found|A: 2\r\n\r\n", "write two"]);
    let parent = Script::new(&[
        "io_completion",
        &format!("exec_url url={}", first.target()),
        "return 3",
        "[completion]",
        "exec_url_status",
        &format!("exec_url url={}", second.target()),
        "[completion]",
        "exec_url_status",
        "done",
        "mark end",
    ]);
    // The head is that of the first one.
    let response = parent.get(&server).expect(200, "one two");
    assert_eq!(response.field("A").as_deref(), Some("1"));
    let journal = parent.settled(&server, "completion 2: end");
    journal.expect_completion(1, &["4 0", "exec_url_status TRUE 200 0 0", "exec_url TRUE"]);
    journal.expect_completion(
        2,
        &["3 0", "exec_url_status TRUE 404 0 0", "done TRUE", "end"],
    );
}

fn the_parent_may_write_around_its_child(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&["header 1|404 Not Found|X-Child: yes\r\n\r\n", "write child"]);
    let parent = Script::new(&[
        "io_completion",
        "header 1|200 OK|X-Parent: yes\r\n\r\n",
        "write before ",
        &format!("exec_url url={}", child.target()),
        "return 3",
        "[completion]",
        "write  after",
        "done",
    ]);
    let response = parent.get(&server).expect(200, "before child after");
    assert_eq!(response.field("X-Parent").as_deref(), Some("yes"));
    assert_eq!(response.field("X-Child"), None);
}

fn the_status_of_a_child_that_fails_is_told(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&["return 4"]);
    let parent = Script::new(&[
        "io_completion",
        &format!("exec_url url={}", child.target()),
        "return 3",
        "[completion]",
        "exec_url_status",
        "done",
        "mark end",
    ]);
    parent.get(&server).expect_status(500);
    let journal = parent.settled(&server, "completion 1: end");
    let status = journal.value("completion 1: exec_url_status ");
    assert!(status.starts_with("TRUE 500 "), "{status}");
}

fn without_a_child_there_is_no_status(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["exec_url_status", "support 1027"])
        .run(&server)
        .expect(&["exec_url_status FALSE 232", "support 1027 FALSE 87"]);
}

/// Each child executes the URL of its parent again, which is the same.
fn children_are_nested_twelve_deep(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "exec_url flags=0",
        "return_if_refused 1",
        "return 3",
        "[completion]",
        "done",
    ]);
    script.get(&server).expect(200, "");
    let journal = script.finished(&server);
    let count = |line: &str| journal.lines().iter().filter(|have| *have == line).count();
    assert_eq!(count("HttpExtensionProc"), 13, "{journal:#?}");
    assert_eq!(count("exec_url TRUE"), 12);
    journal.expect_line("exec_url FALSE 1001");
}

fn a_client_that_leaves_aborts_the_child(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&[
        "mark inside",
        "await_client_gone",
        "mark gone",
        // It knows before its parent does, and must not be done by then.
        "await aborted",
    ]);
    let parent = Script::new(&[
        "io_completion",
        &format!("exec_url url={}", child.target()),
        "return 3",
        "[completion]",
        "done",
        "mark end",
    ]);
    let client = parent.start(&server);
    child.wait(&server, "inside");
    client.reset();
    child.wait(&server, "gone");
    let journal = parent.settled(&server, "completion 1: end");
    child.post(&server, "aborted");
    journal.expect_completion(1, &["0 995", "done TRUE", "end"]);
}
