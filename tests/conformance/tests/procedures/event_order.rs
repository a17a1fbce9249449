//! Q: the order of events when a request is handed to a thread of the extension.

use isapi_test_support::{Build, Extension, Script, TestServer, conformance};

conformance! {
    tests: [
        q1_a_thread_of_the_server_calls_the_extension,
        q2_pending_leaves_the_request_to_a_thread_of_the_extension,
        q3_the_worker_sets_the_callback,
        q4_the_worker_starts_the_asynchronous_work,
        q5_the_callback_gets_context_count_and_error_and_may_go_on,
        q6_the_worker_ends_the_session,
        q6_the_session_may_be_ended_before_the_call_has_returned,
        q6_a_control_block_is_used_again_only_after_its_request,
    ],
    also_in_c: [q_a_worker_thread_answers],
}

fn q1_a_thread_of_the_server_calls_the_extension(build: Build) {
    let server = TestServer::for_scripts(build);
    // The call blocks and the server still serves: it was not the thread that reads requests.
    let script = Script::new(&["field lpszMethod", "await go"]);
    let mut client = script.start(&server);
    script.wait(&server, "lpszMethod \"GET\"");
    server.get("/script.dll").expect_status(200);
    script.post(&server, "go");
    client.read_response().expect_status(200);
}

fn q2_pending_leaves_the_request_to_a_thread_of_the_extension(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "spawn",
        "return 3",
        "[thread]",
        "await return 3",
        "field lpszMethod",
        "variable URL",
        "done",
        "mark end",
    ]);
    script.get(&server).expect_status(200);
    let journal = script.settled(&server, "thread 1: end");
    let url = format!("URL {} \"/script.dll\"", "/script.dll".len() + 1);
    journal.expect_thread(1, &["lpszMethod \"GET\"", &url, "done TRUE", "end"]);
}

fn q3_the_worker_sets_the_callback(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "spawn",
        "return 3",
        "[thread]",
        "await return 3",
        "io_completion",
        "done",
        "mark end",
    ]);
    script.get(&server).expect_status(200);
    let journal = script.settled(&server, "thread 1: end");
    journal.expect_thread(1, &["io_completion TRUE", "done TRUE", "end"]);
}

fn q4_the_worker_starts_the_asynchronous_work(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "spawn",
        "return 3",
        "[thread]",
        "await return 3",
        "io_completion",
        "header 1|200 OK|Content-Length: 6\r\n\r\n",
        "write_async worker",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(200, "worker");
    let journal = script.settled(&server, "completion 1: end");
    journal.expect_thread(
        1,
        &["io_completion TRUE", "header TRUE", "write_async TRUE"],
    );
    journal.expect_completion(1, &["6 0", "done TRUE", "end"]);
}

fn q5_the_callback_gets_context_count_and_error_and_may_go_on(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "spawn",
        "return 3",
        "[thread]",
        "io_completion",
        "header 1|200 OK|X: y\r\n\r\n",
        "write_async first",
        "[completion]",
        "variable REQUEST_METHOD",
        "is_connected",
        "write_async second",
        "[completion]",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(200, "firstsecond");
    let journal = script.settled(&server, "completion 2: end");
    // The journal was found through the context, the control block is checked by the callback.
    let first = [
        "5 0",
        "REQUEST_METHOD 4 \"GET\"",
        "is_connected TRUE 1",
        "write_async TRUE",
    ];
    journal.expect_completion(1, &first);
    journal.expect_completion(2, &["6 0", "done TRUE", "end"]);
}

fn q6_the_worker_ends_the_session(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "io_completion",
        "header 1|200 OK|Content-Length: 4\r\n\r\n",
        "write_async done",
        "spawn",
        "return 3",
        "[completion]",
        "mark written",
        "[thread]",
        "await completion 1: written",
        "done",
        "mark end",
    ]);
    let mut client = server.connect();
    client.expect_reusable(script.target()).expect(200, "done");
    script
        .settled(&server, "thread 1: end")
        .expect_thread(1, &["done TRUE", "end"]);
    // The thread has ended by now, or soon will: the connection must not depend on it.
    client.expect_reusable("/script.dll").expect_status(200);
}

fn q6_the_session_may_be_ended_before_the_call_has_returned(build: Build) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[
        "spawn",
        "await thread 1: end",
        "return 3",
        "[thread]",
        "header 1|200 OK|Content-Length: 5\r\n\r\n",
        "write early",
        "done",
        "mark end",
    ]);
    script.get(&server).expect(200, "early");
    let journal = script.wait(&server, "return 3");
    journal.expect_thread(1, &["header TRUE", "write TRUE 5", "done TRUE", "end"]);
}

fn q6_a_control_block_is_used_again_only_after_its_request(build: Build) {
    let server = TestServer::for_scripts(build);
    // Ended, but not returned: the block is still the old request's.
    let held = Script::new(&[
        "field address",
        "spawn",
        "await let go",
        "return 3",
        "[thread]",
        "header 1|200 OK|Content-Length: 0\r\n\r\n",
        "done",
    ]);
    held.get(&server).expect(200, "");
    let journal = held.wait(&server, "thread 1: done TRUE");
    let address = journal.value("address ");
    for _ in 0..50 {
        let other = Script::new(&["field address"]);
        assert_ne!(other.run(&server).value("address "), address);
    }
    held.post(&server, "let go");
    held.wait(&server, "return 3");
}

fn q_a_worker_thread_answers(build: Build) {
    let server = TestServer::with(build, Extension::WorkerThread);
    let mut clients: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for client in &mut clients {
        client.send_get("/workerthread.dll");
    }
    for client in &mut clients {
        client.read_response().expect_status(200);
        client
            .expect_reusable("/workerthread.dll")
            .expect_status(200);
    }
}
