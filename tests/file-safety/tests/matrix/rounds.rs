//! The rounds of a change on a transport.

use std::num::NonZeroUsize;
use std::sync::Barrier;
use std::{env, fmt, hint, mem, thread};

use isapi_test_support::{TempDir, TestServer, logs, module_file};

use crate::change::Change;
use crate::download::{Download, End, Transport};
use crate::expectation::{Expectation, Outcome};
use crate::files::{Files, LARGEST, RoundFile};
use crate::moment::{self, Moment, Opened};

const SIZES: [usize; 4] = [100, 8 * 1024, 1024 * 1024, LARGEST];

/// Where the extension is.
const URL: &str = "/send_file.dll";

/// How many rounds of each cell are run when nobody says how many: every moment.
const FEW_ROUNDS: usize = 4;

/// Runs the rounds for files of every size, against a server that must still be there at the end.
pub(crate) fn run(transport: Transport, change: Change) {
    let modules = TempDir::new();
    // What it keeps open is its own.
    let module = modules.copy(&module_file("c-send_file"), "send_file.so");
    let mut server = TestServer::builder().module(URL, &module);
    if transport != Transport::ClearText {
        server = server.tls();
    }
    let server = server.start();
    for size in SIZES {
        let files = Files::new(size);
        let mut tally = Tally::default();
        let rounds = rounds();
        // Each round would begin with pages that the system has to clear.
        let mut memory = Vec::new();
        for number in 0..rounds {
            let round = Round::new(&server, transport, change, &files, number);
            tally.add(round.run(&mut memory));
        }
        println!(
            "{transport}, {}, {change}: {rounds} rounds: {tally}",
            shown(size)
        );
    }
    server.stop().expect("every request has ended");
}

fn rounds() -> usize {
    match env::var("ISAPI_FILE_SAFETY_ROUNDS") {
        // No round would find nothing.
        Ok(rounds) => rounds
            .parse::<NonZeroUsize>()
            .expect("ISAPI_FILE_SAFETY_ROUNDS is a number from 1 on")
            .get(),
        Err(_) => FEW_ROUNDS,
    }
}

#[derive(Debug)]
struct Round<'a> {
    server: &'a TestServer,
    files: &'a Files,
    file: RoundFile,
    number: usize,
    expectation: Expectation,
}

impl<'a> Round<'a> {
    fn new(
        server: &'a TestServer,
        transport: Transport,
        change: Change,
        files: &'a Files,
        number: usize,
    ) -> Round<'a> {
        let file = files.for_round(number);
        let (moment, opened) = moment::of_round(number);
        let expectation = Expectation {
            transport,
            change,
            size: file.size(),
            moment,
            opened,
        };
        Round {
            server,
            files,
            file,
            number,
            expectation,
        }
    }

    fn run(self, memory: &mut Vec<u8>) -> Outcome {
        let Expectation {
            transport, opened, ..
        } = self.expectation;
        let path = self.file.path().display();
        let (first, second) = match opened {
            Opened::ByRequest => (format!("{URL}?ready"), format!("{URL}?open={path}")),
            Opened::Before => (format!("{URL}?hold={path}"), format!("{URL}?kept={path}")),
        };
        let address = self.server.address();
        let mut download = Download::connect(transport, address, &first, mem::take(memory));
        let read_before = self.request_and_change(&mut download, &second);
        let end = download.read_to_end();
        let outcome = self.expectation.judge(&download, read_before);
        let outcome =
            outcome.unwrap_or_else(|error| panic!("round {}: {error}\n{self:#?}", self.number));
        if end == End::Cut {
            let remote = format!("remote={} ", download.local_address());
            logs::expect_line(&[&remote, "a file became shorter while it was sent"]);
        }
        *memory = download.close();
        self.files.restore(self.file);
        outcome
    }

    /// Asks for the file and changes it in between; answers how much of it was read before.
    fn request_and_change(&self, download: &mut Download, target: &str) -> usize {
        let change = || self.expectation.change.apply(&self.file);
        match self.expectation.moment {
            Moment::Before => {
                change();
                download.request(target);
            }
            Moment::During => {
                let start = Barrier::new(2);
                thread::scope(|scope| {
                    scope.spawn(|| {
                        start.wait();
                        // Each round a little later.
                        for _ in 0..self.number * 100 {
                            hint::spin_loop();
                        }
                        change();
                    });
                    start.wait();
                    download.request(target);
                });
            }
            Moment::BehindHead => {
                download.request(target);
                change();
            }
            Moment::InsideBody { percent } => {
                download.request(target);
                download.read_to(self.file.size() * percent / 100);
                change();
            }
        }
        download.body().len()
    }
}

/// What came of the rounds of a cell.
#[derive(Debug, Default)]
struct Tally {
    whole: u32,
    whole_with_zeros: u32,
    cut: u32,
    cut_with_zeros: u32,
    refused: u32,
}

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        let count = match outcome {
            Outcome::Whole { has_zeros: false } => &mut self.whole,
            Outcome::Whole { has_zeros: true } => &mut self.whole_with_zeros,
            Outcome::Cut { has_zeros: false } => &mut self.cut,
            Outcome::Cut { has_zeros: true } => &mut self.cut_with_zeros,
            Outcome::Refused => &mut self.refused,
        };
        *count += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.whole, "whole"),
            (self.whole_with_zeros, "whole with zeros"),
            (self.cut, "cut"),
            (self.cut_with_zeros, "cut with zeros"),
            (self.refused, "refused"),
        ];
        let mut separator = "";
        for (count, what) in counts.into_iter().filter(|(count, _)| *count > 0) {
            write!(f, "{separator}{count} {what}")?;
            separator = ", ";
        }
        Ok(())
    }
}

fn shown(size: usize) -> String {
    const KIB: usize = 1024;
    const MIB: usize = 1024 * KIB;
    match size {
        MIB.. => format!("{} MiB", size / MIB),
        KIB.. => format!("{} KiB", size / KIB),
        _ => format!("{size} B"),
    }
}
