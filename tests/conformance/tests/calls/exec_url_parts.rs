//! `HSE_EXEC_URL_INFO`: what of the child's request is the parent's, and what its own.

use isapi_test_support::{Build, Script, TestServer, conformance};

conformance! {
    tests: [
        what_is_null_is_as_the_parents,
        method_and_headers_replace_those_of_the_parent,
        an_entity_is_the_whole_body_of_the_child,
        without_an_entity_the_child_reads_what_is_left,
        the_user_of_the_child_is_the_one_named,
        a_token_is_refused,
        malformed_parts_are_refused,
    ],
}

/// Executes `child` with these further arguments, from a POST with this body and a field `X-A`.
#[track_caller]
fn execute(server: &TestServer, before: &[&str], child: &Script, more: &str, body: &str) {
    let call = format!("exec_url url={}{more}", child.target());
    let steps = [
        before,
        &["io_completion", &call, "return 3", "[completion]", "done"],
    ]
    .concat();
    let parent = Script::new(&steps);
    let mut client = server.connect();
    client.send(format!(
        "POST {} HTTP/1.1\r\nHost: test\r\nX-A: of the parent\r\nContent-Length: {}\r\n\r\n{body}",
        parent.target(),
        body.len(),
    ));
    client.read_response().expect_status(200);
}

fn what_is_null_is_as_the_parents(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&[
        "field lpszMethod",
        "variable HTTP_X_A",
        "variable REMOTE_USER",
        "read_all 10",
    ]);
    execute(&server, &[], &child, "", "body");
    child.finished(&server).expect(&[
        "lpszMethod \"POST\"",
        "HTTP_X_A 14 \"of the parent\"",
        "REMOTE_USER 1 \"\"",
        "read_all 4+0 body",
    ]);
}

fn method_and_headers_replace_those_of_the_parent(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&[
        "field lpszMethod",
        "variable HTTP_X_A",
        "variable HTTP_X_B",
        "variable HTTP_HOST",
    ]);
    let more = "|method=PUT|headers=Host: other\r\nX-B: of the child\r\n\r\n";
    execute(&server, &[], &child, more, "");
    child.finished(&server).expect(&[
        "lpszMethod \"PUT\"",
        "HTTP_X_A FALSE 1413",
        "HTTP_X_B 13 \"of the child\"",
        "HTTP_HOST 6 \"other\"",
    ]);
}

fn an_entity_is_the_whole_body_of_the_child(build: Build) {
    let server = TestServer::for_scripts(build);
    let child = Script::new(&[
        "field cbTotalBytes",
        "variable CONTENT_LENGTH",
        "read_all 10",
    ]);
    execute(
        &server,
        &[],
        &child,
        "|entity=of the child",
        "of the parent",
    );
    child.finished(&server).expect(&[
        "cbTotalBytes 12",
        "CONTENT_LENGTH 3 \"12\"",
        "read_all 12+0 of the child",
    ]);
    let none = Script::new(&["field cbTotalBytes", "read_all 10"]);
    execute(&server, &[], &none, "|entity=", "of the parent");
    none.finished(&server)
        .expect(&["cbTotalBytes 0", "read_all 0+0 "]);
}

fn without_an_entity_the_child_reads_what_is_left(build: Build) {
    let server = TestServer::for_scripts(build);
    // The parent has read 65536 of 100,000 bytes: what was read ahead, and the rest in one read.
    let mut client = server.connect();
    let child = Script::new(&["read_all 5000"]);
    let parent = Script::new(&[
        "read_exact 16384",
        "io_completion",
        &format!("exec_url url={}", child.target()),
        "return 3",
        "[completion]",
        "done",
    ]);
    let body = isapi_test_support::fill(100_000);
    client.send_post(parent.target(), &body);
    client.read_response().expect_status(200);
    let left = &body[49152 + 16384..];
    let journal = child.finished(&server);
    let read = journal.value("read_all ");
    let (_, data) = read.split_once(' ').expect("counts and data");
    assert_eq!(data, isapi_test_support::describe(left));
}

fn the_user_of_the_child_is_the_one_named(build: Build) {
    let server = TestServer::for_scripts(build);
    for call in ["exec_url", "exec_unicode_url"] {
        let child = Script::new(&[
            "variable REMOTE_USER",
            "variable LOGON_USER",
            "variable AUTH_TYPE",
        ]);
        let parent = Script::new(&[
            "io_completion",
            &format!("{call} url={}|user=ada|auth=Forms", child.target()),
            "return 3",
            "[completion]",
            "done",
        ]);
        parent.get(&server).expect_status(200);
        child.finished(&server).expect(&[
            "REMOTE_USER 4 \"ada\"",
            "LOGON_USER 4 \"ada\"",
            "AUTH_TYPE 6 \"Forms\"",
        ]);
    }
}

fn a_token_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["io_completion", "exec_url url=/script.dll|token=1"])
        .run(&server)
        .expect(&["io_completion TRUE", "exec_url FALSE 50"]);
}

fn malformed_parts_are_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    for part in [
        "url=",
        "url=script.dll",
        "url=http://other/",
        "url=/%zz",
        "url=/../a",
        "url=/script.dll|method=",
        "url=/script.dll|method=G ET",
        "url=/script.dll|headers=no colon\r\n\r\n",
        "url=/script.dll|headers=A: b\r\n\r\nbehind",
        "url=/script.dll|entity_null=5",
    ] {
        Script::new(&["io_completion", &format!("exec_url {part}"), "support 1026"])
            .run(&server)
            .expect(&[
                "io_completion TRUE",
                "exec_url FALSE 87",
                "support 1026 FALSE 87",
            ]);
    }
}
