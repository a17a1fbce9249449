//! An extension that says where it runs, and blocks in every way there is.

use std::collections::HashMap;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use isapi_sdk::{AsyncRequest, ExecUrl, Extension, Finish, LoadFailure, Request, Status};

use crate::PATIENCE;

/// Bytes that no socket buffers between a server and a client on one machine hold.
pub(crate) const MANY: usize = 8 * 1024 * 1024;

pub(crate) struct Placed;

impl Extension for Placed {
    const DESCRIPTION: &'static str = "Says where it runs";

    fn load() -> Result<Self, LoadFailure> {
        Ok(Self)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let path = request.path_info().into_owned();
        match &*path {
            "/thread" => answer(&request),
            // Blocks where no host can see it.
            "/hold" => {
                hold(&request.query());
                answer(&request)
            }
            "/sleep" => {
                thread::sleep(Duration::from_millis(30));
                answer(&request)
            }
            "/panic" => panic!("as it is told to"),
            "/read" => read(&request),
            "/wait-for-callback" => wait_for_callback(request),
            "/wait-for-cancel" => wait_for_cancel(request),
            "/wait-for-child" => wait_for_child(request),
            "/wait-for-deadline" => wait_for_deadline(request),
            "/wait-for-read" => wait_for_read(request),
            "/wait-for-write" => wait_for_write(request),
            "/have-child-executed" => have_child_executed(request),
            "/write" => write(&request),
            "/write-and-hold" => write_and_hold(&request),
            _ => Status::Error,
        }
    }
}

fn thread_name() -> String {
    thread::current().name().unwrap_or("?").to_owned()
}

fn respond(request: &Request<'_>, body: &str) -> Status {
    let length = body.len().to_string();
    let fields = [("Content-Length", &*length)];
    let sent = request.send_header("200 OK", &fields);
    match sent.and_then(|()| request.write(body.as_bytes())) {
        Ok(()) => Status::Success,
        Err(_) => Status::Error,
    }
}

/// With the name of the thread.
fn answer(request: &Request<'_>) -> Status {
    respond(request, &thread_name())
}

fn write(request: &Request<'_>) -> Status {
    let length = MANY.to_string();
    let name = thread_name();
    let fields = [("Content-Length", &*length), ("X-Thread", &*name)];
    let sent = request.send_header("200 OK", &fields);
    match sent.and_then(|()| request.write(&vec![b'x'; MANY])) {
        Ok(()) => Status::Success,
        Err(_) => Status::Error,
    }
}

/// Answers with the name of the thread, and returns when the test lets it.
fn write_and_hold(request: &Request<'_>) -> Status {
    let status = answer(request);
    hold(&request.query());
    status
}

/// Answers with the name of the thread and the number of bytes that came.
fn read(request: &Request<'_>) -> Status {
    tell(&request.query());
    let mut total = request.preread().len();
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match request.read(&mut buffer) {
            Ok(0) => return respond(request, &format!("{} {total}", thread_name())),
            Ok(read) => total += read,
            Err(_) => return Status::Error,
        }
    }
}

/// Waits within the call for a write that the call has started.
fn wait_for_write(request: Request<'_>) -> Status {
    let name = thread_name();
    let fields = [("Content-Length", &*name.len().to_string())];
    if request.send_header("200 OK", &fields).is_err() {
        return Status::Error;
    }
    let (completed, completion) = mpsc::channel();
    let (pending, request) = request.into_async();
    let started = request.write(name.into_bytes(), move |request, _, _| {
        // The call listens no longer than a test waits.
        let _ = completed.send(());
        request.finish(Finish::Success);
    });
    if started.is_ok() {
        // It completes, or the client's patience is at an end as well.
        let _ = completion.recv_timeout(PATIENCE);
    }
    Status::Pending(pending)
}

/// Waits within the callback of a write for that of the next one, and answers with the name of the thread
/// that does.
fn wait_for_callback(request: Request<'_>) -> Status {
    if request
        .send_header("200 OK", &[("Connection", "close")])
        .is_err()
    {
        return Status::Error;
    }
    let query = request.query().into_owned();
    let (pending, request) = request.into_async();
    // One that does not start has lost its client, which the test notices; so it is below.
    let _ = request.write(b"in ".to_vec(), move |request, _, _| {
        let (completed, completion) = mpsc::channel();
        let name = thread_name();
        let _ = request.write(name.into_bytes(), move |request, _, _| {
            // Fails where the first callback waits no more.
            let _ = completed.send(());
            request.finish(Finish::Success);
        });
        if completion.recv_timeout(PATIENCE / 3).is_ok() {
            tell(&query);
        }
    });
    Status::Pending(pending)
}

/// Waits within the call for a read that the call has started, and answers with the name of the thread.
fn wait_for_read(request: Request<'_>) -> Status {
    let query = request.query().into_owned();
    let (completed, completion) = mpsc::channel();
    let (pending, request) = request.into_async();
    let name = thread_name();
    let started = request.read(vec![0; 1000], move |request, read, _| {
        // Fails where the call waits no more.
        let is_awaited = completed.send(()).is_ok();
        let answer = if is_awaited { &*name } else { "too late" };
        let answered = read
            .result()
            .and_then(|_| request.write_sync(answer.as_bytes()));
        request.finish(match answered {
            Ok(()) => Finish::Success,
            Err(_) => Finish::Error,
        });
    });
    tell(&query);
    if started.is_ok() {
        // The callback tells which of both it was.
        let _ = completion.recv_timeout(PATIENCE / 3);
    }
    Status::Pending(pending)
}

