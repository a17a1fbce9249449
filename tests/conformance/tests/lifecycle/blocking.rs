//! Extensions that block do not stop the others.

use isapi_test_support::{Build, Extension, Script, TestServer, conformance};

conformance! {
    tests: [
        a_hundred_blocked_calls_leave_the_server_responsive,
        blocked_completions_leave_calls_responsive,
        a_read_that_waits_for_a_slow_client_blocks_nobody_else,
    ],
}

fn a_hundred_blocked_calls_leave_the_server_responsive(build: Build) {
    let server = TestServer::builder()
        .extension("/hello.dll", build, Extension::Hello)
        .scripts(build)
        .start();
    let blocked: Vec<_> = (0..100)
        .map(|_| Script::new(&["mark inside", "await go"]))
        .collect();
    let mut clients: Vec<_> = blocked.iter().map(|script| script.start(&server)).collect();
    for script in &blocked {
        script.wait(&server, "inside");
    }
    server.get("/hello.dll").expect_status(200);
    server.get("/no-such-thing").expect_status(404);
    for script in &blocked {
        script.post(&server, "go");
    }
    for client in &mut clients {
        client.read_response().expect_status(200);
    }
}

fn blocked_completions_leave_calls_responsive(build: Build) {
    let server = TestServer::for_scripts(build);
    let blocked: Vec<_> = (0..3)
        .map(|_| {
            Script::new(&[
                "io_completion",
                "header 1|200 OK|A: b\r\n\r\n",
                "write_async x",
                "return 3",
                "[completion]",
                "mark inside",
                "await go",
                "done",
            ])
        })
        .collect();
    let mut clients: Vec<_> = blocked.iter().map(|script| script.start(&server)).collect();
    for script in &blocked {
        script.wait(&server, "completion 1: inside");
    }
    server.get("/script.dll").expect_status(200);
    for script in &blocked {
        script.post(&server, "go");
    }
    for client in &mut clients {
        client.read_response().expect(200, "x");
    }
}

fn a_read_that_waits_for_a_slow_client_blocks_nobody_else(build: Build) {
    let server = TestServer::for_scripts(build);
    let slow = Script::new(&["mark inside", "read_all 100"]);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
        slow.target()
    ));
    slow.wait(&server, "inside");
    server.get("/script.dll").expect_status(200);
    assert_eq!(client.read_head().status, 100);
    client.send("slow");
    client.read_response().expect_status(200);
    slow.finished(&server).expect_line("read_all 0+4 slow");
}
