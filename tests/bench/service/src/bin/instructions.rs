//! Does one thing many times, for a profiler that counts instructions: what two runs with different
//! numbers differ in is what the thing costs.
//!
//! ```text
//! isapi-bench-instructions session|hello|async-hello TIMES
//! ```
//!
//! `session` drives the session machine through a synchronous hello; `hello` is the whole request
//! through the service, with a runtime of one thread, and `async-hello` one whose answer is written
//! asynchronously.

use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use isapi_bench_service::{ASYNC_PATH, PATH, hello, hello_service, one_thread};
use isapi_core::request_head::{RequestHead, RequestHeadParts};
use isapi_core::response_head::ResponseHead;
use isapi_core::session::{Outcome, Output, ProcReturn, ProcStatus, Session, SessionConfig};
use isapi_sdk::abi::HSE_REQ_SEND_RESPONSE_HEADER_EX;

const FIELDS: &[u8] = b"Content-Type: text/plain; charset=utf-8\r\nContent-Length: 17\r\n\r\n";
const BODY: &[u8] = b"Hello from ISAPI\n";

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments {
        ["session", times] => sessions(times.parse()?),
        ["hello", times] => hellos(PATH, times.parse()?),
        ["async-hello", times] => hellos(ASYNC_PATH, times.parse()?),
        _ => Err("usage: isapi-bench-instructions session|hello|async-hello TIMES".into()),
    }
}

fn sessions(times: usize) -> Result<(), Box<dyn Error>> {
    let mut headers = HeaderMap::new();
    headers.insert("host", HeaderValue::from_static("127.0.0.1"));
    let head = Arc::new(RequestHead::new(RequestHeadParts {
        target: PATH.into(),
        headers,
        ..RequestHeadParts::default()
    })?);
    let config = SessionConfig::default();
    let now = Instant::now();
    for _ in 0..times {
        session(&head, config, now);
    }
    Ok(())
}

/// One request's life: the call, the head, one synchronous write, the return.
fn session(head: &Arc<RequestHead>, config: SessionConfig, now: Instant) {
    let mut session = Session::new(head.clone(), config, now);
    drain(&mut session);
    let (head, length) =
        ResponseHead::from_header_call(Some(b"200 OK"), FIELDS).expect("the head is well formed");
    let body = Bytes::copy_from_slice(&FIELDS[length..]);
    let answer =
        session.send_response_header(now, HSE_REQ_SEND_RESPONSE_HEADER_EX, head, body, true);
    black_box(answer).expect("no head was sent before");
    drain(&mut session);
    let answer = session.write_client(now, BODY);
    assert_eq!(black_box(answer), Ok(Outcome::Done(BODY.len())));
    drain(&mut session);
    session.handle_data_taken(now, None, BODY.len() as u64);
    drain(&mut session);
    let returned = ProcReturn {
        status: ProcStatus::Success,
        http_status: 200,
    };
    session.handle_proc_return(now, returned);
    assert!(drain(&mut session), "the session has ended");
}

/// Takes all outputs; whether the end was among them.
fn drain(session: &mut Session) -> bool {
    let mut has_finished = false;
    while let Some(output) = black_box(session.poll_output()) {
        has_finished |= matches!(output, Output::Finished(_));
    }
    has_finished
}

fn hellos(path: &'static str, times: usize) -> Result<(), Box<dyn Error>> {
    let runtime = one_thread()?;
    let mut service = {
        let _entered = runtime.enter();
        hello_service()?
    };
    // On the runtime's own thread, like a connection: no request goes from thread to thread.
    let requests = runtime.spawn(async move {
        for _ in 0..times {
            hello(&mut service, path).await;
        }
    });
    runtime.block_on(requests)?;
    Ok(())
}
