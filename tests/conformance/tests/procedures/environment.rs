//! E: the environment an extension runs in.

use std::thread;

use isapi_test_support::{Build, Instance, Script, TestServer, conformance};

conformance! {
    tests: [
        e2_an_extension_is_called_by_many_threads_at_once,
        e3_two_extensions_in_one_process_have_their_own_load_and_unload,
        e4_a_critical_section_of_the_extension_does_not_deadlock_the_host,
    ],
}

fn e2_an_extension_is_called_by_many_threads_at_once(build: Build) {
    let server = TestServer::for_scripts(build);
    let gate = Script::reserve();
    let waiting: Vec<_> = (0..16)
        .map(|_| Script::new(&["mark inside", &format!("await open {gate}")]))
        .collect();
    let mut clients: Vec<_> = waiting.iter().map(|script| script.start(&server)).collect();
    // All of them are inside `HttpExtensionProc` before the first one leaves it.
    for script in &waiting {
        script.wait(&server, "inside");
    }
    for script in &waiting {
        script.post(&server, &format!("open {gate}"));
    }
    for client in &mut clients {
        client.read_response().expect_status(200);
    }
}

fn e3_two_extensions_in_one_process_have_their_own_load_and_unload(build: Build) {
    let (one, other) = (Instance::<3>::new(build), Instance::<4>::new(build));
    let server = one.add(TestServer::builder(), "/one.dll");
    let server = other.add(server, "/other.dll").start();
    assert_eq!(one.lifecycle(&server, "/one.dll"), ["GetExtensionVersion"]);
    assert_eq!(
        other.lifecycle(&server, "/other.dll"),
        ["GetExtensionVersion"]
    );
}

fn e4_a_critical_section_of_the_extension_does_not_deadlock_the_host(build: Build) {
    let server = TestServer::for_scripts(build);
    // Every call into the host is made with the section held, in the call and in the completion.
    let steps = [
        "enter",
        "io_completion",
        "variable URL",
        "header 1|200 OK|Content-Type: text/plain\r\n\r\n",
        "write one,",
        "write_async two,",
        "leave",
        "return 3",
        "[completion]",
        "enter",
        "write three",
        "leave",
        "done",
    ];
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..5 {
                    Script::new(&steps)
                        .get(&server)
                        .expect(200, "one,two,three");
                }
            });
        }
    });
}
