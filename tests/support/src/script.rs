//! Scripts for the script extension, and the journals they leave.

use std::sync::atomic::{AtomicU32, Ordering};

use crate::client::RawClient;
use crate::response::Response;
use crate::server::TestServer;

/// One request that makes the calls it lists; see the `script_extension` crate for the steps.
///
/// ```no_run
/// use isapi_test_support::{Build, Script, TestServer};
///
/// let server = TestServer::for_scripts(Build::Linked);
/// let script = Script::new(&["header 1|200 OK|Content-Length: 2\r\n\r\n", "write hi"]);
/// server.get(script.target()).expect(200, "hi");
/// script.finished(&server).expect(&["header TRUE", "write TRUE 2"]);
/// ```
#[derive(Debug)]
pub struct Script {
    journal: String,
    target: String,
}

/// What a script did so far.
#[derive(Clone, Debug)]
pub struct Journal {
    lines: Vec<String>,
}

impl Script {
    /// A script with a journal of its own, which ends, when [`finished`](Script::finished) is to
    /// find it, by returning from `HttpExtensionProc`.
    pub fn new(steps: &[&str]) -> Script {
        let journal = Script::reserve();
        Script::named(journal, steps)
    }

    /// A name for a script that is not written yet, so that another one can mention it.
    pub fn reserve() -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        format!("script {}", NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// A script under a name from [`reserve`](Script::reserve).
    pub fn named(journal: String, steps: &[&str]) -> Script {
        let target = format!("/script.dll?{}", script_extension::encode(&journal, steps));
        Script { journal, target }
    }

    /// The path and query to ask for.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The journal's name, for steps of other scripts.
    pub fn name(&self) -> &str {
        &self.journal
    }

    /// Runs the script by a GET on a connection of its own and reads the answer.
    #[track_caller]
    pub fn get(&self, server: &TestServer) -> Response {
        server.get(&self.target)
    }

    /// Starts the script by a GET on a connection of its own.
    #[track_caller]
    pub fn start(&self, server: &TestServer) -> RawClient {
        let mut client = server.connect();
        client.send_get(&self.target);
        client
    }

    /// Runs the script by a GET, and answers what it did once `HttpExtensionProc` has returned 1.
    #[track_caller]
    pub fn run(&self, server: &TestServer) -> Journal {
        self.get(server);
        self.finished(server)
    }

    /// Waits until `HttpExtensionProc` has returned 1, and answers what the script did.
    #[track_caller]
    pub fn finished(&self, server: &TestServer) -> Journal {
        self.wait(server, "return 1")
    }

    /// [`finished`](Script::finished) for the extension at `url`, which need not be
    /// `/script.dll`.
    #[track_caller]
    pub fn finished_at(&self, server: &TestServer, url: &str) -> Journal {
        Journal::fetch(server, url, "dump", &self.journal, "return 1")
    }

    /// Waits until the journal has `line`, and answers what the script did.
    ///
    /// # Panics
    ///
    /// When the line did not come in 30 seconds.
    #[track_caller]
    pub fn wait(&self, server: &TestServer, line: &str) -> Journal {
        Journal::fetch(server, "/script.dll", "dump", &self.journal, line)
    }

    /// Waits until the journal has `line` and nothing of the script is running, and answers what
    /// the script did.
    ///
    /// A completion may overtake the call that started its operation: after [`wait`](Script::wait)
    /// for a line of the one, the lines of the other may be incomplete.
    ///
    /// # Panics
    ///
    /// When that has not happened in 30 seconds.
    #[track_caller]
    pub fn settled(&self, server: &TestServer, line: &str) -> Journal {
        Journal::fetch(server, "/script.dll", "dump_settled", &self.journal, line)
    }

    /// Writes `line` to the journal, for a script that awaits it.
    #[track_caller]
    pub fn post(&self, server: &TestServer, line: &str) {
        Script::new(&[&format!("post {}|{line}", self.journal)]).get(server);
    }
}

impl Journal {
    /// Asks the script extension at `url` for the journal `name`, once it has `line`.
    #[track_caller]
    pub(crate) fn fetch(
        server: &TestServer,
        url: &str,
        step: &str,
        name: &str,
        line: &str,
    ) -> Journal {
        let query =
            script_extension::encode(&Script::reserve(), &[&format!("{step} {name}|{line}")]);
        let response = server.get(&format!("{url}?{query}")).expect_status(200);
        let journal = Journal {
            lines: response.text().lines().map(str::to_owned).collect(),
        };
        let in_time = !journal
            .lines
            .iter()
            .any(|line| line.starts_with("(no line"));
        assert!(in_time, "{journal:#?}");
        journal
    }

    /// All lines in the order in which they were written.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Whether there is this line.
    pub fn has(&self, line: &str) -> bool {
        self.lines.iter().any(|have| have == line)
    }

    /// Asserts what `HttpExtensionProc` did: the lines of the script without its call and its
    /// return.
    #[track_caller]
    pub fn expect(&self, lines: &[&str]) -> &Journal {
        assert_eq!(self.main(), lines, "{self:#?}");
        self
    }

    /// Asserts what a completion did, and that it came: its bytes and its error first.
    #[track_caller]
    pub fn expect_completion(&self, number: u32, lines: &[&str]) -> &Journal {
        assert_eq!(
            self.of(&format!("completion {number}: ")),
            lines,
            "{self:#?}"
        );
        self
    }

    /// Asserts what a thread did.
    #[track_caller]
    pub fn expect_thread(&self, number: u32, lines: &[&str]) -> &Journal {
        assert_eq!(self.of(&format!("thread {number}: ")), lines, "{self:#?}");
        self
    }

    /// Asserts that there is this line.
    #[track_caller]
    pub fn expect_line(&self, line: &str) -> &Journal {
        assert!(self.has(line), "no {line:?} in {self:#?}");
        self
    }

    /// The rest of the only line that begins with `start`.
    #[track_caller]
    pub fn value(&self, start: &str) -> &str {
        match self.of(start)[..] {
            [value] => value,
            _ => panic!("not one line with {start:?} in {self:#?}"),
        }
    }

    /// Where the line stands.
    #[track_caller]
    pub fn position(&self, line: &str) -> usize {
        let position = self.lines.iter().position(|have| have == line);
        position.unwrap_or_else(|| panic!("no {line:?} in {self:#?}"))
    }

    fn main(&self) -> Vec<&str> {
        let is_main = |line: &&str| {
            !["completion ", "thread ", "HttpExtensionProc", "return "]
                .iter()
                .any(|start| line.starts_with(start))
        };
        self.lines
            .iter()
            .map(String::as_str)
            .filter(is_main)
            .collect()
    }

    fn of<'a>(&'a self, start: &str) -> Vec<&'a str> {
        self.lines
            .iter()
            .filter_map(|line| line.strip_prefix(start))
            .collect()
    }
}
