//! What is measured, against what, and what is to be reached.

use super::Setup;
use super::goal::Goal;
use super::load::Load;
use super::report::Row;
use super::servers::Kind;
use super::special;

/// One case of the benchmark.
pub(super) struct Case {
    /// As the command line calls it.
    pub(super) name: &'static str,
    /// What it is, in the report.
    pub(super) title: &'static str,
    pub(super) run: Run,
}

/// How a case is measured.
pub(super) enum Run {
    /// Ours and another, one after the other, several times.
    Duel(&'static Duel),
    /// In a way of its own.
    Special(fn(&Setup, &Case) -> Result<Vec<Row>, String>),
}

/// Ours against another server.
pub(super) struct Duel {
    pub(super) ours: &'static str,
    pub(super) peer: (Kind, &'static str),
    /// Where the floor does the same.
    pub(super) floor: &'static str,
    pub(super) load: Load,
    /// How long the bodies of the answers are: ours, the peer's, the floor's.
    pub(super) lengths: [u64; 3],
    pub(super) pairs: usize,
    /// Processor time per request, ours divided by the peer's.
    pub(super) processor: Option<Goal>,
    /// Requests per second, likewise.
    pub(super) rate: Option<Goal>,
}

const GREETING: u64 = 17;
const KIB_10: u64 = 10 << 10;
const MIB_1: u64 = 1 << 20;

/// A hello against another, with nothing to be reached.
const HELLO: Duel = Duel {
    ours: "/hello",
    peer: (Kind::Axum, "/hello"),
    floor: "/hello",
    load: Load::Get,
    lengths: [GREETING; 3],
    pairs: 5,
    processor: None,
    rate: None,
};

/// A file of 10 KiB against nginx, which opens it for each request.
const FILE_10K: Duel = Duel {
    ours: "/kept?10k",
    peer: (Kind::Nginx, "/files/10k"),
    floor: "/10k",
    lengths: [KIB_10; 3],
    pairs: 9,
    ..HELLO
};

/// A file of 1 MiB, likewise.
const FILE_1M: Duel = Duel {
    ours: "/kept?1m",
    peer: (Kind::Nginx, "/files/1m"),
    floor: "/1m",
    lengths: [MIB_1; 3],
    ..FILE_10K
};

/// All cases, in the order of the report.
pub(super) const CASES: &[Case] = &[
    Case {
        name: "hello",
        title: "synchronous hello, against a plain axum handler",
        run: Run::Duel(&Duel {
            processor: Some(Goal::AtMost(1.25)),
            rate: Some(Goal::AtLeast(0.85)),
            ..HELLO
        }),
    },
    Case {
        name: "hello-apache",
        title: "synchronous hello, against a C module in Apache",
        run: Run::Duel(&Duel {
            peer: (Kind::Apache, "/hello"),
            processor: Some(Goal::AtMost(0.28)),
            ..HELLO
        }),
    },
    Case {
        name: "hello-nginx",
        title: "synchronous hello, against `return 200` of nginx",
        run: Run::Duel(&Duel {
            peer: (Kind::Nginx, "/hello"),
            ..HELLO
        }),
    },
    Case {
        name: "async-hello",
        title: "asynchronous hello (write, completion, end), against a plain axum handler",
        run: Run::Duel(&Duel {
            ours: "/async-hello",
            processor: Some(Goal::AtMost(1.7)),
            ..HELLO
        }),
    },
    Case {
        name: "file-10k-kept",
        title: "10 KiB by TRANSMIT_FILE, file kept open, against nginx",
        run: Run::Duel(&Duel {
            processor: Some(Goal::AtMost(0.85)),
            ..FILE_10K
        }),
    },
    Case {
        name: "file-10k-opened",
        title: "10 KiB by TRANSMIT_FILE, file opened for each request, against nginx",
        run: Run::Duel(&Duel {
            ours: "/opened?10k",
            processor: Some(Goal::AtMost(1.05)),
            ..FILE_10K
        }),
    },
    Case {
        name: "file-10k-servedir",
        title: "10 KiB by TRANSMIT_FILE, file opened for each request, against ServeDir",
        run: Run::Duel(&Duel {
            ours: "/opened?10k",
            peer: (Kind::Axum, "/files/10k"),
            pairs: 5,
            ..FILE_10K
        }),
    },
    Case {
        name: "file-1m-kept",
        title: "1 MiB by TRANSMIT_FILE, file kept open, against nginx",
        run: Run::Duel(&Duel {
            processor: Some(Goal::AtMost(0.85)),
            ..FILE_1M
        }),
    },
    Case {
        name: "file-1m-opened",
        title: "1 MiB by TRANSMIT_FILE, file opened for each request, against nginx",
        run: Run::Duel(&Duel {
            ours: "/opened?1m",
            processor: Some(Goal::AtMost(0.95)),
            ..FILE_1M
        }),
    },
    Case {
        name: "file-1m-servedir",
        title: "1 MiB by TRANSMIT_FILE, file opened for each request, against ServeDir",
        run: Run::Duel(&Duel {
            ours: "/opened?1m",
            peer: (Kind::Axum, "/files/1m"),
            pairs: 5,
            ..FILE_1M
        }),
    },
    Case {
        name: "write-1m",
        title: "asynchronous WriteClient of 1 MiB, against our TRANSMIT_FILE of 1 MiB",
        run: Run::Duel(&Duel {
            ours: "/write",
            peer: (Kind::Isapi, "/kept?1m"),
            processor: Some(Goal::AtMost(1.3)),
            ..FILE_1M
        }),
    },
    Case {
        name: "upload-1m",
        title: "1 MiB upload by asynchronous reads, against axum reading Bytes",
        run: Run::Duel(&Duel {
            ours: "/upload",
            peer: (Kind::Axum, "/upload"),
            floor: "/upload",
            load: Load::Upload(1 << 20),
            lengths: [8, 8, 9],
            pairs: 9,
            processor: Some(Goal::AtMost(1.2)),
            rate: None,
        }),
    },
    Case {
        name: "memory",
        title: "100 MiB file, 8 clients: memory above idle that is not mapped files",
        run: Run::Special(special::memory::measure),
    },
    Case {
        name: "pending",
        title: "18,000 requests in PENDING, then completed",
        run: Run::Special(special::pending::measure),
    },
    Case {
        name: "blocking",
        title: "a hello beside an extension that sleeps 100 ms for each of 200 clients",
        run: Run::Special(special::blocking::measure),
    },
    Case {
        name: "growth",
        title: "a hello with more sessions, extensions, handlers, against one with few",
        run: Run::Special(special::growth::measure),
    },
    Case {
        name: "start",
        title: "`isapi run hello.so`: process start to first answered request",
        run: Run::Special(special::start::measure),
    },
    Case {
        name: "allocations",
        title: "allocations of a synchronous hello, linked in",
        run: Run::Special(special::allocations::measure),
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{CASES, Run};

    #[test]
    fn every_case_has_a_name_of_its_own() {
        let names: BTreeSet<_> = CASES.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), CASES.len());
    }

    #[test]
    fn there_are_five_pairs_of_each_at_least_and_nine_where_files_have_a_goal() {
        for case in CASES {
            let Run::Duel(duel) = &case.run else { continue };
            let is_file = case.name.starts_with("file-") && duel.processor.is_some();
            let least = if is_file { 9 } else { 5 };
            assert!(duel.pairs >= least, "{}", case.name);
        }
    }
}
