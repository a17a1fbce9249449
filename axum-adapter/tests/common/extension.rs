//! An extension whose behaviour the URL chooses, and which tells its test what became of it.

use std::collections::HashMap;
use std::sync::{Mutex, mpsc};

use isapi_sdk::{
    AsyncRequest, Completion, Extension, FileSend, Finish, LoadFailure, Request, Status,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What happened to a request, as its extension saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// The call began.
    Called,
    /// `HSE_REQ_IS_CONNECTED` said so.
    Connected(bool),
    /// An operation completed with so many bytes.
    Done(usize),
    /// A call or an operation was refused or failed with this last-error code.
    Failed(u32),
}

static WATCHERS: Mutex<Option<HashMap<String, UnboundedSender<Event>>>> = Mutex::new(None);

/// The events of all requests whose query is `name`; a test chooses a name of its own.
pub(crate) fn watch(name: &str) -> UnboundedReceiver<Event> {
    let (sender, receiver) = unbounded_channel();
    let mut watchers = WATCHERS.lock().unwrap();
    watchers
        .get_or_insert_default()
        .insert(name.to_owned(), sender);
    receiver
}

fn tell(name: &str, event: Event) {
    let watchers = WATCHERS.lock().unwrap();
    if let Some(watcher) = watchers.as_ref().and_then(|watchers| watchers.get(name)) {
        // A test that has seen enough listens no more.
        let _ = watcher.send(event);
    }
}

static GATES: Mutex<Option<HashMap<String, mpsc::Receiver<()>>>> = Mutex::new(None);

/// Holds up the request of this query where it says so, until the sender is used or dropped.
pub(crate) fn gate(name: &str) -> mpsc::Sender<()> {
    let (sender, receiver) = mpsc::channel();
    GATES
        .lock()
        .unwrap()
        .get_or_insert_default()
        .insert(name.to_owned(), receiver);
    sender
}

fn pass_gate(name: &str) {
    let gate = GATES
        .lock()
        .unwrap()
        .as_mut()
        .and_then(|gates| gates.remove(name));
    if let Some(gate) = gate {
        // A dropped sender opens the gate as well.
        let _ = gate.recv();
    }
}

/// Bytes of one write of `/endless` and `/flood`.
pub(crate) const BLOCK: usize = 64 * 1024;

pub(crate) struct Scripted;

impl Extension for Scripted {
    const DESCRIPTION: &'static str = "Does what the URL says";

    fn load() -> Result<Self, LoadFailure> {
        Ok(Self)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let name = request.query().into_owned();
        tell(&name, Event::Called);
        let path = request.path_info().into_owned();
        match &*path {
            "/abort" => Status::Error,
            "/chain" => begin(request, |request| chain(request, name, 0)),
            "/cut" => {
                let _ = request.send_header("200 OK", &[("Content-Length", "10")]);
                let _ = request.write(b"12345");
                Status::Error
            }
            "/cut-unframed" => {
                let _ = request.send_header("200 OK", &[]);
                let _ = request.write(b"12345");
                Status::Error
            }
            "/echo" => echo(&request, &name),
            "/endless" => begin(request, |request| endless(request, name)),
            "/exact" => {
                let _ = request.send_header("200 OK", &[("Content-Length", "5")]);
                begin(request, |request| exact(request, name))
            }
            "/file" => send_file(request, &name),
            "/flood" => flood(&request, &name),
            "/head" => {
                let _ = request.send_header("200 OK", &[("Content-Length", "5")]);
                let _ = request.write(b"12345");
                Status::Success
            }
            "/never" => begin(request, |request| wait_for_end(request, name)),
            "/reason" => {
                let _ = request.send_header("299 Quite All Right", &[("Content-Length", "0")]);
                Status::Success
            }
            "/variables" => variables(&request),
            "/write-and-wait" => {
                let _ = request.write(b"12345");
                tell(&name, Event::Done(5));
                pass_gate(&name);
                Status::Success
            }
            _ => {
                let _ = request.send_header("404 Not Found", &[("Content-Length", "0")]);
                Status::Success
            }
        }
    }
}

fn begin(request: Request<'_>, start: impl FnOnce(AsyncRequest)) -> Status {
    let (pending, request) = request.into_async();
    start(request);
    Status::Pending(pending)
}

