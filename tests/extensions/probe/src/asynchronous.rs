//! What ends after the call, or on another thread.

use std::fs::{File, OpenOptions};
use std::io;
use std::thread;

use isapi_sdk::{AsyncRequest, FileSend, Finish, Request, Status, Win32Error};

use crate::IntoStatus;
use crate::query::Query;
use crate::summary::Summary;
use crate::synchronous::{READ_SIZE, respond, send_head};

pub(crate) fn write_chunks(request: Request<'_>, chunks: u32) -> Status {
    if request
        .send_header("200 OK", &[("Content-Type", "text/plain")])
        .is_err()
    {
        return Status::Error;
    }
    let (pending, request) = request.into_async();
    write_chunk(request, 0, chunks);
    pending.into()
}

fn write_chunk(request: AsyncRequest, chunk: u32, chunks: u32) {
    if chunk == chunks {
        return request.finish(Finish::Success);
    }
    let data = format!("chunk {chunk}\n").into_bytes();
    // A refused start drops the request, which ends it with an error.
    let _ = request.write(data, move |request, completion, data| {
        match completion.result() {
            Ok(bytes) if bytes == data.len() => write_chunk(request, chunk + 1, chunks),
            _ => request.finish(Finish::Error),
        }
    });
}

pub(crate) fn read(request: Request<'_>) -> Status {
    let summary = Summary::new(&request);
    let (pending, request) = request.into_async();
    read_more(request, summary, vec![0; READ_SIZE]);
    pending.into()
}

fn read_more(request: AsyncRequest, mut summary: Summary, buffer: Vec<u8>) {
    if summary.is_complete(&request) {
        let text = summary.text(&request);
        return finish_with(request, &text);
    }
    let started = request.read(
        buffer,
        move |request, completion, buffer| match completion.result() {
            Ok(0) => {
                let text = summary.text(&request);
                finish_with(request, &text);
            }
            Ok(bytes) => {
                summary.count(&buffer[..bytes]);
                read_more(request, summary, buffer);
            }
            Err(error) => finish_with(request, &format!("failed {}\n", error.code())),
        },
    );
    if let Err(refused) = started {
        finish_with_refusal(refused.request, refused.error);
    }
}

pub(crate) fn transmit(request: Request<'_>, query: &Query) -> Status {
    let Ok(file) = open(query.value("file").unwrap_or_default()) else {
        return respond(&request, "404 Not Found", "no such file\n").into_status();
    };
    let send = FileSend {
        offset: query.number("offset"),
        length: query.number("bytes"),
        tail: b"tail\n".to_vec(),
        ..FileSend::new(file)
    }
    .with_header("200 OK", &[("Content-Type", "text/plain")]);
    let (pending, request) = request.into_async();
    let started = request.transmit_file(send, |request, completion, _send| {
        request.finish(match completion.result() {
            Ok(_) => Finish::Success,
            Err(_) => Finish::Error,
        });
    });
    if let Err(refused) = started {
        finish_with_refusal(refused.request, refused.error);
    }
    pending.into()
}

fn open(path: &str) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(windows)]
    {
        // FILE_FLAG_OVERLAPPED and FILE_FLAG_SEQUENTIAL_SCAN, as TransmitFile wants its files.
        const FLAGS: u32 = 0x4000_0000 | 0x0800_0000;
        std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, FLAGS);
    }
    options.open(path)
}

/// The request has ended when the call returns.
pub(crate) fn answer_early(request: Request<'_>) -> Status {
    end_on_another_thread(request, |request| finish_with(request, "done early\n"))
}

/// The request has ended when the call returns.
pub(crate) fn end_early(request: Request<'_>, status: u32) -> Status {
    let ending = match status {
        1 => Finish::Success,
        2 => Finish::SuccessAndKeepConn,
        4 => Finish::Error,
        _ => return respond(&request, "400 Bad Request", "no such status\n").into_status(),
    };
    end_on_another_thread(request, move |request| request.finish(ending))
}

fn end_on_another_thread(
    request: Request<'_>,
    end: impl FnOnce(AsyncRequest) + Send + 'static,
) -> Status {
    let (pending, request) = request.into_async();
    // A thread that panics drops the request, which ends it with an error.
    let _ = thread::spawn(move || end(request)).join();
    pending.into()
}

fn finish_with_refusal(request: AsyncRequest, error: Win32Error) {
    finish_with(request, &format!("refused {}\n", error.code()));
}

/// Sends a whole response synchronously and ends the request.
fn finish_with(request: AsyncRequest, text: &str) {
    let sent =
        send_head(&request, "200 OK", text).and_then(|()| request.write_sync(text.as_bytes()));
    request.finish(match sent {
        Ok(()) => Finish::Success,
        Err(_) => Finish::Error,
    });
}
