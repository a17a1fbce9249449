//! The smallest extension: a synchronous hello.

use isapi_sdk::{Extension, LoadFailure, Request, Status, Win32Error};

/// Answers every request with one line.
#[derive(Debug)]
pub struct Hello;

impl Extension for Hello {
    const DESCRIPTION: &'static str = "Hello: the smallest extension";

    fn load() -> Result<Hello, LoadFailure> {
        Ok(Hello)
    }

    fn handle(&self, request: Request<'_>) -> Status {
        match greet(&request) {
            Ok(()) => Status::Success,
            Err(_) => Status::Error,
        }
    }
}

fn greet(request: &Request<'_>) -> Result<(), Win32Error> {
    const GREETING: &[u8] = b"Hello from ISAPI\n";

    let length = GREETING.len().to_string();
    request.send_header(
        "200 OK",
        &[("Content-Type", "text/plain"), ("Content-Length", &length)],
    )?;
    request.write(GREETING)
}
