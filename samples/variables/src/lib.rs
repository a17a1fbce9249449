//! Dumps the server variables of the request.

use isapi_sdk::{Extension, LoadFailure, Request, Status, Win32Error};

/// The variables that are shown, in this order.
pub const NAMES: [&str; 31] = [
    "APPL_PHYSICAL_PATH",
    "AUTH_TYPE",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "GATEWAY_INTERFACE",
    "HTTPS",
    "HTTP_ACCEPT",
    "HTTP_HOST",
    "HTTP_METHOD",
    "HTTP_URL",
    "HTTP_USER_AGENT",
    "HTTP_VERSION",
    "INSTANCE_ID",
    "LOCAL_ADDR",
    "PATH_INFO",
    "PATH_TRANSLATED",
    "QUERY_STRING",
    "REMOTE_ADDR",
    "REMOTE_HOST",
    "REMOTE_PORT",
    "REMOTE_USER",
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PORT_SECURE",
    "SERVER_PROTOCOL",
    "SERVER_SOFTWARE",
    "UNENCODED_URL",
    "UNMAPPED_REMOTE_USER",
    "URL",
];

/// Answers with one line `NAME=value` for each of [`NAMES`] the host knows, an empty line and
/// `ALL_RAW`, the header fields as the client sent them.
#[derive(Debug)]
pub struct Variables;

impl Extension for Variables {
    const DESCRIPTION: &'static str = "Variables: dumps the server variables";

    fn load() -> Result<Variables, LoadFailure> {
        Ok(Variables)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        match dump(&request) {
            Ok(()) => Status::Success,
            Err(_) => Status::Error,
        }
    }
}

fn dump(request: &Request<'_>) -> Result<(), Win32Error> {
    let mut text = Vec::new();
    for name in NAMES {
        match request.variable(name) {
            Ok(value) => push_line(&mut text, name, &value),
            // A header field the client did not send, or a name this host does not know.
            Err(Win32Error::INVALID_INDEX) => {}
            Err(error) => return Err(error),
        }
    }
    text.push(b'\n');
    text.extend(request.variable("ALL_RAW")?);

    let length = text.len().to_string();
    request.send_header(
        "200 OK",
        &[("Content-Type", "text/plain"), ("Content-Length", &length)],
    )?;
    request.write(&text)
}

fn push_line(text: &mut Vec<u8>, name: &str, value: &[u8]) {
    text.extend(name.as_bytes());
    text.push(b'=');
    text.extend(value);
    text.push(b'\n');
}
