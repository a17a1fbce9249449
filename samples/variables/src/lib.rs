//! Dumps the server variables of the request.

use isapi_sdk::{Extension, LoadFailure, Request, Status, Win32Error};

/// The variables that are shown, in this order.
pub const NAMES: [&str; 23] = [
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "PATH_INFO",
    "PATH_TRANSLATED",
    "QUERY_STRING",
    "URL",
    "HTTP_URL",
    "CONTENT_LENGTH",
    "CONTENT_TYPE",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PORT_SECURE",
    "SERVER_PROTOCOL",
    "SERVER_SOFTWARE",
    "HTTPS",
    "LOCAL_ADDR",
    "REMOTE_ADDR",
    "REMOTE_HOST",
    "REMOTE_PORT",
    "AUTH_TYPE",
    "REMOTE_USER",
    "HTTP_HOST",
    "HTTP_USER_AGENT",
];

/// Answers with one line `NAME=value` for each of [`NAMES`] the host knows, an empty line, and
/// below `ALL_RAW:` the header fields as the client sent them.
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
        // A header field the client did not send, or a name this host does not know, is left out.
        if let Ok(value) = request.variable(name) {
            push_line(&mut text, name, &value);
        }
    }
    text.extend(b"\nALL_RAW:\n");
    text.extend(request.variable("ALL_RAW").unwrap_or_default());

    let length = text.len().to_string();
    request.send_header(
        "200 OK",
        &[
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", &length),
        ],
    )?;
    request.write(&text)
}

fn push_line(text: &mut Vec<u8>, name: &str, value: &[u8]) {
    text.extend(name.as_bytes());
    text.push(b'=');
    text.extend(value);
    text.push(b'\n');
}

#[cfg(test)]
mod tests {
    use isapi_sdk::testing::TestHost;

    use super::*;

    #[test]
    fn known_variables_are_shown_in_order_and_then_the_header_fields() {
        let host = TestHost::load(isapi_sdk::entry!(Variables)).unwrap();
        let exchange = host
            .get("/extra?a=1")
            .variable("ALL_RAW", "Host: x\r\nA: b\r\n")
            .start();
        let text = exchange.body_text();
        let (variables, fields) = text.split_once("\n\n").unwrap();
        let expected = [
            "REQUEST_METHOD=GET",
            "SCRIPT_NAME=/test.dll",
            "PATH_INFO=/extra",
            "QUERY_STRING=a=1",
            "SERVER_NAME=localhost",
            "SERVER_PORT=80",
        ];
        assert_eq!(variables.lines().collect::<Vec<_>>(), expected);
        assert_eq!(fields, "ALL_RAW:\nHost: x\r\nA: b\r\n");
        assert_eq!(
            exchange.header("Content-Length"),
            Some(text.len().to_string())
        );
    }
}
