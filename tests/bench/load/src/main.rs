//! The benchmark's own client, for what `wrk` does not do.
//!
//! ```text
//! isapi-bench-load upload ADDRESS PATH BYTES CONNECTIONS SECONDS
//!     uploads again and again; prints `requests N seconds S p50_us N p99_us N`
//! isapi-bench-load pending ADDRESS PATH COUNT
//!     opens requests that the server keeps pending; prints `pending N` when PATH?count says that
//!     all are, waits for a line, asks for PATH?release; prints `completed N seconds S`
//! ```
//!
//! An answer that is not 200, or none, is an error and ends it with 1.

mod http;
mod pending;
mod upload;

use std::error::Error;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

const USAGE: &str = "\
usage: isapi-bench-load upload ADDRESS PATH BYTES CONNECTIONS SECONDS
       isapi-bench-load pending ADDRESS PATH COUNT";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("isapi-bench-load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match *arguments {
        ["upload", address, path, bytes, connections, seconds] => {
            let address: SocketAddr = address.parse()?;
            let request = upload::request(path, bytes.parse()?);
            let time = Duration::from_secs(seconds.parse()?);
            let result =
                runtime.block_on(upload::run(address, request, connections.parse()?, time))?;
            println!("{result}");
        }
        ["pending", address, path, count] => {
            runtime.block_on(pending::run(address.parse()?, path, count.parse()?))?;
        }
        _ => return Err(USAGE.into()),
    }
    Ok(())
}
