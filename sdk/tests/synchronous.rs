//! What an extension can do inside `HttpExtensionProc`.

use isapi_sdk::abi::{HSE_STATUS_ERROR, HSE_STATUS_SUCCESS};
use isapi_sdk::testing::TestHost;
use isapi_sdk::{Extension, LoadFailure, Request, Status, Win32Error};

/// Does what PATH_INFO names.
struct Worker;

impl Extension for Worker {
    const DESCRIPTION: &'static str = "Does what PATH_INFO names";

    fn load() -> Result<Worker, LoadFailure> {
        Ok(Worker)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let path = request.path_info().into_owned();
        match work(&request, &path) {
            Ok(()) => Status::Success,
            Err(_) => Status::Error,
        }
    }
}

fn work(request: &Request<'_>, path: &str) -> Result<(), Win32Error> {
    match path {
        "/describe" => {
            let text = format!(
                "{} {} {} {} {:?}",
                request.method(),
                request.query(),
                request.content_type(),
                request.path_translated().display(),
                request.total_bytes(),
            );
            request.send_header("200 OK", &[("Content-Type", "text/plain")])?;
            request.write(text.as_bytes())
        }
        "/echo" => {
            let mut body = request.preread().to_vec();
            let mut buffer = [0; 7];
            loop {
                match request.read(&mut buffer)? {
                    0 => return request.write(&body),
                    read => body.extend(&buffer[..read]),
                }
            }
        }
        "/variable" => {
            let value = request.variable(&request.query())?;
            request.write(&value)
        }
        "/redirect" => request.redirect("http://example.com/"),
        "/log" => {
            request.set_http_status(404);
            request.set_log_data(&"x".repeat(100));
            request.append_log("appended")
        }
        "/inject" => request.send_header("200 OK", &[("A", "b\r\nSet-Cookie: c")]),
        "/heads" => {
            request.send_header("200 OK", &[])?;
            request.send_header("200 OK", &[])
        }
        _ => panic!("no such work"),
    }
}

/// A host with an extension of its own: tests run at the same time.
macro_rules! host {
    () => {
        TestHost::load(isapi_sdk::entry!(Worker)).unwrap()
    };
}

#[test]
fn the_fields_of_the_block_are_given() {
    let exchange = host!()
        .post("/describe?a=1", "body")
        .content_type("text/css")
        .path_translated("/srv/describe")
        .start();
    assert_eq!(
        exchange.body_text(),
        "POST a=1 text/css /srv/describe Some(4)"
    );
    assert_eq!(exchange.status().as_deref(), Some("200 OK"));
    assert_eq!(
        exchange.header("content-type").as_deref(),
        Some("text/plain")
    );
    assert_eq!(exchange.returned(), HSE_STATUS_SUCCESS);
    assert!(exchange.refused().is_empty());
}

#[test]
fn a_body_of_unknown_length_has_no_total() {
    let exchange = host!().post("/describe", "body").unknown_length().start();
    assert!(
        exchange.body_text().ends_with("None"),
        "{}",
        exchange.body_text()
    );
}

#[test]
fn a_body_is_read_to_its_end_whatever_was_read_ahead() {
    let body: Vec<u8> = (0..=255).collect();
    for read_ahead in [0, 1, 250, 256] {
        let exchange = host!()
            .post("/echo", body.clone())
            .read_ahead(read_ahead)
            .start();
        assert_eq!(exchange.body(), body, "read ahead {read_ahead}");
    }
}

#[test]
fn a_variable_may_be_longer_than_the_first_buffer() {
    let cookie = "c".repeat(70_000);
    let host = host!();
    let exchange = host
        .get("/variable?HTTP_COOKIE")
        .variable("HTTP_COOKIE", cookie.clone())
        .start();
    assert_eq!(exchange.body_text(), cookie);
}

#[test]
fn a_value_that_fits_exactly_is_not_cut() {
    for length in [254, 255, 256] {
        let value = "v".repeat(length);
        let host = host!();
        let exchange = host
            .get("/variable?NAME")
            .variable("NAME", value.clone())
            .start();
        assert_eq!(exchange.body_text(), value);
    }
}

#[test]
fn an_unknown_variable_is_an_error() {
    assert_eq!(
        host!().get("/variable?NOBODY").start().returned(),
        HSE_STATUS_ERROR
    );
}

#[test]
fn a_redirect_names_its_target() {
    let exchange = host!().get("/redirect").start();
    assert_eq!(exchange.redirect().as_deref(), Some("http://example.com/"));
}

#[test]
fn what_is_said_for_the_log_arrives_cut_to_its_room() {
    let exchange = host!().get("/log").start();
    assert_eq!(exchange.http_status(), 404);
    assert_eq!(exchange.log_data(), "x".repeat(79));
    assert_eq!(exchange.log(), "appended");
}

#[test]
fn a_header_with_a_line_end_never_reaches_the_host() {
    let exchange = host!().get("/inject").start();
    assert_eq!(exchange.returned(), HSE_STATUS_ERROR);
    assert_eq!(exchange.status(), None);
    assert!(exchange.refused().is_empty());
}

#[test]
fn a_refused_call_gives_the_hosts_reason() {
    let exchange = host!().get("/heads").start();
    assert_eq!(exchange.returned(), HSE_STATUS_ERROR);
    assert_eq!(exchange.refused(), ["ServerSupportFunction 1016"]);
}

#[test]
fn a_panic_ends_the_request_with_an_error() {
    let exchange = host!().get("/panic").start();
    assert_eq!(exchange.returned(), HSE_STATUS_ERROR);
}
