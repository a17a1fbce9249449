//! What happens inside the call.

use std::fmt::Write;

use isapi_sdk::abi::EXTENSION_CONTROL_BLOCK;
use isapi_sdk::{ControlBlock, Request, Status, Win32Error};

use crate::IntoStatus;
use crate::query::Query;
use crate::summary::Summary;

/// Bytes asked for in one read, as in the C twin.
pub(crate) const READ_SIZE: usize = 4096;

/// A whole response.
pub(crate) fn respond(request: &Request<'_>, status: &str, text: &str) -> Result<(), Win32Error> {
    send_head(request, status, text)?;
    request.write(text.as_bytes())
}

/// The head of a response whose body is `text`.
pub(crate) fn send_head(
    request: &ControlBlock,
    status: &str,
    text: &str,
) -> Result<(), Win32Error> {
    let length = text.len().to_string();
    let headers = [("Content-Type", "text/plain"), ("Content-Length", &length)];
    request.send_header(status, &headers)
}

pub(crate) fn show_block(request: &Request<'_>) -> Status {
    let block = block(request);
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let mut line = |name: &str, value: &dyn std::fmt::Display| {
        let _ = writeln!(text, "{name}={value}");
    };
    line("cbSize", &block.cbSize);
    line("dwVersion", &format_args!("{:08x}", block.dwVersion));
    line("dwHttpStatusCode", &block.dwHttpStatusCode);
    line("lpszLogData", &log_data(&block));
    line("lpszMethod", &request.method());
    line("lpszQueryString", &request.query());
    line("lpszPathInfo", &request.path_info());
    line("lpszPathTranslated", &request.path_translated().display());
    line("cbTotalBytes", &block.cbTotalBytes);
    line("cbAvailable", &block.cbAvailable);
    line("lpszContentType", &request.content_type());
    respond(request, "200 OK", &text).into_status()
}

/// The block as it is, for what the SDK does not show.
pub(crate) fn block(request: &Request<'_>) -> EXTENSION_CONTROL_BLOCK {
    // SAFETY: the host keeps the block for as long as the request lives, and nobody writes to it.
    unsafe { request.as_ptr().read() }
}

fn log_data(block: &EXTENSION_CONTROL_BLOCK) -> String {
    let bytes = block.lpszLogData.iter().take_while(|&&c| c != 0);
    let bytes: Vec<u8> = bytes.flat_map(|c| c.to_ne_bytes()).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

pub(crate) fn write_chunks(request: &Request<'_>, chunks: u32) -> Status {
    let send = || {
        request.send_header("200 OK", &[("Content-Type", "text/plain")])?;
        (0..chunks).try_for_each(|chunk| request.write(format!("chunk {chunk}\n").as_bytes()))
    };
    send().into_status()
}

pub(crate) fn read(request: &Request<'_>) -> Status {
    let mut summary = Summary::new(request);
    let mut buffer = [0; READ_SIZE];
    while !summary.is_complete(request) {
        match request.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => summary.count(&buffer[..read]),
            Err(error) => {
                let text = format!("failed {}\n", error.code());
                return respond(request, "200 OK", &text).into_status();
            }
        }
    }
    respond(request, "200 OK", &summary.text(request)).into_status()
}

pub(crate) fn return_status(request: &Request<'_>, query: &Query) -> Status {
    if query.has("http") {
        let http_status = u16::try_from(query.number("http"));
        request.set_http_status(http_status.unwrap_or(0));
    }
    if query.has("send") && respond(request, "200 OK", "sent\n").is_err() {
        return Status::Error;
    }
    match query.number("status") {
        1 => Status::Success,
        2 => Status::SuccessAndKeepConn,
        4 => Status::Error,
        _ => respond(request, "400 Bad Request", "no such status\n").into_status(),
    }
}
