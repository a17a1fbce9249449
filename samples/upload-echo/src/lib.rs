//! Reads the body asynchronously and echoes it.
//!
//! The five steps of asynchronous reading: the completion callback is set and a read is started
//! (both by [`AsyncRequest::read`]), the call returns pending, the callback keeps what came and
//! starts the next read, and after the last one the session is ended.

use isapi_sdk::{
    AsyncRequest, ControlBlock, Extension, Finish, LoadFailure, Request, Status, Win32Error,
};

/// Bytes asked for in one read.
const READ_SIZE: usize = 64 * 1024;

/// The largest body that is kept, in bytes.
const MAX_BODY: usize = 64 * 1024 * 1024;

const FORM: &str = "<!doctype html>\n\
    <title>Upload echo</title>\n\
    <h1>Upload echo</h1>\n\
    <form method=\"post\" enctype=\"text/plain\">\n\
    <textarea name=\"text\" rows=\"8\" cols=\"60\">Echo me.</textarea>\n\
    <p><button>Send</button>\n\
    </form>\n";

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
            return match send_form(&request) {
                Ok(()) => Status::Success,
                Err(_) => Status::Error,
            };
        }
        let upload = Upload {
            body: request.preread().to_vec(),
            at_end: false,
        };
        let (pending, request) = request.into_async();
        upload.proceed(request, vec![0; READ_SIZE]);
        Status::Pending(pending)
    }
}

fn send_form(request: &Request<'_>) -> Result<(), Win32Error> {
    send_head(request, "200 OK", "text/html; charset=utf-8", FORM.len())?;
    request.write(FORM.as_bytes())
}

fn send_head(
    request: &ControlBlock,
    status: &str,
    content_type: &str,
    length: usize,
) -> Result<(), Win32Error> {
    let length = length.to_string();
    let headers = [
        ("Content-Type", content_type),
        ("Content-Length", &length),
        ("X-Content-Type-Options", "nosniff"),
    ];
    request.send_header(status, &headers)
}

/// What has come of a body.
#[derive(Debug)]
struct Upload {
    body: Vec<u8>,
    at_end: bool,
}

impl Upload {
    /// Reads on, or answers where the body is complete or too large.
    ///
    /// Here and below a refused start hands the request back; dropping it ends the request with an
    /// error.
    fn proceed(self, request: AsyncRequest, buffer: Vec<u8>) {
        let total = request
            .total_bytes()
            .and_then(|total| usize::try_from(total).ok());
        let received = self.body.len();
        match total {
            Some(total) if received >= total => self.echo(request),
            // The client went away before it had sent everything.
            Some(_) if self.at_end => request.finish(Finish::Error),
            None if self.at_end => self.echo(request),
            _ if received.max(total.unwrap_or(0)) > MAX_BODY => refuse(request),
            _ => self.read_more(request, buffer),
        }
    }

    fn read_more(mut self, request: AsyncRequest, buffer: Vec<u8>) {
        let _ = request.read(buffer, |request, completion, buffer| {
            let Some(data) = completion
                .result()
                .ok()
                .and_then(|bytes| buffer.get(..bytes))
            else {
                return request.finish(Finish::Error);
            };
            self.at_end = data.is_empty();
            self.body.extend_from_slice(data);
            self.proceed(request, buffer);
        });
    }

    /// Sends the body back and ends the session.
    fn echo(self, request: AsyncRequest) {
        let content_type = match &*request.content_type() {
            "" => "application/octet-stream".to_owned(),
            content_type => content_type.to_owned(),
        };
        if send_head(&request, "200 OK", &content_type, self.body.len()).is_err() {
            return request.finish(Finish::Error);
        }
        if self.body.is_empty() {
            return request.finish(Finish::Success);
        }
        let _ = request.write(self.body, |request, completion, _body| {
            match completion.result() {
                Ok(_) => request.finish(Finish::Success),
                Err(_) => request.finish(Finish::Error),
            }
        });
    }
}

fn refuse(request: AsyncRequest) {
    const TEXT: &[u8] = b"The body is too large.\n";

    let sent = send_head(
        &request,
        "413 Content Too Large",
        "text/plain; charset=utf-8",
        TEXT.len(),
    )
    .and_then(|()| request.write_sync(TEXT));
    match sent {
        Ok(()) => request.finish(Finish::Success),
        Err(_) => request.finish(Finish::Error),
    }
}

#[cfg(test)]
mod tests {
    use isapi_sdk::abi::{HSE_STATUS_ERROR, HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
    use isapi_sdk::testing::TestHost;

    use super::*;

    /// A host with an extension of its own: tests run at the same time.
    macro_rules! host {
        () => {
            TestHost::load(isapi_sdk::entry!(UploadEcho)).unwrap()
        };
    }

    #[test]
    fn a_body_comes_back_however_it_arrives() {
        let body: Vec<u8> = (0..200_000u32).flat_map(u32::to_le_bytes).collect();
        let host = host!();
        for (read_ahead, length) in [
            (0, 0),
            (0, 1),
            (49_152, 49_152),
            (49_152, 800_000),
            (0, 70_000),
        ] {
            let body = &body[..length];
            let request = || {
                host.post("/", body)
                    .content_type("text/css")
                    .read_ahead(read_ahead)
            };
            for request in [request(), request().unknown_length()] {
                let exchange = request.start();
                assert_eq!(exchange.returned(), HSE_STATUS_PENDING);
                let exchange = exchange.finish();
                assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
                assert_eq!(exchange.body(), body);
                assert_eq!(exchange.header("Content-Type").as_deref(), Some("text/css"));
                assert_eq!(exchange.header("Content-Length"), Some(length.to_string()));
                assert!(exchange.refused().is_empty());
            }
        }
    }

    #[test]
    fn a_body_without_a_type_comes_back_as_bytes() {
        let exchange = host!().post("/", "x").start().finish();
        assert_eq!(
            exchange.header("Content-Type").as_deref(),
            Some("application/octet-stream")
        );
    }

    #[test]
    fn a_failed_read_ends_the_request_with_an_error() {
        let exchange = host!().post("/", "x").read_ahead(0).start();
        assert!(exchange.fail(Win32Error::OPERATION_ABORTED));
        assert_eq!(exchange.ended(), Some(HSE_STATUS_ERROR));
        assert_eq!(exchange.status(), None);
    }

    #[test]
    fn a_get_shows_the_form() {
        let exchange = host!().get("/").start();
        assert_eq!(exchange.returned(), HSE_STATUS_SUCCESS);
        assert_eq!(
            exchange.header("Content-Type").as_deref(),
            Some("text/html; charset=utf-8")
        );
        assert!(exchange.body_text().contains("<form method=\"post\""));
    }
}
