//! Extensions that prove themselves, and those that do not.

use std::time::Instant;

use isapi_axum::DispatchMode;

use crate::PATIENCE;
use crate::extension::Gate;
use crate::server::{Client, INLINE, Server, WORKER};

/// Repeats what answers with the name of a thread until that is [`INLINE`]. A busy machine interrupts
/// calls, so how long an extension takes to prove itself, and for how long it stays so, is open.
fn until_inline(mut ask: impl FnMut() -> String) {
    let give_up = Instant::now() + PATIENCE;
    while ask() != INLINE {
        assert!(Instant::now() < give_up, "never inline");
    }
}

fn prove(client: &mut Client) {
    until_inline(|| client.get("/placed.dll/thread"));
}

#[test]
fn a_long_call_sends_a_proved_extension_back_until_it_has_proved_itself_again() {
    let server = Server::new(2, DispatchMode::Auto);
    let mut client = server.connect();
    for _ in 0..10 {
        assert_eq!(client.get("/placed.dll/thread"), WORKER);
    }
    until_inline(|| {
        prove(&mut client);
        client.get("/placed.dll/sleep")
    });
    for _ in 0..32 {
        assert_eq!(client.get("/placed.dll/thread"), WORKER);
    }
    prove(&mut client);
}

#[test]
fn calls_that_all_block_at_once_leave_one_thread_to_the_others() {
    let server = Server::new(2, DispatchMode::Auto);
    let mut client = server.connect();
    until_inline(|| {
        prove(&mut client);
        let held = ["first", "second", "third"].map(|name| {
            let gate = Gate::new(name);
            let mut client = server.connect();
            client.ask(&format!("/placed.dll/hold?{name}"));
            gate.wait();
            (gate, client)
        });
        let beside = client.get("/placed.dll/thread");
        let mut threads = held.map(|(gate, mut client)| {
            gate.open();
            client.response()
        });
        threads.sort();
        let [first, second, third] = threads;
        if first == INLINE {
            assert_eq!([beside, second, third], [WORKER; 3]);
        }
        first
    });
}

#[test]
fn the_only_thread_is_not_put_at_risk() {
    let server = Server::new(1, DispatchMode::Auto);
    let mut client = server.connect();
    for _ in 0..1000 {
        assert_eq!(client.get("/placed.dll/thread"), WORKER);
    }
}
