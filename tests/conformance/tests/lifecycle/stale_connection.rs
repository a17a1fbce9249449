//! A `ConnID` that is not that of a live request: 87, and no memory is touched.

use isapi_test_support::{Build, Script, TestServer, conformance, logs};

conformance! {
    tests: [
        a_forged_conn_id_is_refused,
        a_null_conn_id_is_refused,
        the_conn_id_of_an_ended_request_is_refused,
        the_conn_id_of_another_live_request_reaches_that_request,
        a_callback_after_the_return_is_refused,
        stale_connections_are_reported_by_name,
    ],
}

const CALLS: [&str; 8] = [
    "write x",
    "read 1",
    "variable URL",
    "header 1|200 OK|A: b\r\n\r\n",
    "is_connected",
    "io_completion",
    "close",
    "done",
];

const REFUSED: [&str; 8] = [
    "write FALSE 87",
    "read FALSE 87",
    "URL FALSE 87",
    "header FALSE 87",
    "is_connected FALSE 87",
    "io_completion FALSE 87",
    "close FALSE 87",
    "done FALSE 87",
];

const ANSWER: [&str; 3] = [
    "conn own",
    "header 1|200 OK|Content-Length: 2\r\n\r\n",
    "write ok",
];

fn a_forged_conn_id_is_refused(build: Build) {
    expect_refused(build, "conn forged");
}

fn a_null_conn_id_is_refused(build: Build) {
    expect_refused(build, "conn null");
}

#[track_caller]
fn expect_refused(build: Build, conn: &str) {
    let server = TestServer::for_scripts(build);
    let script = Script::new(&[&[conn], &CALLS[..], &ANSWER[..]].concat());
    script.get(&server).expect(200, "ok");
    let answered = ["header TRUE", "write TRUE 2"];
    script
        .finished(&server)
        .expect(&[&REFUSED[..], &answered].concat());
}

fn the_conn_id_of_an_ended_request_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let ended = Script::new(&["conn publish"]);
    ended.get(&server).expect_status(200);
    // Whatever block or number is used again in the meantime.
    for _ in 0..20 {
        server.get("/script.dll").expect_status(200);
    }
    expect_refused(build, "conn forged");
    let conn = format!("conn {}", ended.name());
    let script = Script::new(&[&[conn.as_str()], &CALLS[..], &ANSWER[..]].concat());
    script.get(&server).expect(200, "ok");
    let answered = ["header TRUE", "write TRUE 2"];
    script
        .finished(&server)
        .expect(&[&REFUSED[..], &answered].concat());
}

fn the_conn_id_of_another_live_request_reaches_that_request(build: Build) {
    let server = TestServer::for_scripts(build);
    let owner = Script::new(&["conn publish", "mark published", "await go"]);
    let mut client = owner.start(&server);
    owner.wait(&server, "published");
    let conn = format!("conn {}", owner.name());
    let answer = Script::new(&[
        &conn,
        "header 1|200 OK|Content-Length: 7\r\n\r\n",
        "write foreign",
    ]);
    answer.get(&server).expect(200, "");
    owner.post(&server, "go");
    client.read_response().expect(200, "foreign");
}

fn a_callback_after_the_return_is_refused(build: Build) {
    let server = TestServer::for_scripts(build);
    let mut steps = ANSWER[1..].to_vec();
    steps.extend(["spawn", "return 1", "[thread]", "await too late"]);
    steps.extend(CALLS);
    steps.push("mark end");
    let script = Script::new(&steps);
    script.get(&server).expect(200, "ok");
    script.finished(&server);
    script.post(&server, "too late");
    let journal = script.settled(&server, "thread 1: end");
    journal.expect_thread(1, &[&REFUSED[..], &["end"]].concat());
}

fn stale_connections_are_reported_by_name(build: Build) {
    let server = TestServer::for_scripts(build);
    Script::new(&["conn forged", "write x"])
        .run(&server)
        .expect(&["write FALSE 87"]);
    logs::expect_line(&["StaleConnection"]);
}
