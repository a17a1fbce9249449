//! Extensions that prove themselves, and those that do not.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
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

#[test]
fn nobody_waits_behind_a_proved_call_that_blocks_where_no_host_sees_it() {
    for round in 0..40 {
        ask_beside_a_call_that_hides(&format!("hides-{round}"));
    }
}

/// On a server of its own: an extension that has blocked is not called inline again so soon.
fn ask_beside_a_call_that_hides(name: &str) {
    let server = Server::new(2, DispatchMode::Auto);
    let mut client = server.connect();
    let is_over = AtomicBool::new(false);
    let answers: Vec<_> = (0..12).map(|_| AtomicUsize::new(0)).collect();
    let answered = |answers: &AtomicUsize| answers.load(Ordering::Relaxed);
    thread::scope(|scope| {
        // Those who ask stop where the test fails, too.
        let _over = Over(&is_over);
        for answers in &answers {
            let mut client = server.connect();
            let is_over = &is_over;
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    client.get("/placed.dll/thread");
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        prove(&mut client);
        let gate = Gate::new(name);
        client.ask(&format!("/placed.dll/hold?{name}"));
        gate.wait();
        // The second answer from now on is to a question of now.
        let before: Vec<_> = answers.iter().map(answered).collect();
        let give_up = Instant::now() + PATIENCE / 3;
        for (answers, before) in answers.iter().zip(before) {
            while answered(answers) < before + 2 {
                assert!(Instant::now() < give_up, "an answer waits for the call");
                thread::yield_now();
            }
        }
        gate.open();
        client.response();
    });
}

/// Says so when it is dropped.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
