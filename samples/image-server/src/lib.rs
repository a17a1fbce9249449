//! ImageServer: an asynchronous page and its image by TransmitFile.
//!
//! The page is built in a buffer on the heap and sent with asynchronous `WriteClient`. Its `<img>`
//! points back at the extension, which sends the file with `HSE_REQ_TRANSMIT_FILE`. Buffer and file
//! belong to their operation until it has completed. The images lie in a directory outside the
//! site, which no path of a URL reaches: a name that could leave it is not looked up at all.

mod images;
mod page;

use std::fs::File;

use isapi_sdk::{
    AsyncRequest, Completion, Extension, FileSend, Finish, LoadFailure, Request, Status, Win32Error,
};

use crate::images::Images;

/// Answers with a page at its own URL and with the images at `/image/NAME` below it.
///
/// The images come from the directory that the environment variable `IMAGE_SERVER_DIR` names at
/// load; without it, from a private one that holds `isapi.png` and is removed at unload.
#[derive(Debug)]
pub struct ImageServer {
    images: Images,
}

impl Extension for ImageServer {
    const DESCRIPTION: &'static str = "ImageServer: images from a hidden directory";

    fn load() -> Result<ImageServer, LoadFailure> {
        Ok(ImageServer {
            images: Images::open()?,
        })
    }

    fn handle(&self, request: Request<'_>) -> Status {
        let path = request.path_info().into_owned();
        if path.is_empty() || path == "/" {
            return send_page(request);
        }
        let image = path
            .strip_prefix("/image/")
            .and_then(|name| self.images.find(name));
        match image {
            Some((file, content_type)) => send_image(request, file, content_type),
            None => send_not_found(&request),
        }
    }
}

fn send_page(request: Request<'_>) -> Status {
    let Ok(script_name) = request.variable("SCRIPT_NAME") else {
        return Status::Error;
    };
    let page = page::render(&script_name).into_bytes();
    let length = page.len().to_string();
    let headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", &length),
    ];
    if request.send_header("200 OK", &headers).is_err() {
        return Status::Error;
    }
    let (pending, request) = request.into_async();
    // A refused start hands the request back; dropping it ends the request with an error.
    let _ = request.write(page, |request, completion, _page| {
        finish(request, completion)
    });
    Status::Pending(pending)
}

fn send_image(request: Request<'_>, file: File, content_type: &str) -> Status {
    let Ok(metadata) = file.metadata() else {
        return Status::Error;
    };
    let length = metadata.len().to_string();
    let send = FileSend::new(file).with_header(
        "200 OK",
        &[("Content-Type", content_type), ("Content-Length", &length)],
    );
    let (pending, request) = request.into_async();
    // As above: a refused start ends the request with an error.
    let _ = request.transmit_file(send, |request, completion, _send| {
        finish(request, completion)
    });
    Status::Pending(pending)
}

fn finish(request: AsyncRequest, completion: Completion) {
    match completion.result() {
        Ok(_) => request.finish(Finish::Success),
        Err(_) => request.finish(Finish::Error),
    }
}

fn send_not_found(request: &Request<'_>) -> Status {
    const TEXT: &[u8] = b"No such image\n";

    let length = TEXT.len().to_string();
    let headers = [("Content-Type", "text/plain"), ("Content-Length", &length)];
    let sent: Result<(), Win32Error> = request
        .send_header("404 Not Found", &headers)
        .and_then(|()| request.write(TEXT));
    match sent {
        Ok(()) => Status::Success,
        Err(_) => Status::Error,
    }
}
