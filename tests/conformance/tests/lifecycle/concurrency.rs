//! Many requests at once.

use std::collections::HashSet;
use std::sync::Barrier;
use std::thread;

use isapi_test_support::{Build, Extension, Instance, Script, TestServer, conformance};

conformance! {
    tests: [
        concurrent_first_requests_load_the_extension_once,
        a_thousand_requests_are_a_thousand_calls_and_one_load,
        two_hundred_requests_at_once_have_two_hundred_control_blocks,
        one_extension_at_two_urls_is_one_extension,
    ],
    also_in_c: [requests_of_many_connections_are_all_answered],
    in_process: [one_extension_in_two_servers_is_one_extension],
}

fn concurrent_first_requests_load_the_extension_once(build: Build) {
    const CLIENTS: usize = 30;
    let instance = Instance::<1>::new(build);
    let server = instance.start();
    let barrier = Barrier::new(CLIENTS);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = server.connect();
                barrier.wait();
                client.expect_reusable("/script.dll").expect_status(200);
            });
        }
    });
    assert_eq!(
        instance.lifecycle(&server, "/script.dll"),
        ["GetExtensionVersion"]
    );
}

fn a_thousand_requests_are_a_thousand_calls_and_one_load(build: Build) {
    let instance = Instance::<2>::new(build);
    let server = instance.start();
    let journal = Script::reserve();
    let script = Script::named(
        journal,
        &["header 1|200 OK|Content-Length: 2\r\n\r\n", "write ok"],
    );
    let mut client = server.connect();
    for _ in 0..1000 {
        client.expect_reusable(script.target()).expect(200, "ok");
    }
    let counted = script.finished(&server);
    let calls = counted
        .lines()
        .iter()
        .filter(|line| *line == "HttpExtensionProc")
        .count();
    assert_eq!(calls, 1000);
    assert_eq!(
        instance.lifecycle(&server, "/script.dll"),
        ["GetExtensionVersion"]
    );
}

fn two_hundred_requests_at_once_have_two_hundred_control_blocks(build: Build) {
    let server = TestServer::for_scripts(build);
    let scripts: Vec<_> = (0..200)
        .map(|_| Script::new(&["field address", "field ConnID", "mark inside", "await go"]))
        .collect();
    let mut clients: Vec<_> = scripts.iter().map(|script| script.start(&server)).collect();
    let mut addresses = HashSet::new();
    let mut connections = HashSet::new();
    for script in &scripts {
        let journal = script.wait(&server, "inside");
        addresses.insert(journal.value("address ").to_owned());
        connections.insert(journal.value("ConnID ").to_owned());
    }
    assert_eq!(addresses.len(), 200);
    assert_eq!(connections.len(), 200);
    for script in &scripts {
        script.post(&server, "go");
    }
    for client in &mut clients {
        client.read_response().expect_status(200);
    }
}

fn one_extension_at_two_urls_is_one_extension(build: Build) {
    let instance = Instance::<5>::new(build);
    let server = instance.add(TestServer::builder(), "/script.dll");
    let server = instance.add(server, "/other.dll").start();
    server.get("/script.dll").expect_status(200);
    server.get("/other.dll").expect_status(200);
    for url in ["/script.dll", "/other.dll"] {
        assert_eq!(instance.lifecycle(&server, url), ["GetExtensionVersion"]);
    }
}

/// One image has one life: it must not be terminated where it is still used.
fn one_extension_in_two_servers_is_one_extension(build: Build) {
    let instance = Instance::<3>::new(build);
    let one = instance.start();
    let other = instance.add(TestServer::builder(), "/other.dll").start();
    one.get("/script.dll").expect_status(200);
    other.get("/other.dll").expect_status(200);
    assert_eq!(
        instance.lifecycle(&other, "/other.dll"),
        ["GetExtensionVersion"]
    );
    drop(one);
    assert_eq!(
        instance.lifecycle(&other, "/other.dll"),
        ["GetExtensionVersion"]
    );
    drop(other);
    let again = instance.start();
    assert_eq!(
        instance.lifecycle(&again, "/script.dll"),
        [
            "GetExtensionVersion",
            "TerminateExtension 2",
            "GetExtensionVersion"
        ]
    );
}

fn requests_of_many_connections_are_all_answered(build: Build) {
    let server = TestServer::with(build, Extension::Hello);
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| {
                let mut client = server.connect();
                for _ in 0..20 {
                    client.expect_reusable("/hello.dll").expect_status(200);
                }
            });
        }
    });
}
