//! What runs inline may block all the same.

use http_body_util::BodyExt;
use isapi_axum::DispatchMode;
use tokio::task::LocalSet;
use tower::ServiceExt;

use crate::common::get_request;
use crate::extension::{Gate, MANY};
use crate::server::{Client, INLINE, Server, WORKER, on_one_thread, runtime, service};

#[test]
fn a_first_call_that_writes_to_a_slow_client_lets_the_only_thread_go_on() {
    let server = Server::new(1, DispatchMode::Inline);
    let mut slow = server.connect();
    slow.ask("/placed.dll/write");
    let head = slow.head();
    assert!(head.contains(&format!("x-thread: {INLINE}\r\n")), "{head}");
    for _ in 0..10 {
        assert_eq!(server.get("/placed.dll/thread"), INLINE);
    }
    assert_eq!(slow.body(&head).len(), MANY);
    assert_eq!(slow.get("/placed.dll/thread"), INLINE);
}

#[test]
fn a_first_call_that_reads_a_slow_upload_lets_the_only_thread_go_on() {
    let server = Server::new(1, DispatchMode::Inline);
    let reading = Gate::new("slow-upload");
    let mut slow = server.connect();
    let head = format!(
        "POST /placed.dll/read?slow-upload HTTP/1.1\r\nHost: a\r\nContent-Length: {MANY}\r\n\r\n"
    );
    let block = vec![b'x'; MANY / 8];
    slow.send(head.as_bytes());
    slow.send(&block);
    reading.wait();
    for _ in 1..8 {
        assert_eq!(server.get("/placed.dll/thread"), INLINE);
        slow.send(&block);
    }
    assert_eq!(slow.response(), format!("{INLINE} {MANY}"));
}

#[test]
fn many_calls_may_wait_for_their_clients_on_one_thread() {
    let server = Server::new(1, DispatchMode::Inline);
    let slow: Vec<_> = (0..100)
        .map(|_| {
            let mut client = server.connect();
            client.ask("/placed.dll/write");
            let head = client.head();
            (client, head)
        })
        .collect();
    let inline = slow.iter().filter(|(_, head)| head.contains(INLINE));
    // The runtime has no more threads than it has: from some number on they wait elsewhere.
    let inline = inline.count();
    assert!((1..100).contains(&inline), "{inline}");
    assert_eq!(server.get("/placed.dll/thread"), WORKER);
    for (mut client, head) in slow {
        assert_eq!(client.body(&head).len(), MANY);
    }
    assert_eq!(server.get("/placed.dll/thread"), INLINE);
}

#[test]
fn nothing_runs_inline_where_one_thread_does_everything() {
    on_one_thread(service(DispatchMode::Inline), |address| {
        let mut client = Client::connect(address);
        assert_eq!(client.get("/placed.dll/thread"), WORKER);
        let mut slow = Client::connect(address);
        slow.ask("/placed.dll/write");
        let head = slow.head();
        assert_eq!(client.get("/placed.dll/thread"), WORKER);
        assert_eq!(slow.body(&head).len(), MANY);
    });
}

#[test]
fn a_local_set_keeps_its_thread_to_itself() {
    let runtime = runtime(1);
    let service = service(DispatchMode::Inline);
    let read = LocalSet::new().block_on(&runtime, async move {
        let ask = |path| {
            let response = service.clone().oneshot(get_request(path));
            tokio::task::spawn_local(async move {
                let body = response.await.unwrap().into_body();
                body.collect().await.unwrap().to_bytes()
            })
        };
        assert_eq!(ask("/placed.dll/thread").await.unwrap(), INLINE);
        ask("/placed.dll/write").await.unwrap().len()
    });
    assert_eq!(read, MANY);
}

#[test]
fn an_inline_call_that_blocks_by_itself_leaves_the_other_threads_to_other_routes() {
    let server = Server::new(2, DispatchMode::Inline);
    let gate = Gate::new("holds-one");
    let mut held = server.connect();
    held.ask("/placed.dll/hold?holds-one");
    gate.wait();
    for _ in 0..10 {
        assert_eq!(server.get("/placed.dll/thread"), INLINE);
    }
    assert!(held.is_silent());
    gate.open();
    assert_eq!(held.response(), INLINE);
}

#[test]
fn a_call_may_wait_for_its_own_operation() {
    let server = Server::new(2, DispatchMode::Inline);
    for _ in 0..20 {
        assert_eq!(server.get("/placed.dll/wait-for-write"), INLINE);
    }
    for number in 0..20 {
        let name = format!("waits-for-read-{number}");
        let reading = Gate::new(&name);
        let mut client = server.connect();
        let head = format!(
            "POST /placed.dll/wait-for-read?{name} HTTP/1.0\r\nHost: a\r\nContent-Length: 50152\r\n\r\n"
        );
        client.send(head.as_bytes());
        // What comes with the call, and what it reads.
        client.send(&[b'x'; 49_152]);
        reading.wait();
        client.send(&[b'x'; 1000]);
        let response = client.rest();
        assert!(response.ends_with(INLINE), "{response}");
    }
}

#[test]
fn a_callback_may_wait_for_that_of_its_next_operation() {
    let server = Server::new(2, DispatchMode::Inline);
    // A write to a response without a body is over at once: its callback would be the next in the same task.
    for method in ["GET", "HEAD"] {
        for number in 0..20 {
            let name = format!("{method}-waits-for-callback-{number}");
            let over = Gate::new(&name);
            let mut client = server.connect();
            let target = format!("/placed.dll/wait-for-callback?{name}");
            client.send(format!("{method} {target} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
            let response = client.rest();
            assert_eq!(response.contains(INLINE), method == "GET", "{response}");
            over.wait();
        }
    }
}

#[test]
fn a_call_may_cancel_its_own_write_and_wait_for_it_while_the_client_takes_nothing() {
    for mode in [DispatchMode::Inline, DispatchMode::Pool] {
        let server = Server::new(2, mode);
        let name = format!("cancel-{mode}");
        let cancelled = Gate::new(&name);
        let mut client = server.connect();
        client.ask(&format!("/placed.dll/wait-for-cancel?{name}"));
        let head = client.head();
        let inline = head.contains(&format!("x-thread: {INLINE}\r\n"));
        assert_eq!(inline, mode == DispatchMode::Inline, "{head}");
        cancelled.open();
        cancelled.wait();
    }
}

#[test]
fn a_call_that_panics_is_answered_as_on_a_worker_thread() {
    let answer = |mode| {
        let server = Server::new(1, mode);
        let mut client = server.connect();
        client.ask("/placed.dll/panic");
        let head = client.head();
        // The thread is none the worse for it.
        server.get("/placed.dll/thread");
        head.lines().next().unwrap().to_owned()
    };
    let inline = answer(DispatchMode::Inline);
    assert_eq!(inline, "HTTP/1.1 500 Internal Server Error");
    assert_eq!(inline, answer(DispatchMode::Pool));
}
