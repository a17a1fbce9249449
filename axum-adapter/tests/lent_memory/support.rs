//! An extension that writes asynchronously and spoils its buffer as soon as it has it back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Extension as Shared, Request as HttpRequest};
use axum::middleware::{self, Next};
use axum::response::Response;
use isapi_axum::connection::Connection;
use isapi_sdk::{
    AsyncRequest, Extension, Finish, Interrupt, LoadFailure, Request, Status, VectorSend,
};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::timeout;

pub(crate) const MIB: usize = 1024 * 1024;

/// Nothing in this time is a failed test, not a slow one.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the extension does for one request.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// How many writes, each begun by the completion of the one before.
    pub(crate) writes: u8,
    /// The length of each.
    pub(crate) length: usize,
    /// Whether the head says how long they are together.
    pub(crate) sized: bool,
    /// `HSE_REQ_VECTOR_SEND` instead of `WriteClient`.
    pub(crate) vector: bool,
}

impl Plan {
    pub(crate) const ONE_MIB: Self = Self {
        writes: 1,
        length: MIB,
        sized: true,
        vector: false,
    };
}

/// How a write ended: bytes and error, 0 for none.
pub(crate) type Outcome = (usize, u32);

/// What a test sees of the extension.
pub(crate) struct Watch {
    outcomes: UnboundedReceiver<Outcome>,
    interrupts: UnboundedReceiver<Interrupt>,
}

impl Watch {
    pub(crate) async fn outcome(&mut self) -> Outcome {
        let outcome = timeout(PATIENCE, self.outcomes.recv()).await;
        outcome
            .expect("no write completes")
            .expect("the request is there")
    }

    /// No write has completed since the last one that was waited for.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.outcomes.try_recv().is_err()
    }

    pub(crate) async fn interrupt(&mut self) -> Interrupt {
        let interrupt = timeout(PATIENCE, self.interrupts.recv()).await;
        interrupt.expect("no call").expect("the request is there")
    }
}

struct Script {
    plan: Plan,
    outcomes: UnboundedSender<Outcome>,
    interrupts: UnboundedSender<Interrupt>,
}

static SCRIPTS: Mutex<Option<HashMap<String, Arc<Script>>>> = Mutex::new(None);

/// Has requests with the query `name` served like that; every test has a name of its own.
pub(crate) fn plan(name: &str, plan: Plan) -> Watch {
    let (outcomes, outcomes_seen) = unbounded_channel();
    let (interrupts, interrupts_seen) = unbounded_channel();
    let script = Arc::new(Script {
        plan,
        outcomes,
        interrupts,
    });
    let mut scripts = SCRIPTS.lock().unwrap();
    scripts
        .get_or_insert_default()
        .insert(name.to_owned(), script);
    Watch {
        outcomes: outcomes_seen,
        interrupts: interrupts_seen,
    }
}

/// The bytes of the write with this number.
pub(crate) fn content(number: u8, length: usize) -> Vec<u8> {
    let pattern: Vec<u8> = (number..251).chain(0..number).collect();
    let mut content = pattern.repeat(length.div_ceil(251));
    content.truncate(length);
    content
}

/// The body of a whole response.
pub(crate) fn whole(plan: Plan) -> Vec<u8> {
    let contents = (0..plan.writes).map(|number| content(number, plan.length));
    contents.collect::<Vec<_>>().concat()
}

pub(crate) struct Writer;

impl Extension for Writer {
    const DESCRIPTION: &'static str = "Writes asynchronously";

    fn load() -> Result<Self, LoadFailure> {
        Ok(Self)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let name = request.query().into_owned();
        let scripts = SCRIPTS.lock().unwrap();
        let script = scripts.as_ref().and_then(|scripts| scripts.get(&name));
        let script = Arc::clone(script.expect("the test has planned this request"));
        drop(scripts);
        let total = usize::from(script.plan.writes) * script.plan.length;
        let total = total.to_string();
        let length = ("Content-Length", &*total);
        let fields = if script.plan.sized {
            &[length][..]
        } else {
            &[]
        };
        request.send_header("200 OK", fields).unwrap();
        let (pending, request) = request.into_async();
        // A test that does not interrupt does not listen.
        let _ = script.interrupts.send(request.interrupt());
        write(request, script, 0);
        Status::Pending(pending)
    }
}

fn write(request: AsyncRequest, script: Arc<Script>, number: u8) {
    let Plan {
        writes,
        length,
        vector,
        ..
    } = script.plan;
    if number == writes {
        return request.finish(Finish::Success);
    }
    let data = content(number, length);
    if vector {
        let (first, second) = data.split_at(length / 2);
        let vector = VectorSend::new()
            .memory(first.to_vec())
            .memory(second.to_vec());
        let started = request.vector_send(vector, move |request, completion, vector| {
            drop(vector);
            let error = completion.error().map_or(0, |error| error.code());
            let _ = script.outcomes.send((completion.bytes(), error));
            write(request, script, number + 1);
        });
        return started.unwrap_or_else(|refused| panic!("refused: {:?}", refused.error));
    }
    let _ = request.write(data, move |request, completion, mut data| {
        data.fill(b'!');
        drop(data);
        let error = completion.error().map_or(0, |error| error.code());
        let _ = script.outcomes.send((completion.bytes(), error));
        match error {
            0 => write(request, script, number + 1),
            _ => request.finish(Finish::Error),
        }
    });
}

/// The connections of the requests that came.
#[derive(Clone, Default)]
pub(crate) struct Connections(Arc<Mutex<Vec<Connection>>>);

impl Connections {
    pub(crate) fn last(&self) -> Connection {
        self.0.lock().unwrap().last().expect("a request").clone()
    }
}

/// Notes the connections; outermost, where it sees no body.
pub(crate) fn noting(app: Router) -> (Router, Connections) {
    let connections = Connections::default();
    let app = app
        .layer(middleware::from_fn(note))
        .layer(Shared(connections.clone()));
    (app, connections)
}

async fn note(
    Shared(connections): Shared<Connections>,
    request: HttpRequest,
    next: Next,
) -> Response {
    if let Some(connection) = request.extensions().get::<Connection>() {
        connections.0.lock().unwrap().push(connection.clone());
    }
    next.run(request).await
}

/// A request for the plan of this name.
pub(crate) fn get(name: &str) -> String {
    format!("GET /writer.dll?{name} HTTP/1.1\r\nHost: a\r\n\r\n")
}

/// The same, of a client that wants one response and no more.
pub(crate) fn get_once(name: &str) -> String {
    format!("GET /writer.dll?{name} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
}

/// The body of a response in chunks.
pub(crate) fn unchunked(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let line = chunks
            .windows(2)
            .position(|window| window == b"\r\n")
            .unwrap();
        let size = std::str::from_utf8(&chunks[..line]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        chunks = &chunks[line + 2..];
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&chunks[..size]);
        chunks = &chunks[size + 2..];
    }
}
