//! Worlds to explore: each allows a few things so often, in every order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::{HeaderMap, HeaderValue, Method, header};
use isapi_core::request_head::{BodyLength, RequestHead, RequestHeadParts};
use isapi_core::session::SessionConfig;

use crate::input::{ChildAs, DoneWith, HeaderOf, Input, ReturnWith, TransmitAs, VectorAs};
use crate::world::World;

/// The ways for the extension and the client to bring a request to its end.
const ENDS: [(Input, u8); 8] = [
    (Input::Done(DoneWith::Error), 1),
    (Input::Done(DoneWith::Success), 2),
    (Input::ProcReturn(ReturnWith::Error), 1),
    (Input::ProcReturn(ReturnWith::Panic), 1),
    (Input::ProcReturn(ReturnWith::Pending), 1),
    (Input::ProcReturn(ReturnWith::Success), 1),
    (Input::ResponseDropped, 1),
    (Input::Timeout, 1),
];

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    method: Method,
    body: BodyLength,
    chunks: &'static [&'static [u8]],
    read_ahead: u64,
    expect: bool,
    inputs: &'static [(Input, u8)],
}

pub(crate) const ALL: [Scenario; 15] = [
    Scenario {
        name: "two asynchronous writes",
        method: Method::GET,
        body: BodyLength::None,
        chunks: &[],
        read_ahead: 49152,
        expect: false,
        inputs: &[
            (Input::IoCompletion(true), 1),
            (Input::WriteClientAsync(b"ab"), 2),
            (Input::CompletionPanicked, 1),
            (Input::CancelIo, 1),
            (Input::CloseConnection, 1),
            (Input::AppendLog, 1),
            (Input::IsConnected, 1),
            (Input::IsKeepConn, 1),
        ],
    },
    Scenario {
        name: "two asynchronous reads of two chunks",
        method: Method::POST,
        body: BodyLength::Known(6),
        chunks: &[b"abcd", b"ef"],
        read_ahead: 0,
        expect: false,
        inputs: &[
            (Input::IoCompletion(true), 1),
            (Input::ReadClientAsync, 2),
            (Input::CompletionPanicked, 1),
            (Input::CancelIo, 1),
            (Input::BodyCut, 1),
        ],
    },
    Scenario {
        name: "an asynchronous read and an asynchronous write, closed by the extension",
        method: Method::POST,
        body: BodyLength::Unknown,
        chunks: &[b"ab", b"cd"],
        read_ahead: 0,
        expect: true,
        inputs: &[
            (Input::IoCompletion(true), 1),
            (Input::IoCompletion(false), 1),
            (Input::ReadClientAsync, 1),
            (Input::WriteClientAsync(b"ab"), 1),
            (Input::CloseConnection, 1),
        ],
    },
    Scenario {
        name: "read-ahead and synchronous reads",
        method: Method::POST,
        body: BodyLength::Known(6),
        chunks: &[b"abcd", b"ef"],
        read_ahead: 2,
        expect: false,
        inputs: &[
            (Input::ReadClient, 3),
            (Input::BodyCut, 1),
            (Input::GetServerVariable, 1),
            (Input::InvokeFailed, 1),
        ],
    },
    Scenario {
        name: "a file and then the body",
        method: Method::POST,
        body: BodyLength::Unknown,
        chunks: &[b"ab"],
        read_ahead: 0,
        expect: false,
        inputs: &[
            (Input::IoCompletion(true), 1),
            (Input::TransmitFile(TransmitAs::Final), 1),
            (Input::ReadClient, 1),
            (Input::ReadClientAsync, 1),
            (Input::BodyTooLarge, 1),
        ],
    },
    Scenario {
        name: "read-ahead of two chunks of unknown length",
        method: Method::POST,
        body: BodyLength::Unknown,
        chunks: &[b"ab", b"cd"],
        read_ahead: 3,
        expect: false,
        inputs: &[
            (Input::ReadClient, 2),
            (Input::BodyCut, 1),
            (Input::BodyTooLarge, 1),
            (Input::WriteClient(b"ab"), 1),
        ],
    },
    Scenario {
        name: "synchronous writes with a length",
        method: Method::GET,
        body: BodyLength::None,
        chunks: &[],
        read_ahead: 49152,
        expect: false,
        inputs: &[
            (Input::SendHeader(HeaderOf::Length(3)), 2),
            (Input::WriteClient(b"ab"), 3),
            (Input::Redirect, 1),
            (Input::SendHeader(HeaderOf::NoContent), 1),
            (Input::ProcReturn(ReturnWith::Unknown), 1),
        ],
    },
    Scenario {
        name: "to HEAD",
        method: Method::HEAD,
        body: BodyLength::None,
        chunks: &[],
        read_ahead: 49152,
        expect: false,
        inputs: &[
            (Input::IoCompletion(true), 1),
            (Input::SendHeader(HeaderOf::Open), 1),
            (Input::WriteClient(b"ab"), 1),
            (Input::WriteClientAsync(b"ab"), 1),
            (Input::TransmitFile(TransmitAs::Plain), 1),
        ],
    },
    Scenario {
        name: "files",
        method: Method::GET,
        body: BodyLength::None,
        chunks: &[],
        read_ahead: 49152,
        expect: false,
        inputs: &[
            (Input::IoCompletion(true), 1),
            (Input::TransmitFile(TransmitAs::Disconnect), 1),
            (Input::TransmitFile(TransmitAs::Final), 1),
            (Input::TransmitFile(TransmitAs::WithHead), 1),
            (Input::TransferFailed, 1),
        ],
    },
    Scenario {
        name: "vectors",
        method: Method::GET,
        body: BodyLength::None,
        chunks: &[],
        read_ahead: 49152,
        expect: false,
        inputs: &[
            (Input::IoCompletion(true), 1),
            (Input::VectorSend(VectorAs::WithHead), 1),
            (Input::VectorSend(VectorAs::Final), 1),
            (Input::VectorSendAsync(VectorAs::Plain), 1),
            (Input::VectorSendAsync(VectorAs::Final), 1),
            (Input::TransferFailed, 1),
        ],
    },
    Scenario {
        name: "a response that is held back",
        method: Method::GET,
        body: BodyLength::None,
        chunks: &[],
        read_ahead: 49152,
        expect: false,
        inputs: &[
            (Input::IoCompletion(true), 1),
            (Input::SendHeader(HeaderOf::Length(5)), 1),
            (Input::WriteClient(b"ab"), 2),
            (Input::WriteClientAsync(b"ab"), 1),
            (Input::SetFlushFlag, 1),
        ],
    },
    Scenario {
        name: "a child that reads the parent's body",
        method: Method::POST,
        body: BodyLength::Known(4),
        chunks: &[b"ab", b"cd"],
        read_ahead: 2,
        expect: false,
        inputs: &[
            (Input::IoCompletion(true), 1),
            (Input::ExecUrl(ChildAs::Reader), 1),
            (Input::ChildHead(HeaderOf::Length(3)), 1),
            (Input::ChildData(b"ab"), 1),
            (Input::ChildCut, 1),
            (Input::ChildReads, 2),
            (Input::CancelIo, 1),
        ],
    },
    Scenario {
        name: "a child between writes",
        method: Method::GET,
        body: BodyLength::None,
        chunks: &[],
        read_ahead: 49152,
        expect: false,
        inputs: &[
            (Input::IoCompletion(true), 1),
            (Input::WriteClient(b"ab"), 1),
            (Input::ExecUrl(ChildAs::NoHeaders), 1),
            (Input::ExecUrlStatus, 1),
            (Input::ChildHead(HeaderOf::Open), 1),
            (Input::ChildData(b"ab"), 2),
            (Input::CloseConnection, 1),
        ],
    },
    Scenario {
        name: "a head written raw",
        method: Method::GET,
        body: BodyLength::None,
        chunks: &[],
        read_ahead: 49152,
        expect: false,
        inputs: &[
            (Input::IoCompletion(true), 1),
            (Input::WriteClient(b"HTT"), 1),
            (Input::WriteClient(b"P/1.1 200 OK\r\n"), 1),
            (Input::WriteClient(b"\r\nab"), 1),
            (
                Input::WriteClientAsync(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"),
                1,
            ),
        ],
    },
    Scenario {
        name: "chunks of the extension's own",
        method: Method::GET,
        body: BodyLength::None,
        chunks: &[],
        read_ahead: 49152,
        expect: false,
        inputs: &[
            (Input::SendHeader(HeaderOf::Chunked), 1),
            (Input::WriteClient(b"2\r\nab\r\n"), 1),
            (Input::WriteClient(b"0\r\n\r\n"), 1),
            (Input::WriteClient(b"zz"), 1),
            (Input::Done(DoneWith::Unknown), 1),
        ],
    },
];

impl Scenario {
    pub(crate) fn world(&self) -> World {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("example"));
        if self.expect {
            headers.insert(header::EXPECT, HeaderValue::from_static("100-continue"));
        }
        let head = RequestHead::new(RequestHeadParts {
            method: self.method.clone(),
            target: "/probe.dll".into(),
            headers,
            body: self.body,
            ..RequestHeadParts::default()
        })
        .expect("a good head");
        let config = SessionConfig {
            read_ahead: self.read_ahead,
            read_timeout: Duration::from_secs(60),
            write_timeout: Duration::from_secs(60),
            send_buffer: if self.name.contains("raw") || self.name.contains("chunks of") {
                64
            } else {
                3
            },
            response_buffer_limit: if self.name.contains("held back") {
                3
            } else {
                0
            },
            ..SessionConfig::default()
        };
        let budget: Vec<(Input, u8)> = ENDS.iter().chain(self.inputs).copied().collect();
        World::new(Arc::new(head), config, Instant::now(), self.chunks, &budget)
    }
}