/// Waits within the call for a child, which answers with the name of its thread, and tells when it is
/// over.
fn wait_for_child(request: Request<'_>) -> Status {
    let query = request.query().into_owned();
    let (completed, completion) = mpsc::channel();
    let (pending, request) = request.into_async();
    let child = ExecUrl::new("/placed.dll/thread");
    let started = request.exec_url(child, move |request, _, _| {
        // The call listens no longer than a test waits.
        let _ = completed.send(());
        request.finish(Finish::Success);
    });
    if started.is_ok() && completion.recv_timeout(PATIENCE / 3).is_ok() {
        tell(&query);
    }
    Status::Pending(pending)
}

/// Waits within the call for another thread, which waits for a child that it has started.
fn have_child_executed(request: Request<'_>) -> Status {
    let query = request.query().into_owned();
    let (pending, request) = request.into_async();
    let other = thread::spawn(move || {
        let (completed, completion) = mpsc::channel();
        let child = ExecUrl::new("/placed.dll/thread");
        let started = request.exec_url(child, move |request, _, _| {
            // The thread listens no longer than a test waits.
            let _ = completed.send(());
            request.finish(Finish::Success);
        });
        started.is_ok() && completion.recv_timeout(PATIENCE / 3).is_ok()
    });
    if other.join().is_ok_and(|is_done| is_done) {
        tell(&query);
    }
    Status::Pending(pending)
}

/// Cancels a write within the call that has started it, waits for its completion, and tells when that
/// has come.
fn wait_for_cancel(request: Request<'_>) -> Status {
    let (tell, opened) = take_gate(&request.query()).expect("the test has made a gate");
    let length = MANY.to_string();
    let name = thread_name();
    let fields = [("Content-Length", &*length), ("X-Thread", &*name)];
    if request.send_header("200 OK", &fields).is_err() {
        return Status::Error;
    }
    let (completed, completion) = mpsc::channel();
    let (pending, request) = request.into_async();
    let interrupt = request.interrupt();
    let started = request.write(vec![b'x'; MANY], move |request, written, _| {
        // The call listens no longer than a test waits.
        let _ = completed.send(written.result().is_err());
        request.finish(Finish::Error);
    });
    let _ = opened.recv();
    if started.is_ok()
        && interrupt.cancel().is_ok()
        && completion.recv_timeout(PATIENCE / 3) == Ok(true)
    {
        // A test that has failed listens no more.
        let _ = tell.send(());
    }
    Status::Pending(pending)
}

/// Waits within the call for a write to fail whose client takes nothing, and tells when it has.
fn wait_for_deadline(request: Request<'_>) -> Status {
    let query = request.query().into_owned();
    let name = thread_name();
    let fields = [("X-Thread", &*name)];
    if request.send_header("200 OK", &fields).is_err() {
        return Status::Error;
    }
    let (failed, failure) = mpsc::channel();
    let (pending, request) = request.into_async();
    write_until_failure(request, failed);
    if failure.recv_timeout(PATIENCE / 3).is_ok() {
        tell(&query);
    }
    Status::Pending(pending)
}

fn write_until_failure(request: AsyncRequest, failed: mpsc::Sender<()>) {
    let bytes = vec![b'x'; MANY];
    // Where the request has ended already, it drops the sender.
    let _ = request.write(bytes, move |request, written, _| match written.result() {
        Ok(_) => write_until_failure(request, failed),
        Err(_) => {
            // The call listens no longer than a test waits.
            let _ = failed.send(());
            request.finish(Finish::Error);
        }
    });
}

type Gates = HashMap<String, (mpsc::Sender<()>, mpsc::Receiver<()>)>;

static GATES: Mutex<Option<Gates>> = Mutex::new(None);

/// A call that is held up, by the query of its request.
pub(crate) struct Gate {
    entered: mpsc::Receiver<()>,
    open: mpsc::Sender<()>,
}

impl Gate {
    pub(crate) fn new(name: &str) -> Self {
        let (tell, entered) = mpsc::channel();
        let (open, opened) = mpsc::channel();
        let mut gates = GATES.lock().unwrap();
        let gates = gates.get_or_insert_default();
        gates.insert(name.to_owned(), (tell, opened));
        Self { entered, open }
    }

    /// Waits until the call is there.
    pub(crate) fn wait(&self) {
        self.entered
            .recv_timeout(PATIENCE)
            .expect("the call is made");
    }

    /// Lets the call go on.
    pub(crate) fn open(&self) {
        self.open.send(()).expect("the call waits");
    }
}

fn take_gate(name: &str) -> Option<(mpsc::Sender<()>, mpsc::Receiver<()>)> {
    GATES.lock().unwrap().as_mut()?.remove(name)
}

fn hold(name: &str) {
    let (tell, opened) = take_gate(name).expect("the test has made a gate");
    // A test that has failed listens no more, and opens the gate by going.
    let _ = tell.send(());
    let _ = opened.recv();
}

/// Says that the call is there, and does not wait.
fn tell(name: &str) {
    if let Some((tell, _)) = take_gate(name) {
        // As above.
        let _ = tell.send(());
    }
}
