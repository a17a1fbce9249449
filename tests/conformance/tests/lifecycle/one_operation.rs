//! One asynchronous operation at a time: whatever is pending, nothing else is sent, read or started,
//! and what is pending can be cancelled or closed.

use http::StatusCode;
use isapi_core::session::SessionConfig;
use isapi_test_support::{Build, RawClient, Script, TempDir, TestServer, conformance, fill};

conformance! {
    tests: [
        beside_a_pending_operation_every_other_is_refused,
        closing_the_connection_completes_every_operation_with_64,
        cancelling_completes_every_operation_with_995,
        a_client_that_leaves_completes_every_operation_with_995,
    ],
}

/// More than sockets hold: a send of it is pending while the client does not read.
const LARGE: usize = 16 * 1024 * 1024;

/// A server that reads nothing ahead and has an error page, and a large file.
struct Site {
    directory: TempDir,
    server: TestServer,
}

impl Site {
    fn new(build: Build) -> Site {
        let directory = TempDir::new();
        directory.file("large", fill(LARGE));
        let page = directory.file("404.html", "a page");
        let server = TestServer::builder()
            .scripts(build)
            .error_page(StatusCode::NOT_FOUND, None, &page)
            .session_config(SessionConfig {
                read_ahead: 0,
                ..SessionConfig::default()
            })
            .start();
        Site { directory, server }
    }

    /// The calls of which each leaves an operation pending, until `child` and the client allow
    /// otherwise.
    fn operations(&self, child: &Script) -> Vec<Vec<String>> {
        let head = format!("header 1|200 OK|Content-Length: {LARGE}\r\n\r\n");
        let open = format!("open {}", self.directory.path().join("large").display());
        [
            vec!["read_async 100"],
            vec![&head, &format!("write_async_fill {LARGE}")],
            vec![&head, &format!("vector flags=2|memory_fill={LARGE}")],
            vec![&head, &open, "vector flags=2|file=0,0"],
            vec![&head, &open, "transmit bytes=0"],
            vec![&format!("exec_url url={}", child.target())],
        ]
        .map(|calls| calls.into_iter().map(str::to_owned).collect())
        .into()
    }

    /// A request which starts an operation and makes calls beside it; for a read its body does not
    /// come.
    #[track_caller]
    fn start(&self, operation: &[String], beside: &[&str]) -> (Script, RawClient) {
        let length = if operation[0].starts_with("read") {
            4
        } else {
            0
        };
        let operation = operation.iter().map(String::as_str);
        let steps: Vec<_> = ["io_completion"]
            .into_iter()
            .chain(operation)
            .chain(["mark started"])
            .chain(beside.iter().copied())
            .chain(["return 3", "[completion]", "done", "mark end"])
            .collect();
        let script = Script::new(&steps);
        let mut client = self.server.connect();
        client.send(format!(
            "POST {} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\n\r\n",
            script.target()
        ));
        (script, client)
    }

    /// Starts each operation, ends it in this way, and asserts the error of its callback, which
    /// comes once.
    #[track_caller]
    fn expect_error(&self, beside: &[&str], end: fn(RawClient) -> Option<RawClient>, error: &str) {
        let child = Script::new(&["await released"]);
        for operation in self.operations(&child) {
            let (script, client) = self.start(&operation, beside);
            script.wait(&self.server, "return 3");
            let client = end(client);
            let journal = script.settled(&self.server, "completion 1: end");
            let report = journal
                .lines()
                .iter()
                .find_map(|line| line.strip_prefix("completion 1: "));
            assert!(
                report.is_some_and(|report| report.ends_with(error)),
                "{operation:?}: {journal:#?}"
            );
            journal.expect_completion(2, &[]);
            drop(client);
        }
        child.post(&self.server, "released");
    }
}

fn beside_a_pending_operation_every_other_is_refused(build: Build) {
    let site = Site::new(build);
    let child = Script::new(&["await released"]);
    let calls = [
        "write x",
        "write_async x",
        "read 1",
        "read_async 1",
        "vector flags=1|memory=x",
        "vector flags=2|memory=x",
        "transmit file=none|tail=x",
        "exec_url url=/script.dll",
        "custom_error 404 Not Found|0|1",
    ];
    for operation in site.operations(&child) {
        let (script, client) = site.start(&operation, &calls);
        let journal = script.wait(&site.server, "return 3");
        let beside = &journal.lines()[journal.position("started") + 1..];
        let refused: Vec<_> = calls
            .iter()
            .map(|call| format!("{} FALSE 87", call.split(' ').next().unwrap_or_default()))
            .chain(["return 3".to_owned()])
            .collect();
        assert_eq!(beside, refused, "{operation:?}");
        client.reset();
        script.settled(&site.server, "completion 1: end");
    }
    child.post(&site.server, "released");
}

fn closing_the_connection_completes_every_operation_with_64(build: Build) {
    // ERROR_NETNAME_DELETED
    Site::new(build).expect_error(&["close"], Some, " 64");
}

fn cancelling_completes_every_operation_with_995(build: Build) {
    // ERROR_OPERATION_ABORTED
    Site::new(build).expect_error(&["cancel_io"], Some, " 995");
}

fn a_client_that_leaves_completes_every_operation_with_995(build: Build) {
    let leave = |client: RawClient| {
        client.reset();
        None
    };
    Site::new(build).expect_error(&[], leave, " 995");
}
