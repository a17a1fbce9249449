//! A test extension that does what its query says.
//!
//! It is the Rust twin of `tests/extensions/c/probe.c`, written with the SDK: one test runs the
//! same requests on code that shares nothing but the interface. What a safe interface cannot say
//! is for the script extension.
//!
//! | query | what it does |
//! |---|---|
//! | `ecb` | lines `field=value` of the control block |
//! | `sync` | one synchronous write, with `Content-Length`: `sync` |
//! | `chunks=N` | no `Content-Length`, N synchronous writes `chunk I`, I from 0 |
//! | `async=N` | the same by asynchronous writes, each started in the completion of the one before |
//! | `read` | reads the body with `ReadClient`, then a summary |
//! | `async-read` | reads the body with `HSE_REQ_ASYNC_READ_CLIENT`, then a summary |
//! | `file=PATH` | `HSE_REQ_TRANSMIT_FILE` with head and tail `tail`; also `&offset=N`, `&bytes=N`; sends no `Content-Length` |
//! | `done-early` | another thread answers `done early` and ends the session before the call returns |
//! | `done=N` | the same without an answer, with status 1, 2 or 4 |
//! | `status=N` | returns 1, 2 or 4; also `&http=N` (`dwHttpStatusCode`) and `&send` (a text first) |
//! | `panic` | panics; not in the C twin |
//! | `last-error` | lines `case code`: the last error after calls that the host must refuse |
//!
//! Every text ends with a line feed. A summary is `total=T available=A read=R sum=S`: T is
//! `cbTotalBytes`, A `cbAvailable`, R counts all bytes of the body, S is their sum modulo 2^32. A
//! refused start of an operation answers `refused CODE`, a completion with an error `failed CODE`.
//! Any other query: 400.

mod asynchronous;
mod last_error;
mod query;
mod summary;
mod synchronous;

use isapi_sdk::{Extension, LoadFailure, Request, Status, Win32Error};

use crate::query::Query;

/// Does what its query says; the [crate] lists what it knows.
#[derive(Debug)]
pub struct Probe;

impl Extension for Probe {
    const DESCRIPTION: &'static str = "Probe in Rust";

    fn load() -> Result<Probe, LoadFailure> {
        Ok(Probe)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let query = Query::new(&request.query());
        // The first of these names that the query has, as in the C twin.
        match query.first(&[
            "ecb",
            "sync",
            "chunks",
            "async",
            "read",
            "async-read",
            "file",
            "done-early",
            "done",
            "status",
            "last-error",
            "panic",
        ]) {
            Some("ecb") => synchronous::show_block(&request),
            Some("sync") => synchronous::respond(&request, "200 OK", "sync\n").into_status(),
            Some("chunks") => synchronous::write_chunks(&request, query.number("chunks")),
            Some("async") => asynchronous::write_chunks(request, query.number("async")),
            Some("read") => synchronous::read(&request),
            Some("async-read") => asynchronous::read(request),
            Some("file") => asynchronous::transmit(request, &query),
            Some("done-early") => asynchronous::answer_early(request),
            Some("done") => asynchronous::end_early(request, query.number("done")),
            Some("status") => synchronous::return_status(&request, &query),
            Some("last-error") => last_error::show(&request),
            Some("panic") => panic!("as the query says"),
            _ => synchronous::respond(&request, "400 Bad Request", "no such query\n").into_status(),
        }
    }
}

/// What a response that was sent, or could not be, makes of the call.
trait IntoStatus {
    fn into_status(self) -> Status;
}

impl IntoStatus for Result<(), Win32Error> {
    fn into_status(self) -> Status {
        match self {
            Ok(()) => Status::Success,
            Err(_) => Status::Error,
        }
    }
}
