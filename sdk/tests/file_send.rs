//! Files sent with `HSE_REQ_TRANSMIT_FILE`.

use std::fs::File;
use std::io::{Read, Seek};

use isapi_sdk::abi::{HSE_STATUS_ERROR, HSE_STATUS_SUCCESS};
use isapi_sdk::testing::TestHost;
use isapi_sdk::{AsyncRequest, Extension, FileSend, Finish, LoadFailure, Request, Status};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

/// Sends this crate's manifest in the way PATH_INFO names.
struct Sender;

impl Extension for Sender {
    const DESCRIPTION: &'static str = "Sends a file";

    fn load() -> Result<Sender, LoadFailure> {
        Ok(Sender)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let path = request.path_info().into_owned();
        let send = FileSend::new(File::open(SOURCE).unwrap());
        let headers = [("Content-Type", "text/plain")];
        let send = match path.as_str() {
            "/whole" => send.with_header("200 OK", &headers),
            "/part" => FileSend {
                offset: 10,
                length: 20,
                ..send
            },
            "/past-the-end" => FileSend {
                offset: u32::MAX,
                ..send
            },
            "/tail" => FileSend {
                length: 1,
                tail: b"tail".to_vec(),
                disconnect: true,
                ..send
            },
            "/bad-head" => send.with_header("200 OK\r\n", &headers),
            _ => unreachable!("no such send"),
        };
        let (pending, request) = request.into_async();
        transmit(request, send);
        Status::Pending(pending)
    }
}

fn transmit(request: AsyncRequest, send: FileSend) {
    let started = request.transmit_file(send, |request, completion, mut send| {
        // The file comes back open, its position where it was.
        assert_eq!(send.file.stream_position().unwrap(), 0);
        let mut first = [0];
        send.file.read_exact(&mut first).unwrap();
        request.finish(match completion.result() {
            Ok(_) => Finish::Success,
            Err(_) => Finish::Error,
        });
    });
    if let Err(refused) = started {
        assert!(refused.payload.file.metadata().is_ok());
    }
}

/// Asks an extension of the test's own: tests run at the same time.
macro_rules! send {
    ($path:literal) => {
        TestHost::load(isapi_sdk::entry!(Sender))
            .unwrap()
            .get($path)
            .start()
            .finish()
    };
}

fn source() -> Vec<u8> {
    std::fs::read(SOURCE).unwrap()
}

#[test]
fn a_whole_file_goes_out_with_its_head() {
    let exchange = send!("/whole");
    assert_eq!(exchange.status().as_deref(), Some("200 OK"));
    assert_eq!(
        exchange.header("Content-Type").as_deref(),
        Some("text/plain")
    );
    assert_eq!(exchange.body(), source());
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
}

#[test]
fn a_range_of_a_file_goes_out() {
    assert_eq!(send!("/part").body(), source()[10..30]);
}

#[test]
fn a_tail_follows_and_the_connection_is_closed() {
    let exchange = send!("/tail");
    assert_eq!(exchange.body(), [&source()[..1], b"tail"].concat());
    assert!(exchange.is_disconnected());
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
}

#[test]
fn a_range_past_the_end_is_refused_by_the_host() {
    let exchange = send!("/past-the-end");
    assert_eq!(exchange.refused(), ["ServerSupportFunction 1006"]);
    assert_eq!(exchange.ended(), Some(HSE_STATUS_ERROR));
}

#[test]
fn a_head_with_a_line_end_is_refused_before_the_host_sees_it() {
    let exchange = send!("/bad-head");
    assert!(exchange.refused().is_empty());
    assert_eq!(exchange.ended(), Some(HSE_STATUS_ERROR));
}