fn report(name: &str, completion: &Completion) -> bool {
    match completion.result() {
        Ok(bytes) => tell(name, Event::Done(bytes)),
        Err(error) => tell(name, Event::Failed(error.code())),
    }
    completion.result().is_ok()
}

/// Ten asynchronous writes, each started by the one before.
fn chain(request: AsyncRequest, name: String, number: u8) {
    if number == 10 {
        return request.finish(Finish::Success);
    }
    let _ = request.write(vec![b'0' + number; 1000], move |request, completion, _| {
        if report(&name, &completion) {
            chain(request, name, number + 1);
        }
    });
}

/// Asynchronous writes until one fails.
fn endless(request: AsyncRequest, name: String) {
    let watcher = name.clone();
    let started = request.write(vec![b'x'; BLOCK], move |request, completion, _| {
        if report(&name, &completion) {
            endless(request, name);
        }
    });
    if let Err(refused) = started {
        tell(&watcher, Event::Failed(refused.error.code()));
    }
}

/// A write of all that the head promised; the request goes on behind a gate.
fn exact(request: AsyncRequest, name: String) {
    let _ = request.write(b"12345".to_vec(), move |request, completion, _| {
        report(&name, &completion);
        pass_gate(&name);
        tell(&name, Event::Connected(request.is_connected().unwrap()));
        request.finish(Finish::Success);
    });
}

/// A read that ends when the body comes, or the client goes.
fn wait_for_end(request: AsyncRequest, name: String) {
    let watcher = name.clone();
    let started = request.read(vec![0; 10], move |request, completion, _| {
        report(&name, &completion);
        request.finish(Finish::Error);
    });
    if let Err(refused) = started {
        tell(&watcher, Event::Failed(refused.error.code()));
    }
}

/// The file whose path is the query.
fn send_file(request: Request<'_>, path: &str) -> Status {
    let file = std::fs::File::open(path).unwrap();
    let length = file.metadata().unwrap().len().to_string();
    let send = FileSend::new(file).with_header("200 OK", &[("Content-Length", &length)]);
    begin(request, |request| {
        let _ = request.transmit_file(send, |request, completion, _| {
            let sent = completion.result().is_ok();
            request.finish(if sent { Finish::Success } else { Finish::Error });
        });
    })
}

/// Synchronous writes until one is refused.
fn flood(request: &Request<'_>, name: &str) -> Status {
    let block = vec![b'x'; BLOCK];
    loop {
        match request.write(&block) {
            Ok(()) => tell(name, Event::Done(BLOCK)),
            Err(error) => {
                tell(name, Event::Failed(error.code()));
                return Status::Error;
            }
        }
    }
}

/// Sends the body back as it comes. The head goes with the first piece: a client that expects 100
/// would take it for an answer.
fn echo(request: &Request<'_>, name: &str) -> Status {
    let mut buffer = vec![0; 16 * 1024];
    let mut has_head = false;
    let mut send = |piece: &[u8]| {
        if !std::mem::replace(&mut has_head, true) {
            request.send_header("200 OK", &[])?;
        }
        request.write(piece)
    };
    let preread = request.preread();
    if !preread.is_empty() && send(preread).is_err() {
        return Status::Error;
    }
    loop {
        match request.read(&mut buffer) {
            Ok(0) => return Status::Success,
            Ok(read) => {
                tell(name, Event::Done(read));
                if send(&buffer[..read]).is_err() {
                    return Status::Error;
                }
            }
            Err(error) => {
                tell(name, Event::Failed(error.code()));
                return Status::Error;
            }
        }
    }
}

fn variables(request: &Request<'_>) -> Status {
    let mut text = String::new();
    for name in [
        "SCRIPT_NAME",
        "PATH_INFO",
        "PATH_TRANSLATED",
        "APPL_PHYSICAL_PATH",
        "URL",
        "HTTP_URL",
        "REMOTE_ADDR",
        "SERVER_NAME",
        "CONTENT_LENGTH",
        "QUERY_STRING",
    ] {
        let value = request
            .variable(name)
            .map(|value| String::from_utf8_lossy(&value).into_owned());
        let value = value.unwrap_or_else(|error| format!("error {}", error.code()));
        text.push_str(&format!("{name}={value}\n"));
    }
    text.push_str(&format!("cbTotalBytes={:?}\n", request.total_bytes()));
    let length = text.len().to_string();
    let _ = request.send_header("200 OK", &[("Content-Length", &length)]);
    let _ = request.write(text.as_bytes());
    Status::Success
}
