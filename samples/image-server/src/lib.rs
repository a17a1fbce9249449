//! ImageServer: an asynchronous page and its image by TransmitFile.
//!
//! The page is built in a buffer on the heap and sent with asynchronous `WriteClient`. Its `<img>`
//! points back at the extension, which sends the file with `HSE_REQ_TRANSMIT_FILE`. Buffer and file
//! belong to their operation until it has completed. The images lie in a directory outside the
//! site, which no path of a URL reaches: a name that could leave it is not looked up at all.

mod images;
mod page;

use isapi_sdk::{
    AsyncRequest, Completion, Extension, FileSend, Finish, LoadFailure, Request, Status, Win32Error,
};

use crate::images::{Image, Images};

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
            Some(image) => send_image(request, image),
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

fn send_image(request: Request<'_>, image: Image) -> Status {
    let length = image.length.to_string();
    let headers = [
        ("Content-Type", image.content_type),
        ("Content-Length", &length),
    ];
    // Exactly what Content-Length says, should the file grow meanwhile.
    let send = FileSend {
        length: image.length,
        ..FileSend::new(image.file)
    }
    .with_header("200 OK", &headers);
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
    const TEXT: &[u8] = b"There is no such image.\n";

    let length = TEXT.len().to_string();
    let headers = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", &length),
    ];
    let sent: Result<(), Win32Error> = request
        .send_header("404 Not Found", &headers)
        .and_then(|()| request.write(TEXT));
    match sent {
        Ok(()) => Status::Success,
        Err(_) => Status::Error,
    }
}

#[cfg(test)]
mod tests {
    use isapi_sdk::abi::{HSE_STATUS_PENDING, HSE_STATUS_SUCCESS};
    use isapi_sdk::testing::TestHost;

    use super::*;

    /// A host with an extension of its own: tests run at the same time.
    macro_rules! host {
        () => {
            TestHost::load(isapi_sdk::entry!(ImageServer)).unwrap()
        };
    }

    #[test]
    fn the_page_is_sent_asynchronously_and_points_back() {
        for target in ["", "/"] {
            let exchange = host!()
                .get(target)
                .variable("SCRIPT_NAME", "/legacy/i.dll")
                .start();
            assert_eq!(exchange.returned(), HSE_STATUS_PENDING);
            assert!(exchange.is_pending());
            let exchange = exchange.finish();
            assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
            assert_eq!(
                exchange.header("Content-Type").as_deref(),
                Some("text/html; charset=utf-8")
            );
            assert_eq!(
                exchange.header("Content-Length"),
                Some(exchange.body().len().to_string())
            );
            assert!(
                exchange
                    .body_text()
                    .contains("<img src=\"/legacy/i.dll/image/isapi.png\"")
            );
        }
    }

    #[test]
    fn the_image_is_sent_as_a_file_with_its_head() {
        let host = host!();
        let exchange = host.get("/image/isapi.png").start();
        assert_eq!(exchange.returned(), HSE_STATUS_PENDING);
        assert!(exchange.is_pending());
        let exchange = exchange.finish();
        assert_eq!(exchange.ended(), Some(HSE_STATUS_SUCCESS));
        assert_eq!(exchange.status().as_deref(), Some("200 OK"));
        assert_eq!(
            exchange.header("Content-Type").as_deref(),
            Some("image/png")
        );
        assert_eq!(
            exchange.header("Content-Length"),
            Some(exchange.body().len().to_string())
        );
        assert!(exchange.body().starts_with(b"\x89PNG\r\n"));
    }

    #[test]
    fn what_is_no_image_is_not_found() {
        let host = host!();
        for target in [
            "/other",
            "/image/",
            "/image/gone.png",
            "/image/../isapi.png",
            "/image/.x",
        ] {
            let exchange = host.get(target).start().finish();
            assert_eq!(
                exchange.status().as_deref(),
                Some("404 Not Found"),
                "{target}"
            );
            assert_eq!(exchange.body_text(), "There is no such image.\n");
        }
    }
}
