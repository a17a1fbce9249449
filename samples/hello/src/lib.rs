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
        &[
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", &length),
        ],
    )?;
    request.write(GREETING)
}

#[cfg(test)]
mod tests {
    use isapi_sdk::abi::HSE_STATUS_SUCCESS;
    use isapi_sdk::testing::TestHost;

    use super::*;

    #[test]
    fn it_says_hello() {
        let exchange = TestHost::load(isapi_sdk::entry!(Hello))
            .unwrap()
            .get("/")
            .start();
        assert_eq!(exchange.returned(), HSE_STATUS_SUCCESS);
        assert_eq!(exchange.status().as_deref(), Some("200 OK"));
        assert_eq!(
            exchange.header("Content-Type").as_deref(),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(exchange.header("Content-Length").as_deref(), Some("17"));
        assert_eq!(exchange.body_text(), "Hello from ISAPI\n");
    }
}
