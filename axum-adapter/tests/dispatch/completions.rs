//! Completion callbacks that run inline.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use isapi_axum::{DispatchMode, IsapiService};
use isapi_sdk::{AsyncRequest, Extension, Finish, LoadFailure, Request, Status};

use crate::server::{INLINE, Server};

/// Writes asynchronously, byte after byte, each from the callback of the one before: as many as the query
/// says, or until somebody asks for `/stop`.
struct Chain;

static IS_STOPPED: AtomicBool = AtomicBool::new(false);

/// How far the stack of any thread reached over all callbacks.
static STACK_SPAN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The lowest and the highest place of this thread's.
    static STACK: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

fn note_stack() {
    let here = 0u8;
    let here = (&raw const here).addr();
    let (lowest, highest) = STACK.get().unwrap_or((here, here));
    let (lowest, highest) = (lowest.min(here), highest.max(here));
    STACK.set(Some((lowest, highest)));
    STACK_SPAN.fetch_max(highest - lowest, Ordering::Relaxed);
}

impl Extension for Chain {
    const DESCRIPTION: &'static str = "Writes from one callback after the other";

    fn load() -> Result<Self, LoadFailure> {
        Ok(Self)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        if request.path_info() == "/stop" {
            IS_STOPPED.store(true, Ordering::SeqCst);
            let name = thread::current().name().unwrap_or("?").to_owned();
            let length = name.len().to_string();
            let sent = request.send_header("200 OK", &[("Content-Length", &*length)]);
            return match sent.and_then(|()| request.write(name.as_bytes())) {
                Ok(()) => Status::Success,
                Err(_) => Status::Error,
            };
        }
        let links = request.query().parse().unwrap_or(usize::MAX);
        let fields = [("Connection", "close")];
        if request.send_header("200 OK", &fields).is_err() {
            return Status::Error;
        }
        let (pending, request) = request.into_async();
        write_next(request, links);
        Status::Pending(pending)
    }
}

fn write_next(request: AsyncRequest, left: usize) {
    if left == 0 || IS_STOPPED.load(Ordering::SeqCst) {
        request.finish(Finish::Success);
        return;
    }
    // One that does not start has lost its client, which the test notices.
    let _ = request.write(vec![b'x'], move |request, _, _| {
        note_stack();
        assert_eq!(thread::current().name(), Some(INLINE));
        write_next(request, left - 1);
    });
}

fn server() -> Server {
    let service = IsapiService::builder(isapi_emu_loader::Portable::new())
        .extension("/chain.dll", isapi_sdk::entry!(Chain))
        .dispatch(DispatchMode::Inline)
        .build()
        .unwrap();
    Server::of(2, service)
}

#[test]
fn chained_writes_use_constant_stack_and_end_for_all_that() {
    const LINKS: usize = 20_000;

    let server = server();
    let mut client = server.connect();
    client.ask(&format!("/chain.dll?{LINKS}"));
    let rest = client.rest();
    let written = rest.bytes().filter(|byte| *byte == b'x').count();
    assert_eq!(written, LINKS, "{:?}", rest.get(..200));
    let span = STACK_SPAN.load(Ordering::Relaxed);
    assert!(span < 32 * 1024, "the stack grew by {span} bytes");

    // More of them than there are threads, for as long as nobody stops them. A write to a response without
    // a body waits for nobody.
    for method in ["GET", "HEAD"] {
        IS_STOPPED.store(false, Ordering::SeqCst);
        let mut chains: Vec<_> = (0..4).map(|_| server.connect()).collect();
        for chain in &mut chains {
            chain.send(format!("{method} /chain.dll HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes());
            chain.head();
        }
        assert_eq!(server.get("/chain.dll/stop"), INLINE);
        for mut chain in chains {
            assert_eq!(chain.rest().contains('x'), method == "GET");
        }
    }
}
