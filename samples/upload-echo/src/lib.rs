//! Reads the body asynchronously and echoes it.
//!
//! The five steps of asynchronous reading: the completion callback is set and a read is started
//! (both by [`AsyncRequest::read`]), the call returns pending, the callback keeps what came and
//! starts the next read, and after the last one the session is ended.

use isapi_sdk::{AsyncRequest, Extension, Finish, LoadFailure, Request, Status, Win32Error};

/// Bytes asked for in one read.
const READ_SIZE: usize = 64 * 1024;

/// Answers a request with its own body and `Content-Type`, and a GET with a form to upload from.
#[derive(Debug)]
pub struct UploadEcho;

impl Extension for UploadEcho {
    const DESCRIPTION: &'static str = "UploadEcho: reads asynchronously and echoes";

    fn load() -> Result<UploadEcho, LoadFailure> {
        Ok(UploadEcho)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        if matches!(&*request.method(), "GET" | "HEAD") {
            return send_form(&request);
        }
        let body = request.preread().to_vec();
        let (pending, request) = request.into_async();
        if is_complete(&request, &body) {
            echo(request, body);
        } else {
            read_more(request, body, vec![0; READ_SIZE]);
        }
        Status::Pending(pending)
    }
}

fn send_form(request: &Request<'_>) -> Status {
    const FORM: &str = "<!DOCTYPE html>\n\
        <html lang=\"en\">\n\
        <head><meta charset=\"utf-8\"><title>UploadEcho</title></head>\n\
        <body>\n\
        <h1>UploadEcho</h1>\n\
        <form method=\"post\" enctype=\"multipart/form-data\">\n\
        <input type=\"file\" name=\"file\"> <input type=\"submit\" value=\"Upload\">\n\
        </form>\n\
        </body>\n\
        </html>\n";

    let length = FORM.len().to_string();
    let headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", &length),
    ];
    let sent: Result<(), Win32Error> = request
        .send_header("200 OK", &headers)
        .and_then(|()| request.write(FORM.as_bytes()));
    match sent {
        Ok(()) => Status::Success,
        Err(_) => Status::Error,
    }
}

/// Whether `body` is all there is; a body of unknown length ends with a read of no bytes.
fn is_complete(request: &AsyncRequest, body: &[u8]) -> bool {
    let total = request
        .total_bytes()
        .and_then(|total| usize::try_from(total).ok());
    total.is_some_and(|total| body.len() >= total)
}

/// Adds what the next read gives to `body`, and so on until the end.
fn read_more(request: AsyncRequest, mut body: Vec<u8>, buffer: Vec<u8>) {
    // A refused start hands the request back; dropping it ends the request with an error.
    let _ = request.read(buffer, move |request, completion, buffer| {
        let Some(data) = completion
            .result()
            .ok()
            .and_then(|bytes| buffer.get(..bytes))
        else {
            return request.finish(Finish::Error);
        };
        body.extend_from_slice(data);
        match (data.is_empty(), is_complete(&request, &body)) {
            (_, true) => echo(request, body),
            (true, false) if request.total_bytes().is_none() => echo(request, body),
            // The client has gone in the middle of its body.
            (true, false) => request.finish(Finish::Error),
            (false, false) => read_more(request, body, buffer),
        }
    });
}

/// Sends the body back and ends the session.
fn echo(request: AsyncRequest, body: Vec<u8>) {
    let length = body.len().to_string();
    let content_type = match &*request.content_type() {
        "" => "application/octet-stream".to_owned(),
        content_type => content_type.to_owned(),
    };
    let headers = [
        ("Content-Type", content_type.as_str()),
        ("Content-Length", &length),
    ];
    if request.send_header("200 OK", &headers).is_err() {
        return request.finish(Finish::Error);
    }
    if body.is_empty() {
        return request.finish(Finish::Success);
    }
    let _ = request.write(body, |request, completion, _body| {
        match completion.result() {
            Ok(_) => request.finish(Finish::Success),
            Err(_) => request.finish(Finish::Error),
        }
    });
}
