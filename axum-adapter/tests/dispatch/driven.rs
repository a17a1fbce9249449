//! What is done for a call that runs where its request is driven.

use std::time::Duration;

use isapi_axum::{DispatchMode, IsapiService, SessionConfig};

use crate::extension::{Gate, MANY, Placed};
use crate::server::{INLINE, Server};

#[test]
fn a_deadline_passes_while_a_call_waits_for_its_operation_by_itself() {
    let config = SessionConfig {
        write_timeout: Duration::from_millis(300),
        ..SessionConfig::default()
    };
    let service = IsapiService::builder(isapi_emu_loader::Portable::new())
        .extension("/placed.dll", isapi_sdk::entry!(Placed))
        .dispatch(DispatchMode::Inline)
        .session_config(config)
        .build()
        .unwrap();
    let server = Server::of(2, service);
    let timed_out = Gate::new("times-out");
    let mut stalled = server.connect();
    stalled.ask("/placed.dll/wait-for-deadline?times-out");
    let head = stalled.head();
    assert!(head.contains(&format!("x-thread: {INLINE}\r\n")), "{head}");
    timed_out.wait();
}

#[test]
fn a_call_may_wait_for_its_child() {
    let server = Server::new(2, DispatchMode::Inline);
    for number in 0..20 {
        let name = format!("waits-for-child-{number}");
        let over = Gate::new(&name);
        let target = format!("/placed.dll/wait-for-child?{name}");
        assert_eq!(server.get(&target), INLINE);
        over.wait();
    }
}

#[test]
fn a_call_may_wait_for_another_thread_that_waits_for_the_requests_driver() {
    let server = Server::new(2, DispatchMode::Inline);
    for number in 0..5 {
        let name = format!("has-child-executed-{number}");
        let over = Gate::new(&name);
        let target = format!("/placed.dll/have-child-executed?{name}");
        assert_eq!(server.get(&target), INLINE);
        over.wait();
    }
}

#[test]
fn what_a_call_has_written_goes_out_while_it_waits_by_itself() {
    let server = Server::new(2, DispatchMode::Inline);
    for number in 0..5 {
        let name = format!("writes-and-holds-{number}");
        let gate = Gate::new(&name);
        let mut client = server.connect();
        assert_eq!(
            client.get(&format!("/placed.dll/write-and-hold?{name}")),
            INLINE
        );
        gate.open();
    }
}

#[test]
fn a_body_that_waits_for_the_call_to_ask_is_read_while_it_runs() {
    let server = Server::new(1, DispatchMode::Inline);
    let reading = Gate::new("asks-for-body");
    let mut client = server.connect();
    let head = format!(
        "POST /placed.dll/read?asks-for-body HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\
         Content-Length: {MANY}\r\n\r\n"
    );
    client.send(head.as_bytes());
    reading.wait();
    assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send(&vec![b'x'; MANY]);
    assert_eq!(client.response(), format!("{INLINE} {MANY}"));
}
