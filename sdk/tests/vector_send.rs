//! Vectors: head, memory and files in one call.

mod common;

use std::fs::File;

use isapi_sdk::abi::{
    HSE_IO_ASYNC, HSE_IO_DISCONNECT_AFTER_SEND, HSE_IO_FINAL_SEND, HSE_IO_SEND_HEADERS,
    HSE_IO_SYNC, HSE_STATUS_ERROR, HSE_STATUS_SUCCESS,
};
use isapi_sdk::testing::SentVector;
use isapi_sdk::{AsyncRequest, Finish, VectorSend, Win32Error};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

fn source() -> Vec<u8> {
    std::fs::read(SOURCE).unwrap()
}

fn file() -> File {
    File::open(SOURCE).unwrap()
}

fn finish(request: AsyncRequest, outcome: Result<usize, Win32Error>) {
    request.finish(match outcome {
        Ok(_) => Finish::Success,
        Err(_) => Finish::Error,
    });
}

#[test]
fn head_memory_and_files_go_out_in_order() {
    let host = answering!(|request| {
        let vector = VectorSend::new()
            .with_header("201 Created", &[("A", "b")])
            .memory("before")
            .file(file())
            .memory("")
            .file_range(file(), 1, 7)
            .memory("after");
        request.vector_send(&vector).unwrap();
        String::new()
    });
    let exchange = host.get("/").start();
    let parts = vec![
        b"before".to_vec(),
        source(),
        source()[1..8].to_vec(),
        b"after".to_vec(),
    ];
    assert_eq!(exchange.status().as_deref(), Some("201 Created"));
    assert_eq!(exchange.header("a").as_deref(), Some("b"));
    assert_eq!(exchange.body(), parts.concat());
    let sent = SentVector {
        flags: HSE_IO_SYNC | HSE_IO_SEND_HEADERS,
        status: Some("201 Created".to_owned()),
        parts,
    };
    assert_eq!(exchange.vectors(), [sent]);
    assert!(exchange.refused().is_empty());
}

#[test]
fn a_vector_may_be_sent_again() {
    let host = answering!(|request| {
        let vector = VectorSend::new().memory("x").file_range(file(), 0, 1);
        request.vector_send(&vector).unwrap();
        request.vector_send(&vector).unwrap();
        String::new()
    });
    let exchange = host.get("/").start();
    assert_eq!(exchange.body_text(), "x[x[");
}

#[test]
fn nothing_follows_the_last_vector() {
    for (path, flags) in [
        ("/last", HSE_IO_FINAL_SEND),
        ("/disconnect", HSE_IO_DISCONNECT_AFTER_SEND),
    ] {
        let host = answering!(|request| {
            let vector = VectorSend::new().memory("x");
            let vector = match &*request.path_info() {
                "/last" => vector.last(),
                _ => vector.disconnect(),
            };
            request.vector_send(&vector).unwrap();
            let refused = request.vector_send(&VectorSend::new().memory("y"));
            assert_eq!(refused, Err(Win32Error::INVALID_PARAMETER));
            "z".to_owned()
        });
        let exchange = host.get(path).start();
        assert_eq!(exchange.body_text(), "x", "{path}");
        assert_eq!(exchange.vectors()[0].flags, HSE_IO_SYNC | flags, "{path}");
        let refused = ["ServerSupportFunction 1037", "WriteClient"];
        assert_eq!(exchange.refused(), refused, "{path}");
    }
}

#[test]
fn a_second_head_and_a_range_past_the_end_are_refused_by_the_host() {
    let host = answering!(|request| {
        request.send_header("200 OK", &[]).unwrap();
        for vector in [
            VectorSend::new().with_header("200 OK", &[]),
            VectorSend::new().file_range(file(), u64::MAX, 1),
            VectorSend::new().file_range(file(), 1, u64::MAX),
        ] {
            let refused = request.vector_send(&vector);
            assert_eq!(refused, Err(Win32Error::INVALID_PARAMETER));
        }
        String::new()
    });
    let exchange = host.get("/").start();
    assert_eq!(exchange.returned(), HSE_STATUS_SUCCESS, "a check failed");
    assert_eq!(exchange.refused(), ["ServerSupportFunction 1037"; 3]);
    assert!(exchange.vectors().is_empty());
}

#[test]
fn a_head_with_a_line_end_never_reaches_the_host() {
    let host = working_on!(|request| {
        let vector = VectorSend::new().with_header("200 OK", &[("A", "b\r\nC: d")]);
        let sync = request.vector_send_sync(&vector);
        assert_eq!(sync, Err(Win32Error::INVALID_PARAMETER));
        let refused = request.vector_send(vector, |_, _, _| unreachable!());
        refused.unwrap_err().request.finish(Finish::Success);
    });
    let exchange = host.get("/").start();
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
    assert!(exchange.refused().is_empty());
}

#[test]
fn an_asynchronous_vector_is_sent_when_it_completes() {
    let host = working_on!(|request| {
        let vector = VectorSend::new()
            .with_header("200 OK", &[])
            .memory("a".repeat(100_000))
            .file(file());
        let started = request.vector_send(vector, |request, completion, _vector| {
            assert_eq!(completion.bytes(), 100_000 + source().len());
            finish(request, completion.result());
        });
        assert!(started.is_ok());
    });
    let exchange = host.get("/").start();
    assert!(exchange.is_pending());
    assert!(exchange.vectors().is_empty());
    assert_eq!(exchange.status(), None);

    assert!(exchange.complete());
    let flags = HSE_IO_ASYNC | HSE_IO_SEND_HEADERS;
    assert_eq!(exchange.vectors()[0].flags, flags);
    assert_eq!(exchange.status().as_deref(), Some("200 OK"));
    assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
}

#[test]
fn a_refused_vector_comes_back_and_a_failed_one_says_so() {
    let host = working_on!(|request| {
        let vector = VectorSend::new().memory("x");
        let started = request.vector_send(vector, |request, completion, _vector| {
            finish(request, completion.result());
        });
        if let Err(refused) = started {
            let sent = refused.request.vector_send_sync(&refused.payload);
            finish(refused.request, sent.map(|()| 0));
        }
    });
    let refused = host.get("/").refuse_operations().start();
    assert_eq!(refused.body_text(), "x");
    assert_eq!(refused.ended(), Some(HSE_STATUS_SUCCESS));

    let failed = host.get("/").start();
    assert!(failed.fail(Win32Error::OPERATION_ABORTED));
    assert_eq!(failed.ended(), Some(HSE_STATUS_ERROR));
}
