//! Closing connections and breaking operations off.

mod common;

use std::sync::Mutex;
use std::thread;

use isapi_sdk::abi::{HSE_STATUS_ERROR, HSE_STATUS_SUCCESS};
use isapi_sdk::{AsyncRequest, Finish, Interrupt, Win32Error};

/// Reads, and ends the request with an error that is the expected one, else with success.
fn read_and_expect(request: AsyncRequest, error: Win32Error) {
    let started = request.read(vec![0; 10], move |request, completion, _| {
        request.finish(if completion.error() == Some(error) {
            Finish::Error
        } else {
            Finish::Success
        });
    });
    assert!(started.is_ok());
}

/// A host whose requests wait for the body, and the interrupt of the last one.
macro_rules! waiting {
    ($error:expr) => {{
        static INTERRUPT: Mutex<Option<Interrupt>> = Mutex::new(None);

        let host = working_on!(|request| {
            *INTERRUPT.lock().unwrap() = Some(request.interrupt());
            read_and_expect(request, $error);
        });
        let exchange = host.post("/", "body").read_ahead(0).start();
        let interrupt = INTERRUPT.lock().unwrap().take().unwrap();
        (exchange, interrupt)
    }};
}

#[test]
fn a_cancelled_operation_completes_as_aborted() {
    let (exchange, interrupt) = waiting!(Win32Error::OPERATION_ABORTED);
    assert_eq!(interrupt.cancel(), Ok(()));
    assert!(exchange.is_pending(), "the callback is called by the host");
    assert!(exchange.complete());
    assert_eq!(exchange.ended(), Some(HSE_STATUS_ERROR));
}

#[test]
fn an_operation_on_a_closed_connection_completes_with_its_code() {
    let (exchange, interrupt) = waiting!(Win32Error::NETNAME_DELETED);
    assert_eq!(interrupt.close_connection(), Ok(()));
    assert_eq!(interrupt.cancel(), Ok(()), "the first cause stays");
    assert!(exchange.complete());
    assert!(exchange.is_closed());
    assert_eq!(exchange.ended(), Some(HSE_STATUS_ERROR));
}

#[test]
fn an_interrupt_of_a_request_that_has_ended_never_reaches_the_host() {
    let (exchange, interrupt) = waiting!(Win32Error::OPERATION_ABORTED);
    let other = interrupt.clone();
    assert!(exchange.complete());
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS), "nobody asked");
    let refused = Err(Win32Error::INVALID_PARAMETER);
    assert_eq!(interrupt.cancel(), refused);
    assert_eq!(other.close_connection(), refused);
    assert!(exchange.refused().is_empty());
}

#[test]
fn interrupts_from_other_threads_and_the_end_may_come_at_once() {
    for _ in 0..200 {
        let (exchange, interrupt) = waiting!(Win32Error::OPERATION_ABORTED);
        let thread = thread::spawn(move || {
            while interrupt.cancel().is_ok() {
                thread::yield_now();
            }
        });
        assert!(exchange.complete());
        thread.join().unwrap();
        assert!(exchange.is_ended());
        assert!(exchange.refused().is_empty());
    }
}

#[test]
fn a_connection_is_closed_with_nothing_pending() {
    let host = answering!(|request| {
        assert_eq!(request.is_connected(), Ok(true));
        assert_eq!(request.close_connection(), Ok(()));
        assert_eq!(request.is_connected(), Ok(false));
        assert_eq!(request.write(b"x"), Err(Win32Error::NETNAME_DELETED));
        String::new()
    });
    let exchange = host.get("/").start();
    assert_eq!(exchange.returned(), HSE_STATUS_SUCCESS, "a check failed");
    assert!(exchange.is_closed());
    assert_eq!(exchange.body_text(), "");
    assert!(exchange.refused().is_empty());
}

#[test]
fn a_reset_may_be_asked_for() {
    let host = answering!(|request| format!("{:?}", request.abortive_close()));
    let exchange = host.get("/").start();
    assert_eq!(exchange.body_text(), "Ok(())");
    assert!(!exchange.is_closed());
}
