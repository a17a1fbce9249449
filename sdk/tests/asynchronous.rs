//! Requests that outlive `HttpExtensionProc`.

use std::sync::mpsc;
use std::thread;

use isapi_sdk::abi::{
    HSE_STATUS_ERROR, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS, HSE_STATUS_SUCCESS_AND_KEEP_CONN,
};
use isapi_sdk::testing::TestHost;
use isapi_sdk::{AsyncRequest, Extension, Finish, LoadFailure, Request, Status, Win32Error};

/// Writes so many chunks one after the other, each from the callback of the one before.
const CHAIN: usize = 100_000;

/// Does what PATH_INFO names.
struct Worker;

impl Extension for Worker {
    const DESCRIPTION: &'static str = "Does what PATH_INFO names";

    fn load() -> Result<Worker, LoadFailure> {
        Ok(Worker)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let path = request.path_info().into_owned();
        let (pending, request) = request.into_async();
        match path.as_str() {
            "/write" => write_and_finish(request),
            "/chain" => chain(request, CHAIN),
            "/read" => read_all(request, Vec::new()),
            "/drop" => drop(request),
            "/keep" => request.finish(Finish::SuccessAndKeepConn),
            "/panic" => panic!("with the request in hand"),
            "/panic-in-callback" => {
                let _ = request.write(b"x".to_vec(), |_request, _, _| panic!("in the callback"));
            }
            "/forget-pending" => {
                request.finish(Finish::Success);
                return Status::Success;
            }
            "/thread" => finish_on_another_thread(request),
            _ => unreachable!("no such work"),
        }
        Status::Pending(pending)
    }
}

fn write_and_finish(request: AsyncRequest) {
    let started = request.write(b"written".to_vec(), |request, completion, data| {
        let ending = match completion.result() {
            Ok(bytes) if bytes == data.len() => Finish::Success,
            _ => Finish::Error,
        };
        request.finish(ending);
    });
    if let Err(refused) = started {
        assert_eq!(refused.error, Win32Error::INVALID_PARAMETER);
        let sent = refused.request.write_sync(&refused.payload);
        refused.request.finish(if sent.is_ok() {
            Finish::Success
        } else {
            Finish::Error
        });
    }
}

fn chain(request: AsyncRequest, left: usize) {
    if left == 0 {
        return request.finish(Finish::Success);
    }
    let _ = request.write(b".".to_vec(), move |request, _, _| chain(request, left - 1));
}

fn read_all(request: AsyncRequest, mut body: Vec<u8>) {
    let _ = request.read(
        vec![0; 100],
        move |request, completion, buffer| match completion.result() {
            Ok(0) => {
                let text = format!("{} bytes", body.len());
                let sent = request.write_sync(text.as_bytes());
                request.finish(if sent.is_ok() {
                    Finish::Success
                } else {
                    Finish::Error
                });
            }
            Ok(bytes) => {
                body.extend(&buffer[..bytes]);
                read_all(request, body);
            }
            Err(_) => request.finish(Finish::Error),
        },
    );
}

/// The session has ended before the call returns.
fn finish_on_another_thread(request: AsyncRequest) {
    let (ended, has_ended) = mpsc::channel();
    thread::spawn(move || {
        request.finish(Finish::Success);
        ended.send(()).unwrap();
    });
    has_ended.recv().unwrap();
}

/// A host with an extension of its own: tests run at the same time.
macro_rules! host {
    () => {
        TestHost::load(isapi_sdk::entry!(Worker)).unwrap()
    };
}

#[test]
fn a_write_is_sent_when_it_completes_and_its_callback_ends_the_request() {
    let exchange = host!().get("/write").start();
    assert_eq!(exchange.returned(), HSE_STATUS_PENDING);
    assert!(exchange.is_pending());
    assert_eq!(exchange.body(), b"");

    assert!(exchange.complete());
    assert_eq!(exchange.body(), b"written");
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
    assert!(exchange.refused().is_empty());
}

#[test]
fn a_failed_operation_says_so_to_its_callback() {
    let exchange = host!().get("/write").start();
    assert!(exchange.fail(Win32Error::OPERATION_ABORTED));
    assert_eq!(exchange.ended(), Some(HSE_STATUS_ERROR));
}

#[test]
fn a_refused_start_gives_request_and_buffer_back() {
    let exchange = host!().get("/write").refuse_operations().start();
    assert!(!exchange.is_pending());
    assert_eq!(exchange.body(), b"written");
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
}

#[test]
fn a_callback_may_start_the_next_operation_for_ever() {
    let exchange = host!().get("/chain").start().finish();
    assert_eq!(exchange.body().len(), CHAIN);
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
    assert!(exchange.refused().is_empty());
}

#[test]
fn reads_give_the_body_after_the_preread_part() {
    let exchange = host!()
        .post("/read", vec![7; 1050])
        .read_ahead(50)
        .start()
        .finish();
    assert_eq!(exchange.body_text(), "1000 bytes");
}

#[test]
fn a_request_dropped_unfinished_ends_with_an_error() {
    let exchange = host!().get("/drop").start();
    assert_eq!(exchange.returned(), HSE_STATUS_PENDING);
    assert_eq!(exchange.ended(), Some(HSE_STATUS_ERROR));
    assert!(exchange.refused().is_empty());
}

#[test]
fn the_way_a_request_is_finished_reaches_the_host() {
    let exchange = host!().get("/keep").start();
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS_AND_KEEP_CONN));
}

#[test]
fn a_panic_with_the_request_in_hand_ends_it_once() {
    let exchange = host!().get("/panic").start();
    assert_eq!(exchange.returned(), HSE_STATUS_PENDING);
    assert_eq!(exchange.ended(), Some(HSE_STATUS_ERROR));
    assert!(exchange.refused().is_empty());
}

#[test]
fn a_panic_in_a_callback_ends_the_request_once() {
    let exchange = host!().get("/panic-in-callback").start();
    assert!(exchange.complete());
    assert_eq!(exchange.ended(), Some(HSE_STATUS_ERROR));
    assert!(exchange.refused().is_empty());
}

#[test]
fn a_call_that_made_its_request_asynchronous_is_pending_whatever_it_returns() {
    let exchange = host!().get("/forget-pending").start();
    assert_eq!(exchange.returned(), HSE_STATUS_PENDING);
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
    assert!(exchange.refused().is_empty());
}

#[test]
fn a_request_may_end_on_another_thread_before_the_call_returns() {
    let exchange = host!().get("/thread").start();
    assert_eq!(exchange.returned(), HSE_STATUS_PENDING);
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
}
